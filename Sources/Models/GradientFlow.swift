import SequiturLayers
import SequiturTensors

// T tokens read, B rows, D width

/// How far back the loss of a token reaches: the length of its gradient by what the model carries, by distance.
///
/// A model reads w_0 … w_{T−1} and loses ℓ_t = −log P(w_{t+1} | w_0 … w_t) at each of the T positions. Of what layer l carries at position
/// s, h_s^l, the flow has for each distance k
///
///     mean(k) = 1 / (T − k) · Σ_{t=k}^{T−1} ‖∂ℓ_t / ∂h_{t−k}^l‖₂        last(k) = ‖∂ℓ_{T−1} / ∂h_{T−1−k}^l‖₂
///
/// The derivative is a total one, along all paths from position t − k on: for a plain RNN the product of k Jacobians
/// ∂h_{s+1}/∂h_s = diag(1 − h²_{s+1}) W (Bengio et al. 1994; Pascanu et al. 2013), whose lengths vanish or explode with k.
///
/// - In a recurrent net h is what a layer hands to the layer above and to its own next step. An LSTM's cell state stands beside it:
///   what its own next step alone reads, so that its flow is 0 at distance 0.
/// - In a Transformer h is the residual stream after a layer; layer 0 is what the first layer reads. Later positions reach it through
///   attention, by any distance in one step.
///
/// The gradients are exact, in float32 and without dropout; the work grows with T².
///
///     let flow = try model.gradientFlow(of: tokens)
///     for curve in flow.curves { print(curve.name, curve.mean[0], curve.mean[10]) }
public struct GradientFlow: Sendable {
    /// What is carried: the layer's number, from 1 on (0: the input of a Transformer's first layer), and which of its states.
    public struct Place: Sendable, Hashable {
        public enum Kind: String, Sendable {
            case hidden, cell, stream

            fileprivate var order: Int { self == .cell ? 1 : 0 }
        }

        public let layer: Int
        public let kind: Kind

        public init(layer: Int, kind: Kind) {
            self.layer = layer
            self.kind = kind
        }
    }

    public struct Curve: Sendable {
        public let place: Place
        /// By distance, from 0 to T − 1.
        public let mean: [Double]
        public let last: [Double]

        /// `layer 1`, `layer 1 cell`, `embeddings`.
        public var name: String {
            switch place.kind {
            case .hidden, .stream: place.layer == 0 ? "embeddings" : "layer \(place.layer)"
            case .cell: "layer \(place.layer) cell"
            }
        }
    }

    /// Layer by layer; an LSTM's hidden state, then its cell.
    public let curves: [Curve]
    /// T
    public let positionCount: Int
}

extension RecurrentLanguageModel {
    /// How far back the losses of a text reach.
    ///
    /// - Parameter tokens: T + 1 of them.
    /// - Throws: `ConfigurationError` for fewer than two tokens, or one that the model does not know.
    public func gradientFlow(of tokens: [Int32]) throws -> GradientFlow {
        try GradientFlow.requireReadable(tokens, limit: nil, vocabularySize: vocabularySize)
        return Engine.run { withContext(.inference, precision: .float32) { walkBack(over: tokens) } }
    }

    private static var rowStep: Int { 64 }

    /// Reads the text once, then walks back step by step. At position s there is a row for each loss from s on, all in the same state:
    /// one step with its derivative takes the gradients of all of them from the state after s to the state before it.
    private func walkBack(over tokens: [Int32]) -> GradientFlow {
        let count = tokens.count - 1, table = embedding.weight()
        func read(_ position: Int, rows: Int) -> Tensor { table.rows(Tensor([Int32](repeating: tokens[position], count: rows))) }
        var states = [initialState(rows: 1)]
        for position in 0..<count { states.append(recurrent.step(read(position, rows: 1), state: states[position]) { $1 }) }
        let sums = GradientFlow.Sums(count: count)
        var arriving: [Tensor] = []  // by the state after a position, of the losses beyond it: [rows, H] each
        for position in stride(from: count - 1, through: 0, by: -1) {
            // Products are made ready for a number of rows, so few numbers are used; rows beyond the last loss have none.
            let rows = (count - position + Self.rowStep - 1) / Self.rowStep * Self.rowStep
            let before = states[position].select(rows: Array(repeating: 0, count: rows))
            let gradients = arriving
            (_, arriving) = valueWithGradients(of: before.tensors) { watched in
                let after = recurrent.step(read(position, rows: rows), state: before.with(watched)) { layer, made in
                    func watch(_ kind: GradientFlow.Place.Kind, _ value: Tensor) -> Tensor {
                        sums.watch(
                            .init(layer: layer + 1, kind: kind), value, from: position, losses: position..<(position + rows))
                    }
                    return RecurrentState.Layer(hidden: watch(.hidden, made.hidden), cell: made.cell.map { watch(.cell, $0) })
                }
                let states = after.tensors, head = after.layers[after.layers.count - 1].hidden[0..<1]
                let loss = head.linearCrossEntropy(
                    weight: output.weight(), bias: output.bias?(), targets: Tensor([tokens[position + 1]])
                ).sum
                return zip(states, gradients).reduce(loss) { sum, pair in
                    let known = min(rows - 1, pair.1.shape[0])
                    return sum + (pair.0[1..<(known + 1)] * pair.1[0..<known]).sum()
                }
            }
        }
        return sums.flow
    }
}

extension RecurrentState {
    /// Hidden and cell state of each layer in turn.
    fileprivate var tensors: [Tensor] { layers.flatMap { [$0.hidden] + ($0.cell.map { [$0] } ?? []) } }

