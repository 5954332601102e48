import SequiturFiles
import SequiturLayers
import SequiturTensors

// T tokens, B sequences, D width, C classes or tokens of the vocabulary

/// A model of the ecosystem: `config.json` and weights in the layout of `transformers`, read and written.
///
///     let model = try PretrainedModel(folder: "bert-base-uncased")
///     let outputs = model.outputs(of: .ids(ids, lengths: lengths))
///     outputs.hidden   // [T, B, D]
public final class PretrainedModel: Module {
    public let family: PretrainedFamily
    /// `config.json`, whole: what is not known here is kept.
    public let configuration: JSONValue
    public let body: any SequenceModel
    public let head: ModelHead?
    /// Whether the body's own output matrix is the head, as in language models.
    public let isLanguageModel: Bool
    /// What the head is for; nil without one.
    public var headKind: HeadKind? { headDescription?.form.kind }
    /// What reading the weights left over.
    public let report: WeightReport
    let description: ArchitectureDescription
    let headDescription: ArchitectureDescription.Head?
    /// What stands before the names of the body's tensors in the folder.
    let prefix: String
    /// Tensors of the folder that have no place in the model: written again as they were, so that saving loses nothing.
    let carried: [(name: String, tensor: Tensor)]

    /// Reads a model folder.
    ///
    /// - Parameters:
    ///   - dropout: rates for training on, in place of those of `config.json`: of the stream, and of attention's weights.
    ///   - head: the head to have; where the folder has another or none, it is a fresh one. The folder's own where nil.
    ///   - labels: what the head tells apart; where the folder's has other labels, it is a fresh one. The folder's own where nil.
    ///   - random: what a fresh head is drawn from.
    /// - Throws: one-line errors that name the file and the key or tensor.
    public convenience init(
        folder: String, dropout: (Float, attention: Float)? = nil, head: HeadKind? = nil, labels: [String]? = nil,
        random: RandomStream = RandomStream(seed: 0)
    ) throws {
        let path = folder + "/config.json"
        guard Folder.isFolder(folder) else {
            throw FileError(action: "read", path: folder, reason: "no such folder", advice: "give the folder of a model")
        }
        var configuration = try JSONValue.parse(contentsOf: path)
        let family = try PretrainedFamily(configuration: configuration, path: path)
        if let dropout {
            configuration = configuration.replacing(family.architecture.dropout(dropout.0, attention: dropout.attention))
        }
        let isOther = labels.map { Self.labels(of: configuration) != $0 } ?? false
        if let labels, isOther { configuration = configuration.replacing(Self.members(of: labels)) }
        try self.init(
            family, configuration, path: path, weights: try WeightFiles(folder: folder), random: .unfilled, head: head,
            isFresh: isOther, fresh: random)
    }

    /// A fresh model of a configuration as `config.json` has it; its class, `architectures`, says which head it has.
    public convenience init(configuration: JSONValue, random: RandomStream) throws {
        let family = try PretrainedFamily(configuration: configuration, path: "configuration")
        try self.init(family, configuration, path: "configuration", weights: nil, random: random)
    }

