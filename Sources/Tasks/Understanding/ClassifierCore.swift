import SequiturDatasets
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText
import SequiturTraining

// B texts, C classes, D width

/// What the classifying tasks share: texts, pairs of texts or marked words in, classes or a number out.
final class ClassifierCore {
    /// What is told of a text.
    enum Form: String, CaseIterable {
        /// One of the classes.
        case single
        /// Any number of them.
        case multiple
        /// A number.
        case value
    }

    /// What is classified.
    enum Input: Sendable {
        case text(String, String?)
        case marked(MarkedWords)
    }

    enum Target: Sendable {
        case classes([Int32])
        case value(Float)
    }

    struct Item: Sendable {
        let first: EncodedText
        /// The other tower's.
        let second: EncodedText?
        let marks: [Int32]
        let target: Target
    }

    let model: SequenceClassifier
    let build: EncoderBuild
    let classes: [String]
    let form: Form
    /// Whether two texts are read apart from each other (Reimers & Gurevych 2019).
    let hasTowers: Bool
    /// Where values lie: what is learnt is (value − lowest) / (highest − lowest).
    let range: ClosedRange<Float>
    private let maximumLength: Int
    private let labelSmoothing: Float
    private let classWeights: Tensor?

    /// What a task makes of its examples.
    struct Wish {
        var inputs: [Input]
        var targets: [Target]
        var classes: [String]
        var form: Form
        var hasTowers = false
        var pooling: SequencePooling?
    }

    init(_ wish: Wish, settings: LabeledSettings) throws {
        guard wish.form == .single || (settings.labelSmoothing == 0 && settings.classWeights == .even) else {
            throw ConfigurationError(
                reason: "label smoothing and weights of classes are for texts with one label each, not for "
                    + (wish.form == .multiple ? "any number of them" : "degrees"))
        }
        let random = RandomStream(seed: settings.training.seed).split("parameters")
        let splitter = settings.splitter ?? .words
        let pooling = try wish.pooling ?? Self.pooling(settings.encoder)
        let usesHead = pooling == .own && !wish.hasTowers
        let build: EncoderBuild = try Engine.run {
            try EncoderBuild(
                .init(
                    words: wish.inputs.map { Self.words(of: $0, splitter) }, splitter: splitter,
                    head: usesHead ? .sequenceClassification : nil, labels: wish.form == .value ? ["score"] : wish.classes),
                settings: settings, random: random)
        }
        self.build = build
        (classes, form, hasTowers) = (wish.classes, wish.form, wish.hasTowers)
        let values = wish.targets.compactMap { target -> Float? in if case .value(let value) = target { value } else { nil } }
        range = (values.min() ?? 0)...(values.max() ?? 1)
        if form == .value, range.lowerBound == range.upperBound {
            throw ConfigurationError(reason: "all examples have the value \(range.lowerBound): there is nothing to learn")
        }
        let isWords = build.encoder.words != nil
        model = Self.model(
            build, classes: form == .value ? 1 : classes.count, pooling, hasTowers: hasTowers, form,
            dropout: isWords ? settings.words.dropout : settings.dropout, random: random.split("task"))
        maximumLength = settings.maximumLength
        labelSmoothing = settings.labelSmoothing
        classWeights = try settings.classWeights.weights(of: wish.classes, counts: Self.counts(wish.targets, wish.classes.count))
            .map { Tensor($0) }
    }

    private static func model(
        _ build: EncoderBuild, classes: Int, _ pooling: SequencePooling, hasTowers: Bool, _ form: Form, dropout: Float,
        random: RandomStream
    ) -> SequenceClassifier {
        Engine.run {
            SequenceClassifier(
                build.encoder, classes: classes, pooling: pooling, parts: hasTowers ? 4 : 1,
                hasOutput: !(hasTowers && form == .value),
                dropout: dropout, random: random)
        }
    }

