import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText
import SequiturTraining

/// Tags words: named entities, parts of speech, slots; with the sentence's intent where the data has one.
///
///     let tagger = try Tagger(folder: RunFolder(opening: "runs/entities"))
///     try tagger.answers(to: [["Marta", "flies", "to", "Lisbon"]])[0].tags
public final class Tagger: LabeledModel {
    public static let kind = LabeledTaskKind.tagging

    /// What finds the tags.
    private enum Solver {
        case net(TaggingModel, EncoderBuild)
        case baseline(TaggingBaseline)
    }

    private let solver: Solver
    /// How raw text is cut into words.
    public let splitter: WordSplitter
    /// What the model tells apart, in its own scheme.
    public let tags: [String]
    public let labels: [String]
    /// How the model spells spans; nil where tags are no spans.
    public let scheme: TagScheme?
    private let labelSmoothing: Float
    private let maximumLength: Int
    private let tagIDs: [String: Int32]
    private let labelIDs: [String: Int32]
    private let classWeights: Tensor?

    public struct Item: Sendable {
        let text: EncodedText
        /// Of each word of the window; −1 where it is learnt elsewhere.
        let tags: [Int32]
        let label: Int32
    }

    public struct Answer: Sendable, Equatable {
        /// In BIO where tags are spans.
        public var tags: [String]
        /// How probable each tag is.
        public var probabilities: [Float]
        public var label: String?
        public var labelProbability: Float?
    }

    public var module: any Module {
        if case .net(let model, _) = solver { return model }
        return NoParameters()
    }

    /// What a trainer trains.
    private var net: (model: TaggingModel, build: EncoderBuild) {
        guard case .net(let model, let build) = solver else {
            preconditionFailure("Tagger: a baseline is not trained step by step")
        }
        return (model, build)
    }

    public var parameterCount: Int {
        switch solver {
        case .net(let model, _): model.parameters().count
        case .baseline(let baseline): baseline.parameterCount
        }
    }

    // MARK: Making

    public convenience init(
        learningFrom examples: [TaggedSentence], settings: LabeledSettings, isInterrupted: () -> Bool
    ) throws {
        if case .baseline(let kind) = settings.encoder {
            try self.init(kind, examples, settings, isInterrupted)
        } else {
            try self.init(examples, settings)
        }
    }

    public static var baselines: [BaselineKind] { TaggingBaseline.kinds }

    /// A baseline, which tags words and tells nothing of the whole.
    private init(
        _ kind: BaselineKind, _ examples: [TaggedSentence], _ settings: LabeledSettings, _ isInterrupted: () -> Bool
    ) throws {
        guard settings.task.predictsLabel != true else {
            throw ConfigurationError(
                reason: "\(kind.rawValue) tags words alone: train a baseline of classification for the labels of whole sentences")
        }
        let recognition = TagScheme.recognized(in: examples.lazy.map(\.tags))
        let scheme = recognition.scheme == nil ? nil : settings.task.scheme ?? .bio
        let splitter = settings.splitter ?? Self.splitter(for: examples)
        let baseline = try TaggingBaseline(
            kind, learntFrom: examples.map { .init(words: $0.words, tags: Self.spelled($0.tags, scheme)) }, splitter: splitter,
            isInterrupted: isInterrupted)
        guard baseline.tags.count > 1 else {
            throw ConfigurationError(reason: "all words have the tag \(baseline.tags[0]): there is nothing to tell apart")
        }
        (solver, tags, labels, self.scheme, self.splitter) = (.baseline(baseline), baseline.tags, [], scheme, splitter)
        (labelSmoothing, maximumLength, tagIDs, labelIDs, classWeights) = (0, .max, Self.numbers(baseline.tags), [:], nil)
    }

