import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText
import SequiturTraining

// T steps, B windows

/// The answer to a question as a span of its context (Rajpurkar et al. 2016), or that the context has none, where the examples have such
/// questions (Rajpurkar, Jia & Liang 2018). Contexts longer than the encoder reads at once are read in overlapping windows.
public final class AnswerFinder: LabeledModel {
    public static let kind = LabeledTaskKind.questionAnswering
    /// The article, so that no context stands on both sides of a split.
    public static var group: ((QuestionExample) -> String)? { { $0.title.isEmpty ? $0.context : $0.title } }

    let model: SpanModel
    let build: EncoderBuild
    let reader: QuestionReader
    let search: SpanSearch
    /// Whether there are questions that the context does not answer.
    public let mayDecline: Bool
    /// An answer is given where the probability that there is none is at most this.
    public internal(set) var noAnswerThreshold = AnswerFinder.evenThreshold
    /// How many of the windows are learnt that do not have their question's answer.
    private let emptyWindows: Double
    private let seed: UInt64

    /// Where no answer scores as much as the best.
    static let evenThreshold = 0.5

    public struct Item: Sendable {
        let window: QuestionWindow
        /// The first and the last step of the answer; 0 where the window has none.
        let start, end: Int32
    }

    public var module: any Module { model }

    public init(
        learningFrom examples: [QuestionExample], settings: LabeledSettings, isInterrupted: () -> Bool
    ) throws {
        if case .baseline(let kind) = settings.encoder {
            let known = WordContext.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError(reason: "\(kind.rawValue) finds no answers: give \(known) or a model folder")
        }
        guard examples.contains(where: { !$0.answers.isEmpty }) else {
            throw ConfigurationError(reason: "none of the \(examples.count) questions has an answer: there is nothing to learn")
        }
        guard settings.labelSmoothing == 0, settings.classWeights == .even else {
            throw ConfigurationError(
                reason: "answers have no classes: neither label smoothing nor weights of classes are for them")
        }
        let random = RandomStream(seed: settings.training.seed).split("parameters"), splitter = settings.splitter ?? .words
        var settings = settings
        settings.words.typeCount = QuestionReader.kindCount
        var words: [[String]] = [], labels: [String]?
        switch settings.encoder {
        case .folder(let folder): labels = try Self.labels(folder)
        case .words, .baseline:
            // A context has many questions, but is one text.
            var contexts: Set<String> = []
            for example in examples {
                words.append(splitter.split(example.question).map(\.text))
                if contexts.insert(example.context).inserted { words.append(splitter.split(example.context).map(\.text)) }
            }
        }
        let wish = EncoderBuild.Wish(words: words, splitter: splitter, head: .questionAnswering, labels: labels)
        let build = try Engine.run { [settings] in try EncoderBuild(wish, settings: settings, random: random) }
        self.build = build
        reader = try QuestionReader(build.features, maximumLength: settings.maximumLength, stride: settings.task.stride)
        search = SpanSearch(maximumLength: settings.task.maximumAnswerLength, count: settings.task.answerCount)
        mayDecline = examples.contains { $0.answers.isEmpty }
        emptyWindows = settings.task.emptyWindows
        seed = settings.training.seed
        model = Engine.run { [settings] in SpanModel(build.encoder, dropout: settings.dropout, random: random.split("task")) }
    }

    /// The two scores of a step are the two labels of a model of the ecosystem, which may have been made for another number.
    private static func labels(_ folder: String) throws -> [String]? {
        let found = PretrainedModel.labels(of: try JSONValue.parse(contentsOf: "\(folder)/config.json"))
        return found.map { $0.count == 2 } ?? true ? nil : ["LABEL_0", "LABEL_1"]
    }

    // MARK: Files

