import CSequiturKernels

// T queries, S keys, B sequences, H heads, G heads of keys and values, D width of a head

/// Who attends to whom, and what is added to the scores.
public struct AttentionPattern: Sendable {
    /// Query i attends to keys up to i + offset alone.
    public var isCausal: Bool
    /// Query i attends to keys after i + offset − window alone (Beltagy, Peters & Cohan 2020). All before it where nil.
    public var window: Int?
    /// Keys that stand before the first query of each sequence, int32 [B]; 0 where nil.
    public var offsets: Tensor?
    /// Keys that each sequence has, int32 [B]; what stands behind them is padding. All where nil.
    public var lengths: Tensor?
    /// True where a query may attend to a key: bool, broadcasting to [B, H, T, S].
    public var mask: Tensor?
    /// Added to the scaled scores, broadcasting to [B, H, T, S]; −∞ forbids. It may have a gradient.
    public var bias: Tensor?
    /// Of each head: slope · |i + offset − j| is taken from the scaled scores (Press, Smith & Lewis 2022).
    public var slopes: [Float]?
    /// The factor of q · k; 1 / √D where nil.
    public var scale: Float?
    /// Sequences that lie behind one another, of what attends to itself: lengths and what else depends on keys are nil then.
    package var packing: PackedRows?

    public init(
        isCausal: Bool = false, offsets: Tensor? = nil, lengths: Tensor? = nil, mask: Tensor? = nil, bias: Tensor? = nil,
        slopes: [Float]? = nil, scale: Float? = nil, window: Int? = nil
    ) {
        self.isCausal = isCausal
        self.window = window
        self.offsets = offsets
        self.lengths = lengths
        self.mask = mask
        self.bias = bias
        self.slopes = slopes
        self.scale = scale
    }
}

/// Weights that are set to 0 with probability `rate`, the rest divided by 1 − rate; which ones follows from the keys alone.
package struct AttentionDropout: Sendable {
    package let rate: Float
    /// One for each sequence and head, [B · H].
    package let keys: [UInt64]

    package init(rate: Float, keys: [UInt64]) {
        precondition(rate >= 0 && rate < 1, "attention: a dropout rate in 0..<1 expected, \(rate) given")
        self.rate = rate
        self.keys = keys
    }
}

/// Where the heads of queries, keys and values lie: apart, or beside each other in the rows of one tensor.
package enum AttentionInput {
    /// [T, B, H · D], [S, B, G · D] and [S, B, G · Dv]
    case separate(queries: Tensor, keys: Tensor, values: Tensor)
    /// [T, B, H · D] and [S, B, G · (D + Dv)], keys before values
    case memory(queries: Tensor, keysAndValues: Tensor)
    /// [T, B, H · D + G · (D + Dv)]: what one product makes of what attends to itself
    case joint(Tensor, valueWidth: Int)
}

extension Tensor {
    /// Scaled dot-product attention of several heads (Vaswani et al. 2017):
    ///
    ///     o_i = Σ_j softmax_j(scale · q_i · k_j + bias_ij) v_j
    ///
    /// as one operation, block by block: memory grows with T and S, never with T · S. H / G neighbouring heads of queries share one
    /// of keys and values (Ainslie et al. 2023). A query that may attend to nothing has zero output and no gradient.
    /// - Shape: self [T, B, H · D], keys [S, B, G · D], values [S, B, G · Dv] → [T, B, H · Dv]
    /// - With bfloat16 products a large result is bfloat16, as it feeds the next product.
    public func attention(
        keys: Tensor, values: Tensor, heads: Int, keyHeads: Int? = nil, pattern: AttentionPattern = AttentionPattern()
    ) -> Tensor {
        .attention(
            .separate(queries: self, keys: keys, values: values), heads: heads, keyHeads: keyHeads ?? heads, pattern: pattern)
    }

    package static func attention(
        _ input: AttentionInput, heads: Int, keyHeads: Int, pattern: AttentionPattern, dropout: AttentionDropout? = nil
    ) -> Tensor {
        let call = AttentionCall(input, heads: heads, keyHeads: keyHeads, pattern: pattern, dropout: dropout)
        var inputs = call.inputs
        if let bias = pattern.bias { inputs.append(bias) }
        let tape = Context.current.tape
        let isRecorded = inputs.contains { tape?.isRecorded($0) ?? false }
        let (output, logSums) = call.forward(keepsLogSums: isRecorded)
        guard let tape, isRecorded, let logSums else { return output }
        var outputs = [output]
        tape.record(&outputs, acceptsHalf: true) { upstream, sink in
            if let upstream = upstream[0] { call.backward(upstream, output: output, logSums: logSums, sink) }
        }
        return outputs[0]
    }
}

