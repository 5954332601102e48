import ArgumentParser
import SequiturConsole
import SequiturFiles

struct TokenizerDecode: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Turn token ids, separated by white space, into text.",
        discussion: """
            Examples:
              sequitur tokenizer decode run ids.txt
              echo "12 7 30" | sequitur tokenizer decode tokenizer.json
            """
    )

    @Argument(
        help: ArgumentHelp("A folder with a tokenizer, a tokenizer.json or a SentencePiece model.", valueName: "tokenizer"),
        completion: .file())
    var tokenizer: String

    @Argument(help: ArgumentHelp("The ids; - reads standard input.", valueName: "file"), completion: .file())
    var file = "-"

    @OptionGroup var output: OutputOptions

    func run(in console: Console) throws {
        let text = try work.decode(
            try Self.ids(in: readText(file), of: file), tokenizer: try resolvedFolder(tokenizer, need: .tokenizer, in: console))
        if output.json { try console.print(["text": .string(text)]) } else { try console.print(text) }
    }

    /// - Throws: `InputError` that names the line of the first word that is no token id.
    static func ids(in text: String, of file: String) throws -> [Int32] {
        var ids: [Int32] = []
        for (line, words) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            for word in words.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
                guard let id = Int32(Substring(word)), id >= 0 else {
                    throw InputError(
                        "\(file.printable()):\(line + 1): '\(String(Substring(word)).printable())' is not a token id")
                }
                ids.append(id)
            }
        }
        return ids
    }
}