    private init(
        _ family: PretrainedFamily, _ configuration: JSONValue, path: String, weights: WeightFiles?, random: RandomStream,
        head wanted: HeadKind? = nil, isFresh hasOtherLabels: Bool = false, fresh: RandomStream = RandomStream(seed: 0)
    ) throws {
        let names = weights.map { Set($0.entries.map(\.name)) }
        let reader = ConfigurationReader(json: configuration, path: path, tensors: names)
        try reader.validate()
        var description = try family.architecture.description(reader)
        var headDescription = reader.className.flatMap(description.head), configuration = configuration
        let isFresh = wanted != nil && (headDescription?.form.kind != wanted || hasOtherLabels)
        if isFresh {
            headDescription = description.heads.first { $0.form.kind == wanted }
            guard let suffix = headDescription?.classes.first else {
                throw reader.error("a \(family.rawValue) has no head for \(wanted?.rawValue ?? "")")
            }
            configuration = configuration.replacing([("architectures", [.string(family.classPrefix + suffix)])])
            // Another head may read a part of the body that the folder's own has no use for.
            description = try family.architecture.description(
                ConfigurationReader(json: configuration, path: path, tensors: names))
        }
        if let weights { try Self.requireRoom(for: description, headDescription?.form, in: weights, path) }
        self.family = family
        self.configuration = configuration
        self.description = description
        self.headDescription = headDescription
        let body = try description.makeBody(random.split("body"))
        self.body = body
        isLanguageModel = headDescription?.form.kind == .languageModel
        head = headDescription.flatMap { found in
            found.form.kind == .languageModel
                ? nil
                : ModelHead(
                    found.form, width: body.hiddenSize, table: Self.embeddings(of: body), random: random.split("head"))
        }
        let hasHead = headDescription != nil
        let stored = names.map { present in present.contains { $0.hasPrefix(description.prefix) } } ?? hasHead
        prefix = stored || (isFresh && hasHead) ? description.prefix : ""
        var report = WeightReport()
        if let weights {
            let pooler = isFresh ? (body as? EncoderModel)?.pooler : nil
            report = try Self.read(
                weights, body: body, head: isFresh ? nil : head, description, isFresh ? nil : headDescription,
                prefix: stored ? description.prefix : "", isLanguageModel: isLanguageModel, optional: pooler?.parameters())
            if !report.fresh.isEmpty { pooler?.fill(fresh.split("pooler")) }
        }
        self.report = report
        if isFresh { head?.fill(fresh) }
        if weights == nil, !random.isUnfilled { head?.initialize(random.split("initial")) }
        // What belongs to the head that was there would say nothing of the new one.
        carried =
            try isFresh
            ? []
            : report.unexpected.filter { !$0.hasPrefix(Self.ownPrefix) }.map {
                ($0, try weights?.tensor(named: $0) ?? .zeros([0]))
            }
    }

    /// What names of tensors begin with that a task of this house puts beside the ecosystem's.
    package static let ownPrefix = "sequitur."

    /// The labels that a configuration names, in the order of their numbers.
    public static func labels(of configuration: JSONValue) -> [String]? {
        guard let members = configuration["id2label"]?.members else { return nil }
        var labels = [String?](repeating: nil, count: members.count)
        for member in members {
            guard let id = Int(member.key), labels.indices.contains(id), let label = member.value.string else { return nil }
            labels[id] = label
        }
        return labels.allSatisfy { $0 != nil } ? labels.compactMap(\.self) : nil
    }

    private static func members(of labels: [String]) -> [(String, JSONValue)] {
        let names = labels.enumerated().map { JSONValue.Member(key: "\($0)", value: .string($1)) }
        let ids = labels.enumerated().map { JSONValue.Member(key: $1, value: .integer(Int64($0))) }
        return [("id2label", .object(names)), ("label2id", .object(ids))]
    }

    /// Whether the model of a folder may have such a head.
    public static func mayHave(_ head: HeadKind, folder: String) throws -> Bool {
        let path = folder + "/config.json", configuration = try JSONValue.parse(contentsOf: path)
        let family = try PretrainedFamily(configuration: configuration, path: path)
        let description = try family.architecture.description(ConfigurationReader(json: configuration, path: path, tensors: nil))
        return description.heads.contains { $0.form.kind == head }
    }

    /// A configuration that asks for far more than the folder holds is refused before anything is allocated.
    private static func requireRoom(
        for description: ArchitectureDescription, _ head: ModelHead.Form?, in weights: WeightFiles, _ path: String
    ) throws {
        let held = weights.entries.reduce(0) { $0 + $1.elementCount }
        // A width and a number of classes, each far below 2³¹; a head over the vocabulary weighs what the body's table does.
        let classes = head.map { $0.kind == .languageModel || $0.isTied ? 0 : $0.classes } ?? 0
        let count = description.parameterCount.map { $0 + classes * description.width }
        guard let count, count / 4 <= held + 1_000_000 else {
            throw ConfigurationError(
                reason:
                    "\(path): it describes \(count.map { "\($0)" } ?? "uncountable") parameters, but \(weights.folder) holds \(held)"
            )
        }
    }

    /// The body of a model with a head over the vocabulary.
    ///
    /// - Parameter folder: for the message.
    /// - Throws: where it is none.
    public func languageModel(_ folder: String) throws -> TransformerLanguageModel {
        guard isLanguageModel, let model = body as? TransformerLanguageModel else {
            throw ConfigurationError(
                reason:
                    "\(folder): a \(configuration["architectures"]?.array?.first?.string?.printable(limit: 60) ?? family.rawValue) is no language model that reads from left to right"
            )
        }
        return model
    }