    /// The same with other tensors.
    fileprivate func with(_ tensors: [Tensor]) -> RecurrentState {
        var rest = tensors[...]
        return RecurrentState(
            layers: layers.map { Layer(hidden: rest.removeFirst(), cell: $0.cell == nil ? nil : rest.removeFirst()) })
    }
}

extension TransformerLanguageModel {
    /// How far back the losses of a text reach.
    ///
    /// - Parameter tokens: T + 1 of them, of which T must be no more than the model sees.
    /// - Throws: `ConfigurationError` for fewer than two tokens, too many, or one that the model does not know.
    public func gradientFlow(of tokens: [Int32]) throws -> GradientFlow {
        try GradientFlow.requireReadable(tokens, limit: configuration.limit, vocabularySize: vocabularySize)
        return Engine.run { withContext(.inference, precision: .float32) { measure(tokens) } }
    }

    /// Rows of a batch times positions: about how much is on the tape at once.
    private static var tokensAtOnce: Int { 8192 }

    /// Row t of a batch has the loss of position t alone, so that one walk back along the tape gives the gradients of many losses.
    private func measure(_ tokens: [Int32]) -> GradientFlow {
        let count = tokens.count - 1, rows = max(1, Self.tokensAtOnce / count)
        let sums = GradientFlow.Sums(count: count)
        for start in stride(from: 0, to: count, by: rows) {
            let positions = start..<min(start + rows, count)
            _ = valueWithGradients(of: []) { _ in
                losses(of: tokens, at: positions) { layer, stream in
                    sums.watch(.init(layer: layer, kind: .stream), stream, from: 0, losses: positions)
                }.sum
            }
        }
        return sums.flow
    }

    /// The losses at the given positions, each of a row of its own that reads all tokens up to the last of them.
    ///
    /// - Parameter watch: takes the stream before the first layer (0) and after each, [T, B, D], and gives what is to be read in its stead.
    package func losses(
        of tokens: [Int32], at positions: Range<Int>, watch: @escaping (_ layer: Int, _ stream: Tensor) -> Tensor
    ) -> Loss {
        let rows = positions.count, steps = positions.upperBound
        let ids = Tensor(tokens[..<steps].flatMap { [Int32](repeating: $0, count: rows) }, shape: [steps, rows])
        let hidden = watchedHidden(ids, watch: watch)  // [T, B, D]
        let own = positions.enumerated().map { Int32($0.element * rows + $0.offset) }
        return hidden.reshaped([steps * rows, -1]).rows(Tensor(own)).linearCrossEntropy(
            weight: outputWeight(), bias: nil, targets: Tensor(Array(tokens[(positions.lowerBound + 1)...positions.upperBound])))
    }
}

// MARK: Measuring

extension GradientFlow {
    fileprivate static func requireReadable(_ tokens: [Int32], limit: Int?, vocabularySize: Int) throws {
        func require(_ holds: Bool, _ reason: String) throws { if !holds { throw ConfigurationError(reason: reason) } }
        let words = tokens.count == 1 ? "1 token" : "\(tokens.count) tokens"
        try require(tokens.count > 1, "a text of \(words) has none to predict: give a longer one")
        if let limit {
            try require(
                tokens.count - 1 <= limit, "a text of \(words) is more than the model sees at once: give at most \(limit + 1)")
        }
        try require(
            tokens.allSatisfy { (0..<vocabularySize).contains(Int($0)) }, "the text has tokens that the model does not know")
    }

    /// Lengths of gradients, added up by place and distance.
    fileprivate final class Sums {
        private let count: Int
        private var places: [Place] = []
        private var sums: [Place: [Double]] = [:], last: [Place: [Double]] = [:]

        init(count: Int) { self.count = count }

        /// `value` on the tape, its gradient measured as soon as it is final.
        ///
        /// - Parameters:
        ///   - value: [S, B, D] or [B, D], of S positions from the given one on.
        ///   - losses: the position of the loss that each row has; there is none from T on.
        func watch(_ place: Place, _ value: Tensor, from first: Int, losses: Range<Int>) -> Tensor {
            if sums[place] == nil {
                places.append(place)
                sums[place] = [Double](repeating: 0, count: count)
                last[place] = sums[place]
            }
            guard let tape = Context.current.tape else { return value }
            var outputs = [value]
            tape.record(&outputs) { [self] upstream, sink in
                guard let gradient = upstream[0] else { return }
                add(gradient, at: place, from: first, losses)
                sink.add(gradient, to: value)
            }
            return outputs[0]
        }

        private func add(_ gradient: Tensor, at place: Place, from first: Int, _ losses: Range<Int>) {
            let width = gradient.shape.last ?? 0, rows = losses.count
            guard width > 0, var sums = sums.removeValue(forKey: place) else { return }
            gradient.floats().withUnsafeBufferPointer { values in
                for position in 0..<(values.count / (width * rows)) {
                    for row in 0..<rows where (first + position..<count).contains(losses.lowerBound + row) {
                        let start = (position * rows + row) * width
                        let square = values[start..<(start + width)].reduce(0.0) { $0 + Double($1) * Double($1) }
                        let loss = losses.lowerBound + row, distance = loss - first - position
                        sums[distance] += square.squareRoot()
                        if loss == count - 1 { last[place]?[distance] = square.squareRoot() }
                    }
                }
            }
            self.sums[place] = sums
        }

        var flow: GradientFlow {
            let curves = places.sorted { ($0.layer, $0.kind.order) < ($1.layer, $1.kind.order) }.map { place in
                Curve(
                    place: place, mean: (sums[place] ?? []).enumerated().map { $0.element / Double(count - $0.offset) },
                    last: last[place] ?? [])
            }
            return GradientFlow(curves: curves, positionCount: count)
        }
    }
}
