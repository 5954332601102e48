import ArgumentParser
import SequiturConsole

struct Pull: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Download a model from the Hugging Face hub, or what is missing of it, and print its folder.",
        discussion: """
            Files go to the cache that Python's huggingface_hub uses, so that each finds what the other has downloaded. Unless \
            --include says otherwise, they are those that a model folder needs: configurations, tokenizers, safetensors weights.

            The variables HF_HOME (~/.cache/huggingface), HF_HUB_CACHE ($HF_HOME/hub), HF_HUB_OFFLINE, HF_TOKEN \
            ($HF_HOME/token) and HF_ENDPOINT (https://huggingface.co) mean what they mean there.

            Examples:
              sequitur pull sentence-transformers/all-MiniLM-L6-v2
              sequitur pull openai-community/gpt2@main --json
              sequitur pull google-t5/t5-small --include "*.json" --include "*.model"
              HF_TOKEN=hf_... sequitur pull meta-llama/Llama-3.2-1B
            """
    )

    @Argument(help: ArgumentHelp("ORG/NAME, or ORG/NAME@REVISION: a branch, a tag or a commit.", valueName: "model"))
    var model: String

    @Option(
        help: ArgumentHelp(
            "Download the files whose path matches instead; may be given several times. * matches slashes too.", valueName: "glob"
        ))
    var include: [String] = []

    @Option(help: ArgumentHelp("Leave out the files whose path matches; may be given several times.", valueName: "glob"))
    var exclude: [String] = []

    @OptionGroup var progress: ProgressOptions
    @OptionGroup var output: OutputOptions

    func run(in console: Console) throws {
        let result = try work.pull(self, in: console)
        if output.json { try console.print(result.json) } else { try console.print(result.folder) }
    }
}
