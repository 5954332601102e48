import SequiturFiles
import SequiturLayers
import SequiturTensors
import SequiturText

/// Texts as vectors: an encoder, pooling, maps behind it, and perhaps a length of 1, as the folders of sentence-transformers hold them
/// (Reimers & Gurevych 2019).
///
///     let encoder = try SentenceEncoder(folder: "all-MiniLM-L6-v2")
///     let vectors = try encoder.embed(["A man is eating food.", "A man eats something."])   // [2, 384]
public final class SentenceEncoder {
    public let model: PretrainedModel
    public let tokenizer: TokenizerPipeline
    /// What is pooled; results of several stand beside each other.
    public var pooling: [Pooling]
    /// Maps behind the pooling.
    public let maps: [SentenceMap]
    /// Whether vectors are brought to length 1.
    public var normalizes: Bool
    /// The most tokens of a text, special ones included; what is beyond is cut off.
    public let maximumLength: Int
    /// Put before every text.
    public var prompt: String
    let transformerFolder: String

    /// Reads a folder of sentence-transformers (`modules.json`), or any encoder's: then the mean of the tokens is taken.
    ///
    /// - Parameter maximumLength: the folder's own, or the model's limit, where nil.
    public init(folder: String, maximumLength: Int? = nil) throws {
        let modules = try SentenceModules(folder: folder)
        let model = try PretrainedModel(folder: modules.transformer)
        guard !(model.body is EncoderDecoderModel) else {
            throw ConfigurationError(
                reason:
                    "\(modules.transformer): a \(model.family.rawValue) with a decoder has no vectors of texts: give the folder of its encoder alone"
            )
        }
        let limit = model.body.limit ?? .max
        let length = min(maximumLength ?? modules.maximumLength ?? modules.tokenizerLimit ?? limit, limit)
        let tokenizer = try TokenizerFolder.read(modules.transformer)
        guard tokenizer.idLimit <= model.body.vocabularySize else {
            throw ConfigurationError(
                reason:
                    "\(modules.transformer): the tokenizer has ids up to \(tokenizer.idLimit - 1), but the model has only \(model.body.vocabularySize)"
            )
        }
        transformerFolder = modules.transformer
        self.model = model
        self.tokenizer = tokenizer.adjusted(truncation: TokenTruncation(maximumLength: length), padding: nil)
        self.maximumLength = length
        pooling = modules.pooling
        maps = modules.maps
        normalizes = modules.normalizes
        prompt = modules.prompt
        try requireWidth()
    }

    /// What is pooled must be as wide as what the first map reads.
    private func requireWidth() throws {
        let pooled = model.body.hiddenSize * pooling.count
        guard let width = maps.first?.linear.weight.shape[1], width != pooled else { return }
        throw ConfigurationError(
            reason: "\(transformerFolder): pooling gives \(pooled) numbers, but the map behind it reads \(width)")
    }

    /// The width of a text's vector.
    public var width: Int { maps.last?.linear.weight.shape[0] ?? model.body.hiddenSize * pooling.count }

    // MARK: Embedding

    /// One vector for each text, in their order: [texts, width].
    ///
    /// Texts of like lengths are read together, so that next to nothing is padding.
    /// - Parameters:
    ///   - batchTokens: how many tokens are read at once, padding included.
    ///   - progress: takes how many texts are done; an error thrown there ends the work.
    public func embed(
        _ texts: [String], batchTokens: Int = 4096, precision: Precision = .auto, progress: (Int) throws -> Void = { _ in }
    ) throws -> Tensor {
        try requireWidth()
        let vectors = Tensor.zeros([texts.count, width])
        for first in stride(from: 0, to: texts.count, by: Self.textsAtOnce) {
            let part = texts[first..<min(first + Self.textsAtOnce, texts.count)]
            let encodings = try tokenizer.encode(batch: part.map { .init(prompt + $0) })
            if let empty = encodings.firstIndex(where: { $0.count == 0 }) {
                throw ConfigurationError(reason: "text \(first + empty + 1) has no tokens, so it has no vector")
            }
            // A post-processor may add ids and types that no model has.
            try model.check(ids: encodings.map(\.ids))
            try model.check(types: encodings.map(\.typeIDs))
            let order = encodings.indices.sorted { (encodings[$0].count, $0) > (encodings[$1].count, $1) }
            var start = 0
            while start < order.count {
                let longest = encodings[order[start]].count, end = min(order.count, start + max(1, batchTokens / longest))
                let batch = order[start..<end]
                let made = Engine.run {
                    withContext(.inference, precision: precision) { embed(batch.map { encodings[$0] }, steps: longest) }
                }
                vectors.setRows(batch.map { first + $0 }, to: made)
                start = end
                try progress(first + start)
            }
        }
        return vectors
    }

    /// Texts whose tokens are held at once; long enough for batches of even length.
    private static let textsAtOnce = 1 << 14

    private func embed(_ encodings: [Encoding], steps: Int) -> Tensor {
        let rows = encodings.count
        var ids = [Int32](repeating: 0, count: steps * rows), types: [Int32]?
        for (row, encoding) in encodings.enumerated() {
            for (step, id) in encoding.ids.enumerated() { ids[step * rows + row] = id }
            for (step, type) in encoding.typeIDs.enumerated() where type != 0 {
                types = types ?? [Int32](repeating: 0, count: steps * rows)
                types?[step * rows + row] = type
            }
        }
        let padding = model.paddingID ?? 0
        for (row, encoding) in encodings.enumerated() {
            for step in encoding.count..<max(steps, encoding.count) { ids[step * rows + row] = padding }
        }
        let isEven = encodings.allSatisfy { $0.count == steps }
        let lengths = isEven ? nil : Tensor(encodings.map { Int32($0.count) })
        let input = SequenceInput(
            .ids(Tensor(ids, shape: [steps, rows])), lengths: lengths, types: types.map { Tensor($0, shape: [steps, rows]) })
        return vectors(of: model.body.hidden(input).cast(to: .float32), lengths: lengths)
    }

    /// What pooling, maps and normalising make of hidden states: [T, B, D] → [B, width].
    public func vectors(of hidden: Tensor, lengths: Tensor?) -> Tensor {
        let pooled = pooling.map { $0(hidden, lengths: lengths) }
        var x = pooled.count == 1 ? pooled[0] : .concatenated(pooled, axis: 1)
        for map in maps { x = map(x) }
        return normalizes ? x.unitRows() : x
    }
}

/// A map behind the pooling, with an activation.
public final class SentenceMap: Module {
    public let linear: Linear
    public let activation: String

    static let activations = ["Tanh", "Identity", "ReLU", "GELU", "Sigmoid"]

    init(linear: Linear, activation: String) {
        self.linear = linear
        self.activation = activation
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        let y = linear(x)
        switch activation {
        case "Tanh": return y.hyperbolicTangent()
        case "ReLU": return y.relu()
        case "GELU": return y.gelu()
        case "Sigmoid": return y.sigmoid()
        default: return y
        }
    }
}

extension Tensor {
    /// Copies rows of another matrix to these places.
    fileprivate func setRows(_ places: [Int], to rows: Tensor) {
        let width = shape[1], source = rows.floats()
        for (index, place) in places.enumerated() {
            source.withUnsafeBufferPointer {
                guard let base = $0.baseAddress else { return }
                (mutableFloats + place * width).update(from: base + index * width, count: width)
            }
        }
    }
}
