import SequiturTensors

// T queries, S keys, B sequences, H heads, G heads of keys and values, D width of a head, E width of its values

/// Multi-head attention (Vaswani et al. 2017), within a sequence or from one to another:
///
///     q = W_q x    k = W_k y    v = W_v z        head_h = softmax(q_h k_hᵀ / √D) v_h        o = W_o [head_1 … head_H] + b_o
///
/// with y = z = x within a sequence. H / G neighbouring heads of queries share one of keys and values (Ainslie et al. 2023). Positions
/// may be rotary or linear biases. A query that may attend to nothing contributes b_o alone.
/// - Shape: x [T, B, width], y [S, B, keyInputWidth], z [S, B, valueInputWidth] → [T, B, width].
///
/// Weights are in PyTorch's layout: W_q, W_k and W_v below one another in `inputWeight` where all inputs are of one width, and the
/// biases so in `inputBias`. They begin even in ±√(6 / (rows + columns)) (Glorot & Bengio 2010), biases at 0.
///
///     let attention = MultiHeadAttention(width: 8, heads: 2, random: RandomStream(seed: 1))
///     let y = attention(x, pattern: AttentionPattern(isCausal: true))
public final class MultiHeadAttention: Module {
    public let inputWeight: Parameter?  // [H·D + G·(D + E), width]
    public let queryWeight: Parameter?  // [H·D, width]
    public let keyWeight: Parameter?  // [G·D, keyInputWidth]
    public let valueWeight: Parameter?  // [G·E, valueInputWidth]
    public let inputBias: Parameter?  // [H·D + G·(D + E)]
    public let output: Linear
    public let heads: Int
    public let keyHeads: Int
    public let headWidth: Int
    public let valueWidth: Int
    private let rotary: RotaryPositions?
    private let slopes: [Float]?
    private let scale: Float?
    private let window: Int?
    private let dropout: Float
    private let name: String

    /// - Parameters:
    ///   - keyHeads: G, which divides the heads; as many as those where nil.
    ///   - headWidth: D; width / heads where nil, and then heads must divide the width.
    ///   - valueWidth: E; D where nil.
    ///   - keyInputWidth: the width of what keys are made of, where it is another; likewise for values.
    ///   - hasOutputBias: as `hasBias` where nil.
    ///   - scale: the factor of q · k; 1 / √D where nil.
    ///   - window: how many of the last keys a query attends to within a sequence; all where nil.
    ///   - dropout: of the weights.
    ///   - rotary: turns queries and keys.
    ///   - hasSlopes: takes a slope times the distance from the scores.
    ///   - name: tells this layer's randomness from that of others in the model.
    public init(
        width: Int, heads: Int, keyHeads: Int? = nil, headWidth: Int? = nil, valueWidth: Int? = nil, keyInputWidth: Int? = nil,
        valueInputWidth: Int? = nil, hasBias: Bool = true, hasOutputBias: Bool? = nil, scale: Float? = nil, window: Int? = nil,
        dropout: Float = 0, rotary: RotaryPositions? = nil, hasSlopes: Bool = false, name: String = "attention",
        random: RandomStream
    ) {
        precondition(
            width > 0 && heads > 0 && (headWidth != nil || width % heads == 0),
            "MultiHeadAttention: a width of \(width) is not divisible by \(heads) heads")
        self.heads = heads
        self.keyHeads = keyHeads ?? heads
        self.headWidth = headWidth ?? width / heads
        self.valueWidth = valueWidth ?? self.headWidth
        precondition(
            self.keyHeads > 0 && heads % self.keyHeads == 0 && (rotary?.width ?? 0) <= self.headWidth,
            "MultiHeadAttention: \(heads) heads of \(self.headWidth), \(self.keyHeads) of keys, \(rotary?.width ?? 0) elements turned"
        )
        let queries = heads * self.headWidth, keys = self.keyHeads * self.headWidth, values = self.keyHeads * self.valueWidth
        func weight(_ name: String, _ rows: Int, _ columns: Int) -> Parameter {
            let bound = (6 / Float(max(1, rows + columns))).squareRoot()
            return Parameter(.uniform([rows, columns], -bound, bound, from: random.split(name)))
        }
        if (keyInputWidth ?? width) == width && (valueInputWidth ?? width) == width {
            inputWeight = weight("inputWeight", queries + keys + values, width)
            (queryWeight, keyWeight, valueWeight) = (nil, nil, nil)
        } else {
            inputWeight = nil
            queryWeight = weight("queryWeight", queries, width)
            keyWeight = weight("keyWeight", keys, keyInputWidth ?? width)
            valueWeight = weight("valueWeight", values, valueInputWidth ?? width)
        }
        inputBias = hasBias ? Parameter(.zeros([queries + keys + values]), isDecayed: false) : nil
        output = Linear(
            from: heads * self.valueWidth, to: width, hasBias: hasOutputBias ?? hasBias, random: random.split("output"))
        self.rotary = rotary
        slopes = hasSlopes ? LinearBiases.slopes(heads: heads) : nil
        self.scale = scale
        self.window = window
        self.dropout = dropout
        self.name = name
    }

    // MARK: Within a sequence

    public func callAsFunction(_ x: Tensor, pattern: AttentionPattern = AttentionPattern()) -> Tensor {
        callAsFunction(x, pattern: pattern, memory: nil, layer: 0)
    }