    /// Folders of sentence-transformers say how their states become one vector; other models have classifiers of their own.
    private static func pooling(_ encoder: LabeledSettings.Encoder) throws -> SequencePooling {
        guard case .folder(let folder) = encoder else { return .attention }
        guard Folder.exists("\(folder)/modules.json") else { return .own }
        switch try SentenceModules(folder: folder).pooling.first {
        case .cls: return .cls
        case .max: return .max
        case .last: return .last
        case .mean, .meanSquareRoot, nil: return .mean
        }
    }

    private static func words(of input: Input, _ splitter: WordSplitter) -> [String] {
        switch input {
        case .text(let first, let second): (splitter.split(first) + splitter.split(second ?? "")).map(\.text)
        case .marked(let marked): marked.words
        }
    }

    private static func counts(_ targets: [Target], _ count: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: count)
        for case .classes(let classes) in targets { for index in classes { counts[Int(index)] += 1 } }
        return counts
    }

    // MARK: Files

    init(folder: RunFolder) throws {
        let reader = try ModelSettingsReader(try folder.readDescription()["model_settings"], folder: folder.path)
        let splitter: WordSplitter = try reader.choice("splitter") ?? .words
        let pooling: SequencePooling = try reader.choice("pooling") ?? .mean
        form = try reader.choice("form") ?? .single
        classes = try reader.strings("classes")
        hasTowers = try reader.bool("towers")
        let (lowest, highest) = (Float(try reader.number("lowest")), Float(try reader.number("highest")))
        maximumLength = try reader.integer("maximum_length", in: 3...(1 << 24))
        guard lowest <= highest, form == .value || (!classes.isEmpty && Set(classes).count == classes.count) else {
            throw ConfigurationError(
                reason: "\(folder.path)/sequitur.json: distinct classes, and a range of values, are expected")
        }
        range = lowest...highest
        labelSmoothing = 0
        classWeights = nil
        let length = maximumLength
        build = try Engine.run { try EncoderBuild(folder: folder.path, splitter: splitter, maximumLength: length) }
        model = Self.model(
            build, classes: form == .value ? 1 : classes.count, pooling, hasTowers: hasTowers, form, dropout: 0,
            random: RandomStream(seed: 0))
        try readWeights(from: folder.path(of: .weights))
    }

    var json: JSONValue {
        [
            "form": .string(form.rawValue), "classes": .array(classes.map { .string($0) }),
            "pooling": .string(model.pooling.rawValue),
            "towers": .bool(hasTowers), "splitter": .string(build.features.splitter.rawValue),
            "maximum_length": .integer(Int64(maximumLength)), "lowest": .number(Double(range.lowerBound)),
            "highest": .number(Double(range.upperBound)),
        ]
    }

    func writeWeights(to path: String) throws { try TaskWeights.write(model, model.encoder, beside: model.own, to: path) }
    func readWeights(from path: String) throws { try TaskWeights.read(model, model.encoder, beside: model.own, from: path) }

    // MARK: Learning

    func item(_ input: Input, _ target: Target = .classes([])) throws -> Item {
        switch input {
        case .text(let first, let second):
            guard hasTowers else {
                return Item(first: try build.features.encode(first, second), second: nil, marks: [], target: target)
            }
            return Item(
                first: try build.features.encode(first), second: try build.features.encode(second ?? ""), marks: [],
                target: target)
        case .marked(let marked):
            let (text, places) = try build.features.encode(words: marked.words, marks: marked.marks)
            return Item(first: text, second: nil, marks: places, target: target)
        }
    }

    func size(of item: Item) -> Int { max(item.first.ids.count, item.second?.ids.count ?? 0) }

    func loss(of items: [Item]) -> MicroBatchLoss {
        let logits = logits(items)
        switch form {
        case .single:
            let targets = items.map { item -> Int32 in
                if case .classes(let classes) = item.target { classes.first ?? -1 } else { -1 }
            }
            return MicroBatchLoss(
                logits.crossEntropy(Tensor(targets), classWeights: classWeights, labelSmoothing: labelSmoothing))
        case .multiple:
            var wanted = [Float](repeating: 0, count: items.count * classes.count)
            for (row, item) in items.enumerated() {
                if case .classes(let found) = item.target { for index in found { wanted[row * classes.count + Int(index)] = 1 } }
            }
            return MicroBatchLoss(logits.binaryCrossEntropy(Tensor(wanted, shape: [items.count, classes.count])))
        case .value:
            let (low, width) = (range.lowerBound, range.upperBound - range.lowerBound)
            let wanted = items.map { item -> Float in if case .value(let value) = item.target { (value - low) / width } else { 0 }
            }
            return MicroBatchLoss(logits.reshaped([items.count]).squaredError(Tensor(wanted)))
        }
    }

    /// [B, C], or [B] or [B, 1] of values.
    private func logits(_ items: [Item]) -> Tensor {
        let padding = model.encoder.padding, first = TextBatch(items.map(\.first), padding: padding)
        guard hasTowers else {
            let count = items.first?.marks.count ?? 0
            return model(first, marks: (0..<count).map { mark in items.map { $0.marks[mark] } })
        }
        let second = TextBatch(items.map { $0.second ?? $0.first }, padding: padding)
        let (u, v) = (model.vectors(first), model.vectors(second))
        if form == .value { return u.cosineSimilarity(v) }
        return model.logits(.concatenated([u, v, (u - v).absolute(), u * v], axis: 1))
    }

    // MARK: Answering

    /// The probabilities of the classes, or the value, of each input.
    func scores(_ inputs: [Input], progress: (Int) throws -> Void) throws -> [[Float]] {
        var scores = [[Float]](repeating: [], count: inputs.count), done = 0
        // What is read is held in parts, long enough for batches of even length.
        for start in stride(from: 0, to: inputs.count, by: 1 << 14) {
            let items = try inputs[start..<min(start + 1 << 14, inputs.count)].map { try item($0) }
            for batch in LengthBatches.inOrder(sizes: items.map(size(of:)), batchSize: 128, maximumSize: 8192) {
                let found = Engine.run { withoutGradients { self.found(batch.map { items[$0] }) } }
                for (place, values) in zip(batch, found) { scores[start + place] = values }
                done += batch.count
                try progress(done)
            }
        }
        return scores
    }

    private func found(_ items: [Item]) -> [[Float]] {
        let logits = logits(items)
        switch form {
        case .single, .multiple:
            let values = (form == .single ? logits.softmax() : logits.sigmoid()).floats()
            return items.indices.map { Array(values[($0 * classes.count)..<(($0 + 1) * classes.count)]) }
        case .value:
            let (low, width) = (range.lowerBound, range.upperBound - range.lowerBound)
            return logits.reshaped([items.count]).floats().map { [low + width * $0] }
        }
    }
}