    public init(folder: RunFolder) throws {
        let keys = try ModelSettingsReader(try folder.readDescription()["model_settings"], folder: folder.path)
        let splitter: WordSplitter = try keys.choice("splitter") ?? .words
        let length = try keys.integer("maximum_length", in: 3...(1 << 24)), stride = try keys.integer("stride", in: 0...(1 << 24))
        mayDecline = try keys.bool("may_decline")
        search = SpanSearch(
            maximumLength: try keys.integer("maximum_answer_length", in: 1...(1 << 24)),
            count: try keys.integer("answers", in: 1...(1 << 16)))
        let build = try Engine.run { try EncoderBuild(folder: folder.path, splitter: splitter, maximumLength: length) }
        self.build = build
        if let words = build.encoder.words, words.configuration.typeCount != QuestionReader.kindCount {
            let (count, found) = (QuestionReader.kindCount, words.configuration.typeCount)
            throw ConfigurationError(reason: "\(folder.path)/config.json: \"types\" must be \(count), but is \(found)")
        }
        reader = try QuestionReader(build.features, maximumLength: length, stride: stride)
        (emptyWindows, seed) = (1, 0)
        model = Engine.run { SpanModel(build.encoder, random: RandomStream(seed: 0)) }
        noAnswerThreshold = try keys.number("no_answer_threshold")
        try readWeights(from: folder.path(of: .weights))
    }

    public func write(to folder: RunFolder, origin: String?) throws { try build.write(to: folder, origin: origin) }

    public var json: JSONValue {
        [
            "splitter": .string(build.features.splitter.rawValue), "maximum_length": .integer(Int64(reader.limit)),
            "stride": .integer(Int64(reader.stride)), "maximum_answer_length": .integer(Int64(search.maximumLength)),
            "answers": .integer(Int64(search.count)), "may_decline": .bool(mayDecline),
            "no_answer_threshold": .number(noAnswerThreshold),
        ]
    }

    public func writeWeights(to path: String) throws { try TaskWeights.write(model, model.encoder, beside: model.own, to: path) }
    public func readWeights(from path: String) throws {
        try TaskWeights.read(model, model.encoder, beside: model.own, from: path)
    }

    // MARK: Learning

    public static func read(_ path: String, _ reader: ExampleReader) throws -> ExampleFile<QuestionExample> {
        try reader.questions(path)
    }

    public static func mark(_ example: QuestionExample, in hash: inout XXHash64) {
        for part in [example.id, example.title, example.context, example.question]
            + example.answers.flatMap({ ["\($0.start)", $0.text] })
        {
            hash.update(part)
            hash.update(0)
        }
    }

    /// The windows of each question, with the answer that most people gave. A question is left out where no window shows its answer.
    public func items(of examples: [QuestionExample]) throws -> [Item] {
        let random = RandomStream(seed: seed).split("empty windows")
        var items: [Item] = []
        for (index, example) in examples.enumerated() {
            let windows = try reader.windows(question: example.question, context: example.context)
            guard let answer = Self.answer(of: example) else {
                items += windows.map { Item(window: $0, start: 0, end: 0) }
                continue
            }
            let steps = windows.map { $0.steps(of: answer) }
            guard steps.contains(where: { $0 != nil }) else { continue }
            let chances = random.split(index)
            for (place, (window, steps)) in zip(windows, steps).enumerated() {
                guard let steps else {
                    if chances.uniform(place) < emptyWindows { items.append(Item(window: window, start: 0, end: 0)) }
                    continue
                }
                items.append(Item(window: window, start: Int32(steps.lowerBound), end: Int32(steps.upperBound)))
            }
        }
        guard items.contains(where: { $0.start > 0 }) else {
            throw ConfigurationError(
                reason: "the answers of the \(examples.count) questions stand for no pieces of their contexts")
        }
        return items
    }

    /// The code points of the answer that is given most often, of those the first; nil where there is none.
    static func answer(of example: QuestionExample) -> Range<Int>? {
        guard !example.answers.isEmpty else { return nil }
        let context = AnswerText(example.context)
        let spans = example.answers.map { context.span($0.start..<$0.start + $0.text.unicodeScalars.count) }
        let counts = spans.map { span in spans.count { $0 == span } }, most = counts.max() ?? 0
        return zip(spans, counts).first { $0.1 == most }?.0
    }

    public func size(of item: Item) -> Int { item.window.text.ids.count }

    public func loss(of items: [Item]) -> MicroBatchLoss {
        let batch = TextBatch(items.map(\.window.text), padding: model.encoder.padding)
        return MicroBatchLoss(
            model.loss(batch, contexts: items.map(\.window.context), starts: items.map(\.start), ends: items.map(\.end)))
    }
}
