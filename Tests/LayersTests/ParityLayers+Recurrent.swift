import SequiturLayers
import SequiturTensors
import SequiturTestSupport

/// Recurrent layers under PyTorch's names: settings of its constructors, `weight_ih_l0`, `weight_hh_l0_reverse` …
extension ParityLayers {
    static func gru(_ settings: FixtureArguments) throws -> ParityLayer {
        let gate = settings.optionalText("reset") ?? "after"
        guard let cell = ["after": RecurrentCell.gru, "before": .gruResetBefore][gate] else {
            throw FixtureError("setting reset is \(gate); known are after and before")
        }
        return try recurrent(cell)(settings)
    }

    static func rnn(_ settings: FixtureArguments) throws -> ParityLayer {
        let name = settings.optionalText("nonlinearity") ?? "tanh"
        guard let cell = ["tanh": RecurrentCell.tanh, "relu": .rectified][name] else {
            throw FixtureError("setting nonlinearity is \(name); known are tanh and relu")
        }
        return try recurrent(cell)(settings)
    }

    static func recurrent(_ cell: RecurrentCell) -> Maker {
        { settings in
            if let dropout = try settings.optionalNumber("dropout"), dropout != 0 {
                throw FixtureError("setting dropout is \(dropout); only 0 can be compared")
            }
            let count = try settings.optionalInteger("layers") ?? settings.optionalInteger("num_layers") ?? 1
            let isBatchFirst = try settings.optionalTruth("batch_first") ?? false
            let network = RecurrentNetwork(
                cell, from: try settings.integer("input_size"), to: try settings.integer("hidden_size"),
                options: try options(cell, count, settings), random: random)
            return ParityLayer(parameters: names(of: network)) { arguments in
                let given = try arguments["x"], x = isBatchFirst ? given.transposed([1, 0, 2]) : given
                var state: RecurrentState?
                if let hidden = arguments.optional("h_0") {
                    let cells = arguments.optional("c_0")
                    state = RecurrentState(
                        layers: network.passes.indices.map { pass in .init(hidden: hidden[pass], cell: cells.map { $0[pass] }) })
                }
                let (outputs, after) = network(x, state: state, lengths: arguments.optional("lengths"))
                var results = [
                    "y": isBatchFirst ? outputs.transposed([1, 0, 2]) : outputs,
                    "h_n": Tensor.stacked(after.layers.map(\.hidden)),
                ]
                if cell.hasCellState { results["c_n"] = .stacked(after.layers.compactMap(\.cell)) }
                return results
            }
        }
    }

    private static func options(_ cell: RecurrentCell, _ layers: Int, _ settings: FixtureArguments) throws -> RecurrentOptions {
        var options = RecurrentOptions(
            layers: layers, isBidirectional: try settings.optionalTruth("bidirectional") ?? false,
            hasBias: try settings.optionalTruth("bias") ?? true)
        options.normalizesLayers = try settings.optionalTruth("layer_norm") ?? false
        options.zoneoutHidden = try settings.optionalNumber("zoneout_hidden") ?? 0
        if cell.hasCellState {
            options.projectionSize = try settings.optionalInteger("proj_size") ?? 0
            options.zoneoutCell = try settings.optionalNumber("zoneout_cell") ?? 0
        } else if let projection = try settings.optionalInteger("proj_size"), projection != 0 {
            throw FixtureError("setting proj_size is \(projection); only an LSTM has a projection")
        }
        if cell.hasUpdateGate, let name = settings.optionalText("update_gate") {
            guard let gate = UpdateGate(rawValue: name) else {
                throw FixtureError("setting update_gate is \(name); known are keep and replace")
            }
            options.updateGate = gate
        }
        return options
    }

    private static func names(of network: RecurrentNetwork) -> [(String, Parameter)] {
        var names: [(String, Parameter)] = []
        for (layers, suffix) in [(network.layers, ""), (network.reverseLayers, "_reverse")] {
            for (index, layer) in layers.enumerated() {
                names += [
                    ("weight_ih_l\(index)\(suffix)", layer.inputWeight), ("weight_hh_l\(index)\(suffix)", layer.recurrentWeight),
                ]
                if let input = layer.inputBias, let recurrent = layer.recurrentBias {
                    names += [("bias_ih_l\(index)\(suffix)", input), ("bias_hh_l\(index)\(suffix)", recurrent)]
                }
                if let projection = layer.projection { names.append(("weight_hr_l\(index)\(suffix)", projection)) }
                for (name, norm) in [("ih", layer.inputNorm), ("hh", layer.recurrentNorm), ("c", layer.cellNorm)] {
                    if let gain = norm?.gain { names.append(("norm_\(name)_l\(index)\(suffix).weight", gain)) }
                    if let bias = norm?.bias { names.append(("norm_\(name)_l\(index)\(suffix).bias", bias)) }
                }
            }
        }
        return names
    }
}
