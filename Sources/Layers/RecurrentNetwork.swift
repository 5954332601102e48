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
    /// Width P of the LSTM's hidden state, h' = W_r (o ⊙ tanh(c')) (Sak, Senior & Beaufays 2014); 0 leaves it as wide as the cell.
    public var projectionSize = 0
    /// Layer norm of the input's and the state's share of the gates, and of what an LSTM's output gate multiplies
    /// (Ba, Kiros & Hinton 2016), in place of biases; `SteppedRecurrentPass` has the equations.
    public var normalizesLayers = false
    /// Probability with which a unit of the hidden state keeps its value while training (zoneout: Krueger et al. 2017).
    public var zoneoutHidden: Float = 0
    /// The same of an LSTM's cell state.
    public var zoneoutCell: Float = 0
    /// How the weights of a GRU are meant: whether its update gate keeps the old state, or replaces it.
    public var updateGate = UpdateGate.keep

    public init(layers: Int = 1, isBidirectional: Bool = false, hasBias: Bool = true, dropout: Float = 0) {
        self.layers = layers
        self.isBidirectional = isBidirectional
        self.hasBias = hasBias
        self.dropout = dropout
    }
}

/// A recurrent net: RNN, LSTM or GRU in several layers, in one direction or both.
///
/// - Shape: x [T, B, inputSize] → outputs [T, B, stateSize · directions] and the state after the last step. With lengths, int32 [B]
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
        public let recurrentWeight: Parameter  // [G·H, P]
        public let inputBias: Parameter?  // [G·H]
        public let recurrentBias: Parameter?  // [G·H]
        public let projection: Parameter?  // [P, H]
        public let inputNorm: Norm?  // [G·H]
        public let recurrentNorm: Norm?  // [G·H]
        public let cellNorm: Norm?  // [H]
        public let initialHidden: Parameter?  // [P]
        public let initialCell: Parameter?  // [H]
        let hiddenSize: Int
        let zoneoutHidden, zoneoutCell: Zoneout
        private let weightDropout: Dropout
        private let updateGate: UpdateGate

        init(
            _ cell: RecurrentCell, from inputSize: Int, to hiddenSize: Int, _ options: RecurrentOptions, name: String,
            random: RandomStream
        ) {
            let bound = 1 / Float(max(1, hiddenSize)).squareRoot(), rows = cell.gateCount * hiddenSize
            let stateSize = options.projectionSize > 0 ? options.projectionSize : hiddenSize
            self.hiddenSize = hiddenSize
            inputWeight = Parameter(.uniform([rows, inputSize], -bound, bound, from: random.split("inputWeight")))
            recurrentWeight = Parameter(.uniform([rows, stateSize], -bound, bound, from: random.split("recurrentWeight")))
            let biases = Tensor((0..<rows).map { cell == .lstm && $0 / max(1, hiddenSize) == 1 ? Float(1) : 0 })
            let hasBiases = options.hasBias && !options.normalizesLayers
            inputBias = hasBiases ? Parameter(biases, isDecayed: false) : nil
            recurrentBias = hasBiases ? Parameter(.zeros([rows]), isDecayed: false) : nil
            projection =
                options.projectionSize > 0
                ? Parameter(.uniform([stateSize, hiddenSize], -bound, bound, from: random.split("projection"))) : nil
            func norm(_ width: Int) -> Norm? {
                options.normalizesLayers ? Norm(.layer, width: width, hasBias: options.hasBias) : nil
            }
            inputNorm = norm(rows)
            inputNorm?.bias?.assign(biases)
            recurrentNorm = norm(rows)
            cellNorm = cell.hasCellState ? norm(hiddenSize) : nil
            initialHidden = options.learnsInitialState ? Parameter(.zeros([stateSize]), isDecayed: false) : nil
            initialCell =
                options.learnsInitialState && cell.hasCellState ? Parameter(.zeros([hiddenSize]), isDecayed: false) : nil
            zoneoutHidden = Zoneout(options.zoneoutHidden, name: "zoneout.hidden.\(name)")
            zoneoutCell = Zoneout(options.zoneoutCell, name: "zoneout.cell.\(name)")
            weightDropout = Dropout(options.weightDropout, name: "weight.\(name)")
            updateGate = cell.hasUpdateGate ? options.updateGate : .keep
        }

        /// P, the width of the hidden state.
        var stateSize: Int { recurrentWeight.shape[1] }

        /// Whether the cell has what the fused operations have not.
        var isStepped: Bool { projection != nil || inputNorm != nil || zoneoutHidden.rate > 0 || zoneoutCell.rate > 0 }

        var weights: RecurrentWeights {
            func read(_ parameter: Parameter) -> Tensor {
                updateGate == .keep ? parameter() : parameter().withUpdateGateNegated()
            }
            return RecurrentWeights(
                input: read(inputWeight), recurrent: weightDropout.elements(read(recurrentWeight)),
                inputBias: inputBias.map(read), recurrentBias: recurrentBias.map(read))
        }
    }

    public let cell: RecurrentCell
    public let layers: [Layer]
    /// The second direction, one for each of `layers`; empty without.
    public let reverseLayers: [Layer]
    public let inputSize: Int
    public let hiddenSize: Int
    /// Width of the hidden state and of a direction's outputs: that of the projection, or hiddenSize without one.
    public let stateSize: Int
    private let dropouts: [Dropout]
    private let packing: PackedWeights

    public init(
        _ cell: RecurrentCell, from inputSize: Int, to hiddenSize: Int, options: RecurrentOptions = RecurrentOptions(),
        random: RandomStream
    ) {
        precondition(options.layers > 0, "RecurrentNetwork: at least one layer expected, \(options.layers) given")
        precondition(
            cell.hasCellState || (options.projectionSize == 0 && options.zoneoutCell == 0),
            "RecurrentNetwork: \(cell.rawValue) has no cell state to project or to zone out")
        self.cell = cell
        self.inputSize = inputSize
        self.hiddenSize = hiddenSize
        let stateSize = options.projectionSize > 0 ? options.projectionSize : hiddenSize
        self.stateSize = stateSize
        let directions = options.isBidirectional ? 2 : 1
        func layer(_ index: Int, isReversed: Bool) -> Layer {
            let name = isReversed ? "\(index).reverse" : "\(index)"
            return Layer(
                cell, from: index == 0 ? inputSize : directions * stateSize, to: hiddenSize, options, name: name,
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

    /// stateSize · directions
    public var outputSize: Int { (isBidirectional ? 2 : 1) * stateSize }

    /// All directions of all layers in PyTorch's order: the first layer, its reverse, the second layer …
    public var passes: [Layer] { layers.indices.flatMap { isBidirectional ? [layers[$0], reverseLayers[$0]] : [layers[$0]] } }

    /// The state before the first step of `rows` sequences: the learned one, or zeros.
    public func initialState(rows: Int) -> RecurrentState {
        func state(_ learned: Parameter?, _ width: Int) -> Tensor {
            learned.map { $0().broadcast(to: [rows, width]) } ?? .zeros([rows, width])
        }
        return RecurrentState(
            layers: passes.map {
                RecurrentState.Layer(
                    hidden: state($0.initialHidden, stateSize), cell: cell.hasCellState ? state($0.initialCell, hiddenSize) : nil)
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
        var input = input, outputs: Tensor?, after: [RecurrentState.Layer] = []
        for index in layers.indices {
            var sides: [Tensor] = []
            for direction in 0..<directions {
                let layer = direction == 0 ? layers[index] : reverseLayers[index], place = index * directions + direction
                let result = run(layer, input, state.layers[place], lengths, isReversed: direction == 1, place)
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

    private func run(
        _ layer: Layer, _ input: RecurrentInput, _ state: RecurrentState.Layer, _ lengths: Tensor?, isReversed: Bool, _ place: Int
    ) -> (outputs: Tensor, state: RecurrentState.Layer) {
        if layer.isStepped {
            return SteppedRecurrentPass(cell: cell, layer: layer, lengths: lengths, isReversed: isReversed)(input, state)
        }
        var pass = RecurrentPass(cell: cell, lengths: lengths, isReversed: isReversed)
        if Context.current.tape == nil {
            pass.packing = { self.packing.packed(layer.recurrentWeight, for: $0, $1, at: place) }
        }
        return pass(input, state, layer.weights)
    }
}
