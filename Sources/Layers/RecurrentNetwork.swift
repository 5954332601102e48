import SequiturTensors

/// How a recurrent net is built beyond its cell and widths.
public struct RecurrentOptions: Sendable, Equatable {
    public var layers = 1
    /// A second pass over the sequence from its end; its outputs stand beside those of the first.
    public var isBidirectional = false
    public var hasBias = true
    /// Dropout between layers, never after the last.
    public var dropout: Float = 0
    /// One mask for all time steps of a sequence (variational dropout: Gal & Ghahramani 2016) instead of one for each.
    public var locksDropout = false
    /// Dropout on the recurrent weights themselves, one mask for the whole batch (DropConnect: Merity, Keskar & Socher 2018).
    public var weightDropout: Float = 0
    /// Whether the state before the first step is a parameter, rather than zero.
    public var learnsInitialState = false

    public init(layers: Int = 1, isBidirectional: Bool = false, hasBias: Bool = true, dropout: Float = 0) {
        self.layers = layers
        self.isBidirectional = isBidirectional
        self.hasBias = hasBias
        self.dropout = dropout
    }
}

/// A recurrent net: RNN, LSTM or GRU in several layers, in one direction or both.
///
/// - Shape: x [T, B, inputSize] → outputs [T, B, hiddenSize · directions] and the state after the last step. With lengths, int32 [B]
///   between 0 and T, a sequence ends early: its outputs beyond are zero, and its state is that of its own last step. The second
///   direction begins at each sequence's own end.
///
/// Weights begin even in ±1/√hiddenSize, biases at 0 but for the LSTM's forget gate, whose input bias begins at 1, so that a new cell
/// remembers (Jozefowicz et al. 2015).
///
///     let lstm = RecurrentNetwork(.lstm, from: 8, to: 16, options: RecurrentOptions(layers: 2), random: RandomStream(seed: 1))
///     let (outputs, state) = lstm(x)
public final class RecurrentNetwork: Module {
    /// The weights of one direction of one layer in PyTorch's layout: the gates below one another.
    public final class Layer: Module {
        public let inputWeight: Parameter  // [G·H, I]
        public let recurrentWeight: Parameter  // [G·H, H]
        public let inputBias: Parameter?  // [G·H]
        public let recurrentBias: Parameter?  // [G·H]
        public let initialHidden: Parameter?  // [H]
        public let initialCell: Parameter?  // [H]
        private let weightDropout: Dropout

        init(
            _ cell: RecurrentCell, from inputSize: Int, to hiddenSize: Int, _ options: RecurrentOptions, name: String,
            random: RandomStream
        ) {
            let bound = 1 / Float(max(1, hiddenSize)).squareRoot(), rows = cell.gateCount * hiddenSize
            inputWeight = Parameter(.uniform([rows, inputSize], -bound, bound, from: random.split("inputWeight")))
            recurrentWeight = Parameter(.uniform([rows, hiddenSize], -bound, bound, from: random.split("recurrentWeight")))
            let biases = (0..<rows).map { cell == .lstm && $0 / max(1, hiddenSize) == 1 ? Float(1) : 0 }
            inputBias = options.hasBias ? Parameter(Tensor(biases), isDecayed: false) : nil
            recurrentBias = options.hasBias ? Parameter(.zeros([rows]), isDecayed: false) : nil
            initialHidden = options.learnsInitialState ? Parameter(.zeros([hiddenSize]), isDecayed: false) : nil
            initialCell =
                options.learnsInitialState && cell.hasCellState ? Parameter(.zeros([hiddenSize]), isDecayed: false) : nil
            weightDropout = Dropout(options.weightDropout, name: "weight.\(name)")
        }

        var weights: RecurrentWeights {
            let recurrent = recurrentWeight()
            return RecurrentWeights(
                input: inputWeight(), recurrent: weightDropout.elements(recurrent), inputBias: inputBias?(),
                recurrentBias: recurrentBias?())
        }
    }

    public let cell: RecurrentCell
    public let layers: [Layer]
    /// The second direction, one for each of `layers`; empty without.
    public let reverseLayers: [Layer]
    public let inputSize: Int
    public let hiddenSize: Int
    private let dropouts: [Dropout]
    private let packing: PackedWeights