    private static func embeddings(of body: any SequenceModel) -> Parameter? {
        switch body {
        case let encoder as EncoderModel: encoder.words.weight
        case let decoder as TransformerLanguageModel: decoder.embedding.weight
        default: nil
        }
    }
}

// MARK: What it computes

/// What a model makes of a batch.
public struct ModelOutputs: Sendable {
    /// [T, B, D]
    public var hidden: Tensor
    /// [B, D], of a model with a pooler.
    public var pooled: Tensor?
    /// [T, B, C], [B, C], or [T, B] of a head with one logit.
    public var logits: Tensor?
}

extension PretrainedModel {
    /// Hidden states, and what pooler and head make of them.
    ///
    /// - Parameter decoding: ids that a decoder behind an encoder reads, int32 [T, B], and the hidden states are its; where the
    ///   architecture makes them of the source they may be nil. Other models take none.
    public func outputs(of input: SequenceInput, decoding: Tensor? = nil) throws -> ModelOutputs {
        guard let model = body as? EncoderDecoderModel else {
            guard decoding == nil else {
                throw ConfigurationError(
                    reason: "this \(family.rawValue) has no decoder behind an encoder, so it takes no decoder ids")
            }
            return outputs(of: body.hidden(input), input)
        }
        let ids = try decoding ?? decoderIds(of: input)
        guard ids.rank == 2, ids.shape[1] == input.rows else {
            throw ConfigurationError(reason: "decoder ids of shape \(ids.shape) for \(input.rows) sequences")
        }
        guard head?.form.reading != .end || ids.shape[0] == input.steps else {
            throw ConfigurationError(
                reason: "a \(family.rawValue) with a classifier reads what its decoder makes of the end of the source: "
                    + "\(ids.shape[0]) decoder ids for \(input.steps) ids")
        }
        return outputs(of: model(.ids(ids), state: model.encode(input)).hidden, input)
    }

    /// What the decoder reads where nothing is given for it.
    private func decoderIds(of input: SequenceInput) throws -> Tensor {
        guard case .ids(let ids) = input.content else {
            throw ConfigurationError(reason: "the decoder of a \(family.rawValue) needs ids where vectors are read")
        }
        let rows = input.rows, all = ids.int32s(), starts: [Int32]
        switch description.decoderIds {
        case .required:
            throw ConfigurationError(reason: "the decoder of a \(family.rawValue) needs ids of its own: give decoder ids")
        case .shifted(let start): starts = Array(repeating: Int32(start), count: rows)
        case .turned(let padding):
            starts = (0..<rows).map { row in
                let tokens = (0..<input.steps).filter { Int(all[$0 * rows + row]) != padding }.count
                return input.steps == 0 ? 0 : all[max(0, tokens - 1) * rows + row]
            }
        }
        return Tensor(input.steps == 0 ? [] : starts + all.dropLast(rows), shape: ids.shape)
    }

    func outputs(of hidden: Tensor, _ input: SequenceInput) -> ModelOutputs {
        let (steps, rows, width) = (hidden.shape[0], hidden.shape[1], hidden.shape[2])
        let isEmpty = steps == 0
        let pooled = isEmpty ? nil : (body as? EncoderModel)?.pooled(hidden[0..<1].reshaped([rows, width]))
        var outputs = ModelOutputs(hidden: hidden, pooled: pooled)
        if isLanguageModel, let model = body as? any LanguageModel {
            outputs.logits = model.logits(hidden.reshaped([-1, width])).reshaped([steps, rows, model.vocabularySize])
        }
        guard let head, !isEmpty else { return outputs }
        switch head.form.reading {
        case .tokens:
            let logits = head(hidden.reshaped([-1, width]))
            outputs.logits = logits.reshaped(head.form.isSingle ? [steps, rows] : [steps, rows, logits.shape[1]])
        case .pooled: outputs.logits = pooled.map { head($0) }
        case .first: outputs.logits = head(hidden[0..<1].reshaped([rows, width]))
        case .last: outputs.logits = head(chosen(hidden, lastTokens(input)))
        case .end: outputs.logits = head(chosen(hidden, lastEnds(input)))
        }
        return outputs
    }