    private init(_ examples: [TaggedSentence], _ settings: LabeledSettings) throws {
        let recognition = TagScheme.recognized(in: examples.lazy.map(\.tags))
        let isWords = if case .words = settings.encoder { true } else { false }
        let hasField = settings.task.hasField ?? isWords
        // Longer spellings tell a field more of a span's borders.
        let scheme = recognition.scheme == nil ? nil : settings.task.scheme ?? (hasField ? .bioes : .bio)
        let tags = Self.tags(of: examples, scheme)
        let predictsLabel = settings.task.predictsLabel ?? examples.allSatisfy { $0.label != nil }
        guard !hasField || (settings.classWeights == .even && (predictsLabel || settings.labelSmoothing == 0)) else {
            throw ConfigurationError(
                reason:
                    "a random field learns whole sequences: neither label smoothing nor weights of classes are for it; give --no-crf"
            )
        }
        if settings.task.predictsLabel == true, let bad = examples.first(where: { $0.label == nil }) {
            throw ConfigurationError(reason: "the sentence of line \(bad.line) has no label of the whole that could be learnt")
        }
        let labels = predictsLabel ? Set(examples.compactMap(\.label)).sorted() : []
        guard tags.count > 1 else {
            throw ConfigurationError(reason: "all words have the tag \(tags.first ?? "O"): there is nothing to tell apart")
        }
        let random = RandomStream(seed: settings.training.seed).split("parameters")
        let splitter = settings.splitter ?? Self.splitter(for: examples)
        let build: EncoderBuild = try Engine.run {
            try EncoderBuild(
                .init(words: examples.map(\.words), splitter: splitter, head: .tokenClassification, labels: tags),
                settings: settings,
                random: random)
        }
        (self.tags, self.labels, self.scheme, self.splitter) = (tags, labels, scheme, splitter)
        let constraints = try scheme.map { try TagConstraints(labels: tags, scheme: $0) }
        let model = Engine.run {
            TaggingModel(
                build.encoder, tags: tags.count, hasField: hasField, constraints: constraints, labels: labels.count,
                dropout: settings.dropout, random: random.split("task"))
        }
        solver = .net(model, build)
        labelSmoothing = settings.labelSmoothing
        maximumLength = settings.maximumLength
        tagIDs = Self.numbers(tags)
        labelIDs = Self.numbers(labels)
        var counts = [Int](repeating: 0, count: tags.count)
        for example in examples { for tag in Self.spelled(example.tags, scheme) { tagIDs[tag].map { counts[Int($0)] += 1 } } }
        classWeights = try settings.classWeights.weights(of: tags, counts: counts) { tag in
            scheme == nil || tag == "O" ? nil : String(tag.dropFirst(2))
        }.map { Tensor($0) }
    }

    public init(folder: RunFolder) throws {
        let json = try folder.readDescription()["model_settings"]
        if let kind = try BaselineKind(modelSettings: json, folder: folder.path) {
            let reader = try ModelSettingsReader(json, folder: folder.path)
            let baseline = try TaggingBaseline(kind, folder: folder.path)
            (solver, tags, labels) = (.baseline(baseline), baseline.tags, [])
            scheme = try reader.choice("scheme")
            splitter = try reader.choice("splitter") ?? .words
            (labelSmoothing, maximumLength, tagIDs, labelIDs, classWeights) = (0, .max, Self.numbers(baseline.tags), [:], nil)
            try Self.require(scheme, of: tags, folder.path)
            return
        }
        let settings = try TaggerSettings(json, folder: folder.path)
        (tags, labels, scheme, splitter) = (settings.tags, settings.labels, settings.scheme, settings.splitter)
        let build: EncoderBuild = try Engine.run {
            try EncoderBuild(folder: folder.path, splitter: settings.splitter, maximumLength: settings.maximumLength)
        }
        let constraints = try scheme.map { try TagConstraints(labels: settings.tags, scheme: $0) }
        let model = Engine.run {
            TaggingModel(
                build.encoder, tags: settings.tags.count, hasField: settings.hasField, constraints: constraints,
                labels: settings.labels.count, random: RandomStream(seed: 0))
        }
        solver = .net(model, build)
        labelSmoothing = 0
        maximumLength = settings.maximumLength
        tagIDs = Self.numbers(tags)
        labelIDs = Self.numbers(labels)
        classWeights = nil
        try readWeights(from: folder.path(of: .weights))
    }

