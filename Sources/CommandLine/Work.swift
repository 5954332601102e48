import SequiturConsole
import SequiturFiles
import SequiturModels
import SequiturTasks

/// What the commands ask of the library: the one seam between parsing and printing on this side and the work on the other.
///
/// Long work shows itself by `console.progress` (under `--progress`), ends in good order under `Interruption.handled`
/// by throwing `Interrupted` after saving, and throws one-line errors.
protocol Work: Sendable {
    func trainLanguageModel(_ settings: TrainLanguageModeling, in console: Console) throws -> Summary
    func trainMaskedLanguageModel(_ settings: TrainMaskedLanguageModeling, in console: Console) throws -> Summary
    func train(_ settings: TrainTagging, in console: Console) throws -> LabeledSummary
    func train(_ settings: TrainClassification, in console: Console) throws -> LabeledSummary
    func train(_ settings: TrainMatching, in console: Console) throws -> LabeledSummary
    func train(_ settings: TrainRelationExtraction, in console: Console) throws -> LabeledSummary
    func compareLanguageModels(_ settings: CompareLanguageModeling, in console: Console) throws -> ComparisonReport
    func evaluate(_ settings: Evaluate, in console: Console) throws -> Summary
    func evaluateTask(_ settings: Evaluate, in console: Console) throws -> LabeledSummary
    func predict(_ settings: Predict, in console: Console) throws -> [Prediction]
    func triples(_ settings: Predict, in console: Console) throws -> [(text: String, triples: [TripleExtraction.Triple])]
    /// - Parameter emit: takes the text after the prompt piece by piece, whole characters only.
    func generate(_ settings: Generate, in console: Console, emit: (String) throws -> Void) throws -> Summary
    func trainTokenizer(_ settings: TokenizerTrain, in console: Console) throws -> Summary
    /// - Parameter tokenizer: a folder with a tokenizer, a tokenizer.json or a SentencePiece model.
    func encode(_ text: String, tokenizer: String) throws -> EncodedText
    func decode(_ ids: [Int32], tokenizer: String) throws -> String
    func tokenizerInfo(_ path: String) throws -> Summary
    func describe(_ folder: String) throws -> Summary
    func report(_ settings: Report) throws -> Summary
    func gradientFlow(of folder: String, text: String) throws -> GradientFlow
    /// - Returns: a vector for each text; empty ones where they were written to a file.
    func embed(_ settings: Embed, in console: Console) throws -> [[Float]]
    func inspect(_ settings: Inspect, in console: Console) throws -> Summary
    func convert(_ settings: Convert) throws -> Summary
    func benchmarkEncoding(_ settings: BenchEncoding, in console: Console) throws -> Summary
    func pull(_ settings: Pull, in console: Console) throws -> PulledModel
    func benchmarkTokenization(_ settings: BenchTokenization, in console: Console) throws -> Summary
    func benchmarkLSTMTraining(_ settings: BenchLSTMTraining, in console: Console) throws -> Summary
    func benchmarkTransformerTraining(_ settings: BenchTransformerTraining, in console: Console) throws -> Summary
}

/// A result for programs and for people: named values, each as JSON and as words.
struct Summary: Sendable {
    struct Entry: Sendable {
        /// The name in JSON: `tokens_per_second`.
        let key: String
        let value: JSONValue
        /// What people are shown, nil for what only programs want: `tokens/s`, `12.3k`.
        let title: String?
        let text: String
    }

    private(set) var entries: [Entry] = []

    init() {}

    mutating func add(_ key: String, _ value: JSONValue, _ title: String? = nil, as text: String? = nil) {
        entries.append(Entry(key: key, value: value, title: title, text: text ?? value.string ?? value.serialized()))
    }

    var json: JSONValue {
        .object(entries.map { JSONValue.Member(key: $0.key, value: $0.value) })
    }

    var table: Table {
        Table([.init(""), .init("")], rows: entries.compactMap { entry in entry.title.map { [$0, entry.text] } })
    }
}

/// The library behind the commands.
let work: any Work = LibraryWork()

struct LibraryWork: Work {}