extension TextFeatures {
    /// Words as the encoder reads them at once, and the step of each marked one. Where there are more than the encoder reads, words far
    /// from the marks are left out.
    func encode(words: [String], marks: [Int]) throws -> (text: EncodedText, places: [Int32]) {
        switch source {
        case .words(let lexicon, let readsCharacters):
            var text = EncodedText(ids: words.map(lexicon.id(of:)))
            if readsCharacters { text.characters = words.map(lexicon.characterIDs(of:)) }
            return (text, marks.map(Int32.init))
        case .pieces(let tokenizer, let frame):
            let capacity = frame.capacity(limit)
            let pieces = try frame.pieces(of: words, tokenizer).map { Array($0.prefix(max(1, capacity / 4))) }
            let near = words.indices.sorted { left, right in
                func distance(_ place: Int) -> Int { marks.map { abs($0 - place) }.min() ?? 0 }
                return (distance(left), left) < (distance(right), right)
            }
            var room = capacity, kept: [Int] = []
            for word in near where pieces[word].count <= room {
                room -= pieces[word].count
                kept.append(word)
            }
            kept.sort()
            var text = frame.text(kept.map { pieces[$0] }[...])
            let places = marks.map { mark in kept.firstIndex(of: mark).map { text.firstPieces[$0] } ?? 0 }
            text.firstPieces = []
            return (text, places)
        }
    }
}