    /// Tags of a file need not be of the scheme that another file names.
    private static func require(_ scheme: TagScheme?, of tags: [String], _ folder: String) throws {
        guard let scheme, let bad = tags.first(where: { scheme.parse($0) == nil }) else { return }
        throw ConfigurationError(
            reason:
                "\(folder): the tag '\(bad.printable(limit: 40))' is none of the scheme \(scheme.rawValue) that sequitur.json tells of"
        )
    }

    public func write(to folder: RunFolder, origin: String?) throws {
        switch solver {
        case .net(_, let build): try build.write(to: folder, origin: origin)
        case .baseline(let baseline): try baseline.write(toFolder: folder.path)
        }
    }

    public var json: JSONValue {
        switch solver {
        case .net(let model, _):
            TaggerSettings(
                tags: tags, labels: labels, scheme: scheme, hasField: model.own.field != nil, splitter: splitter,
                maximumLength: maximumLength
            ).json
        case .baseline(let baseline):
            [
                "baseline": .string(baseline.kind.rawValue), "scheme": scheme.map { .string($0.rawValue) } ?? .null,
                "splitter": .string(splitter.rawValue),
            ]
        }
    }

    public func writeWeights(to path: String) throws {
        let model = net.model
        try TaskWeights.write(model, model.encoder, beside: model.own, to: path)
    }

    public func readWeights(from path: String) throws {
        let model = net.model
        try TaskWeights.read(model, model.encoder, beside: model.own, from: path)
    }