extension Tensor {
    /// The weights with which `attention` sums values, for inspection: softmax of the scaled and masked scores.
    ///
    /// - Shape: self [T, B, H · D], keys [S, B, G · D] → [B, H, T, S], which is held in memory as a whole.
    public func attentionWeights(
        keys: Tensor, heads: Int, keyHeads: Int? = nil, pattern: AttentionPattern = AttentionPattern()
    ) -> Tensor {
        let keyHeads = keyHeads ?? heads, width = shape[2] / heads
        let (queries, sequences, count) = (shape[0], shape[1], keys.shape[0])
        precondition(
            rank == 3 && keys.rank == 3 && shape[2] % heads == 0 && heads % keyHeads == 0 && keys.shape[2] == keyHeads * width
                && keys.shape[1] == sequences,
            "attentionWeights: queries \(shape), keys \(keys.shape) for \(heads) heads and \(keyHeads) of keys")
        let group = heads / keyHeads
        let q = reshaped([queries, sequences, keyHeads, group, width]).transposed([1, 2, 3, 0, 4])  // [B, G, H / G, T, D]
        let k = keys.reshaped([count, sequences, keyHeads, 1, width]).transposed([1, 2, 3, 0, 4])  // [B, G, 1, S, D]
        var scores = q.matrixProduct(k, transposesOther: true).reshaped([sequences, heads, queries, count])
        scores = scores * Tensor(pattern.scale ?? 1 / Float(max(1, width)).squareRoot())
        if let bias = pattern.bias { scores = scores + bias }
        if let slopes = pattern.slopes {
            scores = scores - Tensor(slopes, shape: [heads, 1, 1]) * pattern.distances(sequences, queries, count)
        }
        return scores.masked(pattern.allowed(sequences, queries, count).inverted(), value: -.infinity).softmax()
    }
}

extension AttentionPattern {
    private func place(_ sequence: Int, _ query: Int, _ offsets: [Int32]?) -> Int { query + Int(offsets?[sequence] ?? 0) }

    /// |i + offset − j|, [B, 1, T, S]
    fileprivate func distances(_ sequences: Int, _ queries: Int, _ keys: Int) -> Tensor {
        let offsets = offsets?.int32s()
        let all = (0..<sequences).flatMap { b in
            (0..<queries).flatMap { i in (0..<keys).map { Float(abs(place(b, i, offsets) - $0)) } }
        }
        return Tensor(all, shape: [sequences, 1, queries, keys])
    }

    /// True where a query may attend to a key, [B, 1 or H, T, S].
    fileprivate func allowed(_ sequences: Int, _ queries: Int, _ keys: Int) -> Tensor {
        let offsets = offsets?.int32s(), lengths = lengths?.int32s()
        let all = (0..<sequences).flatMap { b in
            (0..<queries).flatMap { i in
                (0..<keys).map { j in
                    let isBefore = window.map { j <= place(b, i, offsets) - $0 } ?? false
                    return (!isCausal || j <= place(b, i, offsets)) && j < Int(lengths?[b] ?? Int32(keys)) && !isBefore
                }
            }
        }
        let allowed = Tensor(all, shape: [sequences, 1, queries, keys])
        guard let mask else { return allowed }
        return (mask.cast(to: .float32) * allowed.cast(to: .float32)).cast(to: .bool)
    }
}

/// One call of the kernels: shapes checked, masks with strides, tensors kept alive.
private struct AttentionCall {
    let input: AttentionInput
    let pattern: AttentionPattern
    let heads, keyHeads: Int
    let queries, keys, sequences, width, valueWidth: Int
    let form: sequitur_operand
    let packing: PackedRows?
    let mask: BroadcastScores?
    let bias: BroadcastScores?
    let slopes, dropoutKeys: Tensor?
    let dropoutRate: Float