    /// What the head of a classifier of sequences reads, [B, W].
    package func states(of input: SequenceInput) -> Tensor {
        let hidden = body.hidden(input), first = hidden[0..<1].reshaped([hidden.shape[1], hidden.shape[2]])
        switch head?.form.reading {
        case .pooled: return (body as? EncoderModel)?.pooled(first) ?? first
        case .last: return chosen(hidden, lastTokens(input))
        case .end: return chosen(hidden, lastEnds(input))
        case .first, .tokens, nil: return first
        }
    }

    private func chosen(_ hidden: Tensor, _ steps: [Int]) -> Tensor {
        let rows = hidden.shape[1]
        let ids = Tensor(steps.enumerated().map { Int32($1 * rows + $0) })
        return hidden.reshaped([-1, hidden.shape[2]]).rows(ids)
    }

    /// The last token of each sequence that is not padding.
    private func lastTokens(_ input: SequenceInput) -> [Int] {
        if let lengths = input.lengths { return lengths.int32s().map { max(0, Int($0) - 1) } }
        let padding = paddingID.map(Int.init), rows = input.rows
        if let mask = input.mask?.bools() {
            return (0..<rows).map { row in (0..<input.steps).last { mask[$0 * rows + row] } ?? 0 }
        }
        guard case .ids(let ids) = input.content, let padding else { return Array(repeating: input.steps - 1, count: rows) }
        let all = ids.int32s()
        return (0..<rows).map { row in (0..<input.steps).last { Int(all[$0 * rows + row]) != padding } ?? 0 }
    }

    /// The last end-of-sequence token of each sequence; the last token where there is none.
    private func lastEnds(_ input: SequenceInput) -> [Int] {
        let ends = Set(configuration["eos_token_id"].map { $0.array ?? [$0] }?.compactMap(\.int) ?? [])
        guard case .ids(let ids) = input.content, !ends.isEmpty else { return lastTokens(input) }
        let all = ids.int32s(), rows = input.rows
        return zip(0..<rows, lastTokens(input)).map { row, last in
            (0..<input.steps).last { ends.contains(Int(all[$0 * rows + row])) } ?? last
        }
    }

    /// What sequences are filled up with; nil where the configuration names none, or one that the model does not have.
    public var paddingID: Int32? {
        let size = (body as? EncoderDecoderModel)?.configuration.sourceVocabularySize ?? body.vocabularySize
        return configuration["pad_token_id"]?.int.flatMap { (0..<size).contains($0) ? Int32($0) : nil }
    }

    /// Refuses types of segments that the model does not have; one that does not tell them apart takes any.
    public func check(types: [[Int32]]) throws {
        guard let count = (body as? EncoderModel)?.configuration.types, count > 0 else { return }
        for (row, sequence) in types.enumerated() {
            if let bad = sequence.first(where: { $0 < 0 || Int($0) >= count }) {
                throw ConfigurationError(
                    reason: "sequence \(row + 1): the model has no segment type \(bad), only 0...\(count - 1)")
            }
        }
    }

    /// Refuses ids and lengths that the model cannot read; the source's of an encoder–decoder.
    public func check(ids: [[Int32]]) throws {
        let size = (body as? EncoderDecoderModel)?.configuration.sourceVocabularySize ?? body.vocabularySize
        try check(ids, vocabularySize: size, "sequence")
    }

    /// Refuses ids and lengths that the decoder behind an encoder cannot read.
    public func check(decoderIds: [[Int32]]) throws {
        try check(decoderIds, vocabularySize: body.vocabularySize, "decoder sequence")
    }

    private func check(_ ids: [[Int32]], vocabularySize: Int, _ name: String) throws {
        for (row, sequence) in ids.enumerated() {
            if let bad = sequence.first(where: { $0 < 0 || Int($0) >= vocabularySize }) {
                throw ConfigurationError(
                    reason: "\(name) \(row + 1): the id \(bad) is outside the vocabulary, 0...\(vocabularySize - 1)")
            }
            if let limit = body.limit, sequence.count > limit {
                throw ConfigurationError(
                    reason: "\(name) \(row + 1) has \(sequence.count) tokens, but the model has positions for \(limit)")
            }
        }
    }
}