    private static func numbers(_ names: [String]) -> [String: Int32] {
        Dictionary(names.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
    }

    /// All tags of the data; of spans every place of every type, O first.
    private static func tags(of examples: [TaggedSentence], _ scheme: TagScheme?) -> [String] {
        let found = Set(examples.lazy.flatMap(\.tags))
        guard let scheme else { return found.sorted() }
        let types = Set(found.compactMap { TagScheme.bio.parse($0) }.filter { $0.place != .outside }.map(\.type)).sorted()
        let places: [SpanTag.Place] = [.begin, .inside, .end, .single]
        return ["O"] + types.flatMap { type in places.compactMap { scheme.spell(SpanTag(place: $0, type: type)) } }
    }

    /// Where next to no word has two characters, characters are words. A corpus that has both kinds is cut as `words` does, which takes
    /// Chinese characters one by one too.
    private static func splitter(for examples: [TaggedSentence]) -> WordSplitter {
        let words = examples.prefix(1000).flatMap(\.words)
        return 50 * words.count { $0.unicodeScalars.count > 1 } < words.count ? .characters : .words
    }

    /// Tags as the model spells them.
    private static func spelled(_ tags: [String], _ scheme: TagScheme?) -> [String] {
        guard let scheme, scheme != .bio else { return tags }
        return TagScheme.converted(tags, from: .bio, to: scheme)
    }

    // MARK: Learning

    public static func read(_ path: String, _ reader: ExampleReader) throws -> ExampleFile<TaggedSentence> {
        try reader.taggedSentences(path)
    }

    public static func mark(_ example: TaggedSentence, in hash: inout XXHash64) {
        for word in example.words + example.tags + [example.label ?? ""] {
            hash.update(word)
            hash.update(0)
        }
    }

    public func items(of examples: [TaggedSentence]) throws -> [Item] {
        let (model, build) = net
        return try examples.flatMap { example in
            let tags = Self.spelled(example.tags, scheme).map { tagIDs[$0] ?? -1 }
            let label = example.label.flatMap { labelIDs[$0] } ?? -1
            return try build.features.windows(example.words).map { window in
                // A field learns whole sequences; words of two windows are then learnt twice.
                let isWhole = model.own.field != nil
                let known = window.words.map { isWhole || window.owned.contains($0) ? tags[$0] : -1 }
                return Item(text: window.text, tags: known, label: label)
            }
        }
    }

    public func size(of item: Item) -> Int { item.text.ids.count }

    public func loss(of items: [Item]) -> MicroBatchLoss {
        let model = net.model, batch = TextBatch(items.map(\.text), padding: model.encoder.padding)
        let outputs = model(batch), (steps, rows) = (batch.wordSteps, batch.rows)
        var tags = [Int32](repeating: -1, count: steps * rows)
        for (row, item) in items.enumerated() {
            for (step, tag) in item.tags.enumerated() { tags[step * rows + row] = tag }
        }
        var loss: Loss
        if let field = model.own.field {
            // The data need not keep to the scheme: only what comes out does.
            loss = field.loss(
                outputs.emissions, tags: Tensor(tags.map { max(0, $0) }, shape: [steps, rows]), lengths: outputs.lengths,
                isConstrained: false)
        } else {
            loss = outputs.emissions.reshaped([steps * rows, self.tags.count]).crossEntropy(
                Tensor(tags), classWeights: classWeights, labelSmoothing: labelSmoothing)
        }
        guard let logits = outputs.labels else { return MicroBatchLoss(loss) }
        let other = logits.crossEntropy(Tensor(items.map(\.label)), labelSmoothing: labelSmoothing)
        // Both are means of their own targets, so that neither the length of sentences nor the number of windows weighs them.
        let share = Float(loss.count) / Float(max(1, other.count))
        return MicroBatchLoss(Loss(sum: loss.sum + other.sum * Tensor(share), count: loss.count, weight: loss.weight))
    }

    // MARK: Answering

    public func answers(to examples: [TaggedSentence], progress: (Int) throws -> Void = { _ in }) throws -> [Answer] {
        try answers(to: examples.map(\.words), progress: progress)
    }

    /// The tags of sentences of words.
    public func answers(to sentences: [[String]], progress: (Int) throws -> Void = { _ in }) throws -> [Answer] {
        var answers = sentences.map {
            Answer(tags: Array(repeating: "O", count: $0.count), probabilities: Array(repeating: 0, count: $0.count))
        }
        switch solver {
        case .net(let model, let build): try answer(&answers, sentences, model, build, progress)
        case .baseline(let baseline):
            for (index, found) in try baseline.answers(to: sentences, progress: progress).enumerated() {
                answers[index] = Answer(tags: found.tags, probabilities: found.probabilities)
            }
        }
        if let scheme, scheme != .bio {
            for index in answers.indices {
                answers[index].tags = TagScheme.converted(answers[index].tags, from: scheme, to: .bio)
            }
        }
        return answers
    }

    private func answer(
        _ answers: inout [Answer], _ sentences: [[String]], _ model: TaggingModel, _ build: EncoderBuild,
        _ progress: (Int) throws -> Void
    ) throws {
        var parts: [(sentence: Int, window: TextFeatures.Window)] = []
        for (index, words) in sentences.enumerated() where !words.isEmpty {
            for window in try build.features.windows(words) { parts.append((index, window)) }
        }
        var done = 0
        for batch in LengthBatches.inOrder(sizes: parts.map(\.window.text.ids.count), batchSize: 128, maximumSize: 8192) {
            let chosen = batch.map { parts[$0] }
            let found = Engine.run { withoutGradients { predict(chosen.map(\.window.text), model) } }
            for ((sentence, window), found) in zip(chosen, found) {
                for word in window.owned {
                    answers[sentence].tags[word] = tags[Int(found.tags[word - window.words.lowerBound])]
                    answers[sentence].probabilities[word] = found.probabilities[word - window.words.lowerBound]
                }
                // The first window says what the whole is about.
                if window.words.lowerBound == 0, let label = found.label {
                    answers[sentence].label = labels[Int(label)]
                    answers[sentence].labelProbability = found.labelProbability
                }
            }
            done += chosen.count
            try progress(done * sentences.count / max(1, parts.count))
        }
    }

    private struct Found {
        var tags: [Int32]
        var probabilities: [Float]
        var label: Int32?
        var labelProbability: Float?
    }

    private func predict(_ texts: [EncodedText], _ model: TaggingModel) -> [Found] {
        let batch = TextBatch(texts, padding: model.encoder.padding), outputs = model(batch)
        let (steps, rows, count) = (batch.wordSteps, batch.rows, tags.count)
        let words = outputs.lengths?.int32s().map(Int.init) ?? Array(repeating: steps, count: rows)
        let chain = model.chain(outputs)
        let shares = (chain.map { $0.marginals() } ?? outputs.emissions.softmax()).cast(to: .float32).floats()
        let paths = chain?.bestPaths()
        let best = paths == nil ? outputs.emissions.argumentOfMaximum(axis: 2).int32s() : []
        let labelShares = outputs.labels?.softmax().floats()
        return (0..<rows).map { row in
            let chosen = paths?[row][0].tags ?? (0..<words[row]).map { best[$0 * rows + row] }
            var found = Found(
                tags: chosen, probabilities: chosen.enumerated().map { shares[($0 * rows + row) * count + Int($1)] })
            if let labelShares {
                let own = labelShares[(row * labels.count)..<((row + 1) * labels.count)]
                let top = own.indices.max { own[$0] < own[$1] } ?? own.startIndex
                found.label = Int32(top - own.startIndex)
                found.labelProbability = own[top]
            }
            return found
        }
    }
}

/// What `sequitur.json` keeps of a tagger.
struct TaggerSettings {
    var tags: [String]
    var labels: [String]
    var scheme: TagScheme?
    var hasField: Bool
    var splitter: WordSplitter
    var maximumLength: Int