    init(_ input: AttentionInput, heads: Int, keyHeads: Int, pattern: AttentionPattern, dropout: AttentionDropout?) {
        self.input = input
        self.pattern = pattern
        self.heads = heads
        self.keyHeads = keyHeads
        packing = pattern.packing
        form = Context.current.precision.operand
        precondition(heads > 0 && keyHeads > 0 && heads % keyHeads == 0, "attention: \(heads) heads share \(keyHeads) of keys")
        switch input {
        case .separate(let q, let k, let v):
            precondition(
                q.rank == 3 && k.rank == 3 && v.rank == 3 && k.shape[..<2] == v.shape[..<2] && q.shape[1] == k.shape[1]
                    && q.shape[2] % heads == 0 && k.shape[2] % keyHeads == 0 && v.shape[2] % keyHeads == 0
                    && q.shape[2] / heads == k.shape[2] / keyHeads,
                "attention: queries \(q.shape), keys \(k.shape), values \(v.shape) for \(heads) heads and \(keyHeads) of keys")
            (queries, sequences, keys) = (q.shape[0], q.shape[1], k.shape[0])
            (width, valueWidth) = (q.shape[2] / heads, v.shape[2] / keyHeads)
        case .memory(let q, let kv):
            precondition(
                q.rank == 3 && kv.rank == 3 && q.shape[1] == kv.shape[1] && q.shape[2] % heads == 0 && kv.shape[2] % keyHeads == 0
                    && kv.shape[2] / keyHeads >= q.shape[2] / heads,
                "attention: queries \(q.shape), keys and values \(kv.shape) for \(heads) heads and \(keyHeads) of keys")
            (queries, sequences, keys) = (q.shape[0], q.shape[1], kv.shape[0])
            width = q.shape[2] / heads
            valueWidth = kv.shape[2] / keyHeads - width
        case .joint(let x, let own):
            precondition(
                x.rank == 3 && x.shape[2] >= keyHeads * own && (x.shape[2] - keyHeads * own) % (heads + keyHeads) == 0,
                "attention: \(x.shape) for \(heads) heads and \(keyHeads) of keys and of values of \(own)")
            if let packing {
                precondition(
                    x.shape[..<2] == [packing.count, 1], "attention: rows \(x.shape) are not the \(packing.count) that are packed"
                )
                (queries, sequences, keys) = (packing.steps, packing.starts.count, packing.steps)
            } else {
                (queries, sequences, keys) = (x.shape[0], x.shape[1], x.shape[0])
            }
            width = (x.shape[2] - keyHeads * own) / (heads + keyHeads)
            valueWidth = own
        }
        if packing != nil {
            guard case .joint = input, pattern.mask == nil, pattern.bias == nil, pattern.lengths == nil, pattern.offsets == nil
            else {
                preconditionFailure("attention: packed sequences attend to themselves, without mask, bias, lengths and offsets")
            }
        }
        let scores = [sequences, heads, queries, keys]
        mask = pattern.mask.map { BroadcastScores($0, to: scores, type: .bool) }
        bias = pattern.bias.map { BroadcastScores($0, to: scores, type: .float32) }
        slopes = pattern.slopes.map { Tensor($0) }
        dropoutKeys = dropout.map { $0.keys.asTensor() }
        dropoutRate = dropout?.rate ?? 0
        for counts in [pattern.offsets, pattern.lengths].compactMap({ $0 }) {
            precondition(
                counts.dtype == .int32 && counts.shape == [sequences],
                "attention: int32 [\(sequences)] expected for offsets and lengths, \(counts.dtype) \(counts.shape) found")
        }
        pattern.lengths?.requireIndices(below: keys + 1, "attention's lengths")
        precondition(
            (slopes == nil || slopes?.shape == [heads]) && (dropout == nil || dropout?.keys.count == sequences * heads)
                && (pattern.scale ?? 1) > 0 && (pattern.window ?? 1) > 0,
            "attention: \(slopes?.count ?? 0) slopes, \(dropout?.keys.count ?? 0) keys of dropout, scale \(pattern.scale ?? 1), window \(pattern.window ?? 0)"
        )
    }

    var inputs: [Tensor] {
        switch input {
        case .separate(let q, let k, let v): [q, k, v]
        case .memory(let q, let kv): [q, kv]
        case .joint(let x, _): [x]
        }
    }

    // MARK: Views of heads

    /// Heads of `width` elements in rows [time, B, row], from element `start` of each row.
    private func view(_ x: Tensor, from start: Int = 0, _ width: Int) -> sequitur_heads {
        precondition(x.dtype.isFloatingPoint, "attention: floating-point elements expected, \(x.dtype) found")
        return sequitur_heads(
            data: x.elements + start * x.dtype.size, time: Int64(x.shape[1] * x.shape[2]), batch: Int64(x.shape[2]),
            head: Int64(width), is_bfloat16: x.dtype == .bfloat16 ? 1 : 0)
    }

    /// Queries, keys and values, or the places of their gradients, in tensors of the inputs' shapes.
    private func views(of tensors: [Tensor]) -> (query: sequitur_heads, key: sequitur_heads, value: sequitur_heads) {
        switch input {
        case .separate: (view(tensors[0], width), view(tensors[1], width), view(tensors[2], valueWidth))
        case .memory:
            (view(tensors[0], width), view(tensors[1], width), view(tensors[1], from: keyHeads * width, valueWidth))
        case .joint:
            (
                view(tensors[0], width), view(tensors[0], from: heads * width, width),
                view(tensors[0], from: (heads + keyHeads) * width, valueWidth)
            )
        }
    }