    /// - Parameters:
    ///   - memory: keys and values of earlier positions, to which those of x are added.
    ///   - layer: whose they are.
    package func callAsFunction(_ x: Tensor, pattern: AttentionPattern, memory: KeyValueWriter?, layer: Int) -> Tensor {
        guard let inputWeight else {
            preconditionFailure("MultiHeadAttention: keys of another width than the queries' are missing")
        }
        var pattern = adapted(pattern)
        if let memory { (pattern.offsets, pattern.lengths) = (memory.offsets, memory.totals) }
        let projected = x.linear(inputWeight, bias: inputBias?(), asOperand: true)
        let joint = turned(projected, heads + keyHeads, pattern)
        guard let memory else { return attended(.joint(joint, valueWidth: valueWidth), pattern, sequences: x.shape[1]) }
        let keysAndValues = memory.append(joint.sliced(axis: 2, queryWidth..<joint.shape[2]), layer: layer)
        let queries = joint.sliced(axis: 2, 0..<queryWidth)
        return attended(.memory(queries: queries, keysAndValues: keysAndValues), pattern, sequences: x.shape[1])
    }

    // MARK: From one sequence to another

    /// - Parameters:
    ///   - keys: what keys are made of.
    ///   - values: what values are made of, of the same length.
    public func callAsFunction(_ x: Tensor, keys: Tensor, values: Tensor, pattern: AttentionPattern = AttentionPattern())
        -> Tensor
    {
        let (k, v) = project(keys: keys, values: values)
        return attended(.separate(queries: projectedQueries(x), keys: k, values: v), adapted(pattern), sequences: x.shape[1])
    }

    /// - Parameter memory: keys and values as `project(_:)` makes them, once for all queries.
    package func callAsFunction(_ x: Tensor, projected memory: Tensor, pattern: AttentionPattern) -> Tensor {
        attended(.memory(queries: projectedQueries(x), keysAndValues: memory), adapted(pattern), sequences: x.shape[1])
    }

    /// Keys and values of a sequence, side by side: [S, B, G · (D + E)].
    package func project(_ memory: Tensor) -> Tensor {
        guard let inputWeight else {
            let (k, v) = project(keys: memory, values: memory)
            return .concatenated([k, v], axis: 2)
        }
        let rows = queryWidth..<inputWeight.shape[0]
        return memory.linear(inputWeight, rows: rows, bias: inputBias?()[rows], asOperand: true)
    }

    /// The weights with which values are summed, for inspection: [B, H, T, S].
    public func weights(_ x: Tensor, keys: Tensor? = nil, pattern: AttentionPattern = AttentionPattern()) -> Tensor {
        let q = projectedQueries(x), rows = queryWidth..<(queryWidth + keyHeads * headWidth)
        var k = linear(keys ?? x, keyWeight, rows)
        if keys == nil { k = turned(k, keyHeads, pattern) }
        return (keys == nil ? turned(q, heads, pattern) : q)
            .attentionWeights(keys: k, heads: heads, keyHeads: keyHeads, pattern: adapted(pattern))
    }

    // MARK: Parts

    private var queryWidth: Int { heads * headWidth }

    /// The rows of the joint weight, or a weight of their own.
    private func linear(_ x: Tensor, _ own: Parameter?, _ rows: Range<Int>) -> Tensor {
        if let own { return x.linear(own, bias: inputBias?()[rows], asOperand: true) }
        guard let inputWeight else { preconditionFailure("MultiHeadAttention: no weight") }
        return x.linear(inputWeight, rows: rows, bias: inputBias?()[rows], asOperand: true)
    }

    private func projectedQueries(_ x: Tensor) -> Tensor { linear(x, queryWeight, 0..<queryWidth) }

    private func project(keys: Tensor, values: Tensor) -> (keys: Tensor, values: Tensor) {
        let middle = queryWidth + keyHeads * headWidth
        return (
            linear(keys, keyWeight, queryWidth..<middle),
            linear(values, valueWeight, middle..<(middle + keyHeads * valueWidth))
        )
    }

    private func turned(_ x: Tensor, _ heads: Int, _ pattern: AttentionPattern) -> Tensor {
        guard let rotary else { return x }
        let end = x.shape[0] + Int(pattern.offsets?.int32s().max() ?? 0)
        return x.rotated(by: rotary.table(upTo: end), heads: heads, headWidth: headWidth, offsets: pattern.offsets)
    }

    private func adapted(_ pattern: AttentionPattern) -> AttentionPattern {
        var pattern = pattern
        if let slopes { pattern.slopes = slopes }
        if let scale { pattern.scale = scale }
        if let window { pattern.window = window }
        return pattern
    }

    private func attended(_ input: AttentionInput, _ pattern: AttentionPattern, sequences: Int) -> Tensor {
        output.operand(
            .attention(
                input, heads: heads, keyHeads: keyHeads, pattern: pattern,
                dropout: weightDropout(sequences: pattern.packing?.starts.count ?? sequences)))
    }

    private func weightDropout(sequences: Int) -> AttentionDropout? {
        let context = Context.current
        guard dropout > 0, context.mode == .training else { return nil }
        let stream = context.random.split(name)
        let perHead = (0..<heads).map { stream.split($0) }
        let keys = (0..<sequences).flatMap { b in perHead.map { $0.bits(context.firstExample + b) } }
        return AttentionDropout(rate: dropout, keys: keys)
    }
}