    var json: JSONValue {
        [
            "tags": .array(tags.map { .string($0) }), "labels": .array(labels.map { .string($0) }),
            "scheme": scheme.map { .string($0.rawValue) } ?? .null, "field": .bool(hasField),
            "splitter": .string(splitter.rawValue),
            "maximum_length": .integer(Int64(maximumLength)),
        ]
    }
}

extension TaggerSettings {
    init(_ json: JSONValue?, folder: String) throws {
        let reader = try ModelSettingsReader(json, folder: folder)
        self.init(
            tags: try reader.strings("tags"), labels: try reader.strings("labels"), scheme: try reader.choice("scheme"),
            hasField: try reader.bool("field"), splitter: try reader.choice("splitter") ?? .words,
            maximumLength: try reader.integer("maximum_length", in: 3...(1 << 24)))
        guard tags.count > 1, Set(tags).count == tags.count, Set(labels).count == labels.count else {
            throw ConfigurationError(reason: "\(folder)/sequitur.json: tags and labels must be distinct, and tags two at least")
        }
    }
}

/// Reads "model_settings" of `sequitur.json`, naming what is wrong.
struct ModelSettingsReader {
    let json: JSONValue
    let folder: String

    init(_ json: JSONValue?, folder: String) throws {
        guard let json, json.members != nil else {
            throw ConfigurationError(
                reason: "\(folder)/sequitur.json has no \"model_settings\": the run was not finished, or is not of this task")
        }
        self.json = json
        self.folder = folder
    }

    private func error(_ key: String, _ expected: String) -> ConfigurationError {
        ConfigurationError(reason: "\(folder)/sequitur.json: \"\(key)\" of \"model_settings\" must be \(expected)")
    }

    func strings(_ key: String) throws -> [String] {
        guard let values = json[key]?.array else { throw error(key, "a list of strings") }
        let found = values.compactMap(\.string)
        guard found.count == values.count else { throw error(key, "a list of strings") }
        return found
    }

    func bool(_ key: String) throws -> Bool {
        guard let value = json[key]?.bool else { throw error(key, "true or false") }
        return value
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int {
        guard let value = json[key]?.int, range.contains(value) else {
            throw error(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func number(_ key: String) throws -> Double {
        guard let value = json[key]?.double, value.isFinite else { throw error(key, "a number") }
        return value
    }

    /// Nil for null.
    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String) throws -> Choice? where Choice.RawValue == String {
        guard let value = json[key], !value.isNull else { return nil }
        guard let choice = value.string.flatMap(Choice.init(rawValue:)) else {
            throw error(key, "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }
}