    private var description: sequitur_attention {
        var made = sequitur_attention()
        made.batch = Int64(sequences)
        made.heads = Int64(heads)
        made.key_heads = Int64(keyHeads)
        made.queries = Int64(queries)
        made.keys = Int64(keys)
        made.width = Int64(width)
        made.value_width = Int64(valueWidth)
        (made.query, made.key, made.value) = views(of: inputs)
        made.scale = pattern.scale ?? 1 / Float(max(1, width)).squareRoot()
        made.operand = Int32(form.rawValue)
        made.is_causal = pattern.isCausal ? 1 : 0
        made.window = Int64(pattern.window ?? 0)
        made.offsets = pattern.offsets.map { UnsafePointer($0.int32Elements) }
        made.lengths = (packing?.lengths ?? pattern.lengths).map { UnsafePointer($0.int32Elements) }
        made.starts = packing.map { UnsafePointer($0.starts.int32Elements) }
        if let mask {
            made.mask = UnsafePointer(mask.values.byteElements)
            (made.mask_batch, made.mask_head, made.mask_query) = mask.strides
        }
        if let bias {
            made.bias = bias.values.floatElements
            (made.bias_batch, made.bias_head, made.bias_query) = bias.strides
        }
        made.slopes = slopes?.floatElements
        made.dropout = dropoutRate
        made.random = dropoutKeys.map { UnsafePointer($0.elements.assumingMemoryBound(to: UInt64.self)) }
        return made
    }

    // MARK: Both directions

    /// Rows of no sequence, at the end, are 0.
    private func clearFilling(of x: Tensor) {
        guard let packing else { return }
        let row = x.shape[2] * x.dtype.size, tokens = packing.tokenCount
        (x.elements + tokens * row).initializeMemory(as: UInt8.self, repeating: 0, count: (packing.count - tokens) * row)
    }

    func forward(keepsLogSums: Bool) -> (output: Tensor, logSums: Tensor?) {
        let rows = packing.map { [$0.count, 1] } ?? [queries, sequences]
        let type = Tensor.operandType(form, count: rows[0] * rows[1] * heads * valueWidth)
        let output = Tensor.uninitialized(rows + [heads * valueWidth], type)
        clearFilling(of: output)
        let logSums: Tensor? = keepsLogSums ? .uninitialized([sequences, heads, queries]) : nil
        var description = description
        sequitur_attention_forward(&description, view(output, valueWidth), logSums?.mutableFloats)
        keepAlive(self)
        return (output, logSums)
    }

    func backward(_ upstream: Tensor, output: Tensor, logSums: Tensor, _ sink: Tape) {
        let made = inputs.map { Tensor.uninitialized($0.shape, $0.dtype) }
        for gradient in made { clearFilling(of: gradient) }
        var gradients = sequitur_attention_gradients()
        (gradients.query, gradients.key, gradients.value) = views(of: made)
        let biasGradient: Tensor? = bias.flatMap { sink.wants(pattern.bias) ? .zeros($0.values.shape) : nil }
        gradients.bias = biasGradient?.mutableFloats
        var description = description
        sequitur_attention_backward(
            &description, view(output, valueWidth), logSums.floatElements, view(upstream, valueWidth), &gradients)
        keepAlive(self, upstream, output, logSums)
        for (input, gradient) in zip(inputs, made) { sink.add(gradient, to: input) }
        if let bias = pattern.bias, let biasGradient { sink.add(biasGradient.summed(to: bias.shape), to: bias) }
    }
}

/// A mask or a bias of scores with the strides that repeat it: 0 along an axis of extent 1, the last axis always whole.
private struct BroadcastScores {
    let values: Tensor
    let strides: (batch: Int64, head: Int64, query: Int64)

    init(_ given: Tensor, to scores: [Int], type: DType) {
        precondition(
            given.rank <= 4 && (given.dtype == type || (type == .float32 && given.dtype.isFloatingPoint)),
            "attention: a mask of \(given.dtype) \(given.shape) where \(type) \(scores) is expected")
        let shape = [Int](repeating: 1, count: 4 - given.rank) + given.shape
        precondition(
            zip(shape, scores).allSatisfy { $0 == $1 || $0 == 1 }, "attention: a mask of \(given.shape) for scores of \(scores)")
        let whole = given.detached.cast(to: type).reshaped(shape)
        values = whole.broadcast(to: Array(shape[..<3]) + [scores[3]])
        let dense = denseStrides(values.shape)
        strides = (shape[0] == 1 ? 0 : dense[0], shape[1] == 1 ? 0 : dense[1], shape[2] == 1 ? 0 : dense[2])
    }
}

extension [UInt64] {
    /// The same bytes where kernels can hold on to them.
    fileprivate func asTensor() -> Tensor {
        let made = Tensor.uninitialized([8 * count], .int8)
        withUnsafeBytes { bytes in
            if let source = bytes.baseAddress, bytes.count > 0 { made.elements.copyMemory(from: source, byteCount: bytes.count) }
        }
        return made
    }
}