    public init(
        _ cell: RecurrentCell, from inputSize: Int, to hiddenSize: Int, options: RecurrentOptions = RecurrentOptions(),
        random: RandomStream
    ) {
        precondition(options.layers > 0, "RecurrentNetwork: at least one layer expected, \(options.layers) given")
        self.cell = cell
        self.inputSize = inputSize
        self.hiddenSize = hiddenSize
        let directions = options.isBidirectional ? 2 : 1
        func layer(_ index: Int, isReversed: Bool) -> Layer {
            let name = isReversed ? "\(index).reverse" : "\(index)"
            return Layer(
                cell, from: index == 0 ? inputSize : directions * hiddenSize, to: hiddenSize, options, name: name,
                random: isReversed ? random.split("reverse").split(index) : random.split(index))
        }
        layers = (0..<options.layers).map { layer($0, isReversed: false) }
        reverseLayers = options.isBidirectional ? (0..<options.layers).map { layer($0, isReversed: true) } : []
        dropouts = (1..<max(1, options.layers)).map {
            Dropout(options.dropout, name: "recurrent.\($0)", isLocked: options.locksDropout)
        }
        packing = PackedWeights(count: options.layers * directions)
    }

    public var isBidirectional: Bool { !reverseLayers.isEmpty }

    /// hiddenSize · directions
    public var outputSize: Int { (isBidirectional ? 2 : 1) * hiddenSize }

    /// All directions of all layers in PyTorch's order: the first layer, its reverse, the second layer …
    public var passes: [Layer] { layers.indices.flatMap { isBidirectional ? [layers[$0], reverseLayers[$0]] : [layers[$0]] } }

    /// The state before the first step of `rows` sequences: the learned one, or zeros.
    public func initialState(rows: Int) -> RecurrentState {
        func state(_ learned: Parameter?) -> Tensor {
            learned.map { $0().broadcast(to: [rows, hiddenSize]) } ?? .zeros([rows, hiddenSize])
        }
        return RecurrentState(
            layers: passes.map {
                RecurrentState.Layer(hidden: state($0.initialHidden), cell: cell.hasCellState ? state($0.initialCell) : nil)
            })
    }

    public func callAsFunction(
        _ x: Tensor, state: RecurrentState? = nil, lengths: Tensor? = nil
    ) -> (outputs: Tensor, state: RecurrentState) {
        callAsFunction(.vectors(x), state: state, lengths: lengths)
    }

    /// The same for x = table rows chosen by ids, whose input products are shared by equal ids.
    package func callAsFunction(
        _ input: RecurrentInput, state: RecurrentState? = nil, lengths: Tensor? = nil
    ) -> (outputs: Tensor, state: RecurrentState) {
        let state = state ?? initialState(rows: input.sequences)
        let directions = isBidirectional ? 2 : 1
        precondition(
            state.layers.count == layers.count * directions,
            "RecurrentNetwork: state of \(state.layers.count) passes for \(layers.count * directions)")
        let isInference = Context.current.tape == nil
        var input = input, outputs: Tensor?, after: [RecurrentState.Layer] = []
        for index in layers.indices {
            var sides: [Tensor] = []
            for direction in 0..<directions {
                let layer = direction == 0 ? layers[index] : reverseLayers[index], place = index * directions + direction
                var pass = RecurrentPass(cell: cell, lengths: lengths, isReversed: direction == 1)
                if isInference { pass.packing = { self.packing.packed(layer.recurrentWeight, for: $0, $1, at: place) } }
                let result = pass(input, state.layers[place], layer.weights)
                sides.append(result.outputs)
                after.append(result.state)
            }
            let joined = sides.count == 1 ? sides[0] : .concatenated(sides, axis: 2)
            outputs = joined
            if index + 1 < layers.count { input = .vectors(dropouts[index](joined)) }
        }
        guard let outputs else { preconditionFailure("RecurrentNetwork: no layers") }
        return (outputs, RecurrentState(layers: after))
    }
}
