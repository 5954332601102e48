import ArgumentParser
import SequiturConsole
import SequiturTasks

/// `sequitur train question-answering`: its option groups are the configuration of the training.
struct TrainQuestionAnswering: ConsoleCommand, CheckedSettings {
    static let configuration = CommandConfiguration(
        commandName: "question-answering",
        abstract: "Find the answer to a question in its context, or that there is none.",
        discussion: """
            SQuAD's files, version 1.1 or 2, or JSON lines with question, context and answers. Long contexts are read in parts that \
            overlap. Where questions have no answer, the threshold for giving none is chosen by the validation's examples. A split \
            keeps articles whole.

            Examples:
              sequitur train question-answering --model all-MiniLM-L6-v2 --epochs 3 \\
                  --data train-v1.1.json --validation dev-v1.1.json --output answers
              sequitur train question-answering --data questions.jsonl --split 36/4/8 \\
                  --output answers
            """
    )

    @OptionGroup(title: "Question answering") var questions: QuestionSettings
    @OptionGroup var options: LabeledOptions

    var unused: [UnusedSettings] { [ReadingSettings.unused(by: .questionAnswering)] }
    func check() throws {}

    func run(in console: Console) throws { try work.train(self, in: console).print(in: console, asJSON: options.output.json) }
}

/// What question answering asks beyond what all tasks do.
struct QuestionSettings: CheckedSettings {
    @Option(
        help: ArgumentHelp("Pieces that neighbouring parts of a long context share; at most 128 without it.", valueName: "count"))
    var stride: Int?

    @Option(help: ArgumentHelp("The most pieces of an answer.", valueName: "count"))
    var maximumAnswerLength = 30

    @Option(
        help: ArgumentHelp(
            "Spans that the answer is chosen from, and that their probabilities are shared among.", valueName: "count"))
    var nBest = 20

    @Option(
        help: ArgumentHelp(
            "Share of the parts of contexts without their question's answer that are learnt.", valueName: "fraction"))
    var emptyParts = 1.0

    func check() throws {
        try check("stride", stride, atLeast: 0)
        try check("maximum-answer-length", maximumAnswerLength, in: 1...65536, "from 1 to 65536")
        try check("n-best", nBest, in: 1...65536, "from 1 to 65536")
        try check("empty-parts", emptyParts, in: 0...1, "from 0 to 1")
    }
}
