import SequiturFiles
import SequiturLayers
import SequiturTensors

// V vocabulary, E width of the embeddings, I width of a layer's input, H hidden width, P width of the hidden state, G gates

/// Reads recurrent language models that other programs wrote, in their layouts and conventions, from safetensors files.
///
/// Whatever the layout, `encoder.weight` [V, E] is the table of embeddings, and `decoder.weight` [V, P], unless it is the same, and
/// `decoder.bias` [V] are the output layer, as in PyTorch's word_language_model example. Of each layer l, from 0:
///
///     stacked         rnn.weight_ih_l0 [G·H, I]   rnn.weight_hh_l0 [G·H, P]   rnn.bias_ih_l0, rnn.bias_hh_l0 [G·H]
///                     and of an LSTM with a projection rnn.weight_hr_l0 [P, H]: PyTorch's names, the gates below one another
///     concatenated    rnn.weight_i_l0 [H, H + I]   rnn.bias_i_l0 [H]   and so on: one matrix for each gate, over [h, x] or [x, h]
///
/// The gates are i, f, g, o of an LSTM, r, z, n of a GRU and h of a plain cell. Shapes of the model follow from those of the tensors.
///
///     let articles = RecurrentImport(cell: .gruResetBefore, layout: .concatenated(.stateFirst), updateGate: .replace)
///     let model = try articles.read("gru.safetensors")
public struct RecurrentImport: Sendable {
    /// What stands first in the columns of a matrix over input and state.
    public enum ColumnOrder: String, Sendable, CaseIterable {
        /// [h, x]
        case stateFirst = "state-first"
        /// [x, h]
        case inputFirst = "input-first"
    }

    public enum Layout: Sendable {
        case stacked
        case concatenated(ColumnOrder)
    }

    public var cell: RecurrentCell
    public var layout: Layout
    /// How the file means the update gate of a GRU; the model has it keep the old state.
    public var updateGate: UpdateGate
    /// Whether the output matrix is the table of embeddings; the file has no `decoder.weight` then.
    public var tiesEmbeddings: Bool

    public init(
        cell: RecurrentCell, layout: Layout = .stacked, updateGate: UpdateGate = .keep, tiesEmbeddings: Bool = false
    ) {
        self.cell = cell
        self.layout = layout
        self.updateGate = updateGate
        self.tiesEmbeddings = tiesEmbeddings
    }

    /// - Throws: one line that names every tensor that is missing, that does not belong, or whose shape or type does not fit.
    public func read(_ path: String) throws -> RecurrentLanguageModel {
        let file = try SafetensorsFile(path: path), shape = try configuration(of: file)
        return try Engine.run {
            let model = try RecurrentLanguageModel(shape, random: RandomStream(seed: 0))
            func tensor(_ name: String) throws -> Tensor { try Checkpoint.tensor(named: name, in: file).cast(to: .float32) }
            model.embedding.weight.assign(try tensor("encoder.weight"))
            if !tiesEmbeddings { model.output.weight.assign(try tensor("decoder.weight")) }
            model.output.bias?.assign(try tensor("decoder.bias"))
            for (index, layer) in model.recurrent.layers.enumerated() { try read(index, into: layer, tensor) }
            return model
        }
    }

    private func read(_ index: Int, into layer: RecurrentNetwork.Layer, _ tensor: (String) throws -> Tensor) throws {
        func ours(_ x: Tensor) -> Tensor { cell.hasUpdateGate && updateGate == .replace ? x.withUpdateGateNegated() : x }
        switch layout {
        case .stacked:
            layer.inputWeight.assign(ours(try tensor("rnn.weight_ih_l\(index)")))
            layer.recurrentWeight.assign(ours(try tensor("rnn.weight_hh_l\(index)")))
            layer.inputBias?.assign(ours(try tensor("rnn.bias_ih_l\(index)")))
            layer.recurrentBias?.assign(ours(try tensor("rnn.bias_hh_l\(index)")))
            try layer.projection?.assign(tensor("rnn.weight_hr_l\(index)"))
        case .concatenated(let order):
            let width = layer.recurrentWeight.shape[1], input = layer.inputWeight.shape[1]
            let all = ours(.concatenated(try gates.map { try tensor("rnn.weight_\($0)_l\(index)") }))  // [G·H, H + I]
            let parts = all.split(order == .stateFirst ? [width, input] : [input, width], axis: 1)
            layer.inputWeight.assign(parts[order == .stateFirst ? 1 : 0])
            layer.recurrentWeight.assign(parts[order == .stateFirst ? 0 : 1])
            // A gate's one bias: outside of what a reset gate after the product multiplies.
            layer.inputBias?.assign(ours(.concatenated(try gates.map { try tensor("rnn.bias_\($0)_l\(index)") })))
            layer.recurrentBias.map { $0.assign(.zeros($0.shape)) }
        }
    }

    private var gates: [String] {
        switch cell {
        case .lstm: ["i", "f", "g", "o"]
        case .gru, .gruResetBefore: ["r", "z", "n"]
        case .tanh, .rectified: ["h"]
        }
    }

    // MARK: What the file must hold

    /// The shape of the model, after every name, shape and type has been compared.
    private func configuration(of file: SafetensorsFile) throws -> RecurrentConfiguration {
        let layers = layerCount(of: file), isProjected = isStacked && cell == .lstm && file["rnn.weight_hr_l0"] != nil
        // An empty tensor may have any extent; none beyond what a model may have, so that no product overflows.
        func extent(_ name: String, _ axis: Int) -> Int? {
            file[name].flatMap { $0.shape.count == 2 ? min($0.shape[axis], RecurrentConfiguration.mostTokens) : nil }
        }
        var shape = RecurrentConfiguration(
            cell: cell, vocabularySize: extent("encoder.weight", 0) ?? 0, embeddingSize: extent("encoder.weight", 1) ?? 0,
            hiddenSize: isStacked
                ? (extent("rnn.weight_hh_l0", 0) ?? 0) / cell.gateCount : extent("rnn.weight_\(gates[0])_l0", 0) ?? 0,
            layers: layers, tiesEmbeddings: tiesEmbeddings)
        if isProjected { shape.projectionSize = extent("rnn.weight_hr_l0", 0) ?? 0 }
        let expected = self.expected(shape, isProjected: isProjected)
        let names = Set(expected.map(\.name)), found = Set(file.entries.map(\.name))
        guard names == found else {
            throw ImportError(path: file.path, missing: names.subtracting(found), unexpected: found.subtracting(names))
        }
        try ImportError.require(file, expected)
        do { try shape.validate() } catch let error as ConfigurationError {
            throw ConfigurationError(reason: "\(file.path): \(error.reason)")
        }
        return shape
    }

    private var isStacked: Bool { if case .stacked = layout { true } else { false } }

    /// One more than the greatest number of a layer that a name speaks of, within what models may have.
    private func layerCount(of file: SafetensorsFile) -> Int {
        let numbers = file.entries.compactMap { entry -> Int? in
            guard entry.name.hasPrefix("rnn."), let place = entry.name.lastIndex(of: "l") else { return nil }
            return Int(entry.name[place...].dropFirst()).flatMap {
                (0..<RecurrentConfiguration.mostLayers).contains($0) ? $0 : nil
            }
        }
        return (numbers.max() ?? 0) + 1
    }

    private func expected(_ shape: RecurrentConfiguration, isProjected: Bool) -> [(name: String, shape: [Int])] {
        let (hidden, state) = (shape.hiddenSize, shape.outputSize), rows = cell.gateCount * hidden
        var all: [(name: String, shape: [Int])] = [
            ("encoder.weight", [shape.vocabularySize, shape.embeddingSize]), ("decoder.bias", [shape.vocabularySize]),
        ]
        if !tiesEmbeddings { all.append(("decoder.weight", [shape.vocabularySize, state])) }
        for index in 0..<shape.layers {
            let input = index == 0 ? shape.embeddingSize : state
            if isStacked {
                all += [
                    ("rnn.weight_ih_l\(index)", [rows, input]), ("rnn.weight_hh_l\(index)", [rows, state]),
                    ("rnn.bias_ih_l\(index)", [rows]), ("rnn.bias_hh_l\(index)", [rows]),
                ]
                if isProjected { all.append(("rnn.weight_hr_l\(index)", [state, hidden])) }
            } else {
                for gate in gates {
                    all += [
                        ("rnn.weight_\(gate)_l\(index)", [hidden, hidden + input]), ("rnn.bias_\(gate)_l\(index)", [hidden]),
                    ]
                }
            }
        }
        return all
    }
}

/// A well-formed file of another program that is not the model that was asked for: one line with every tensor that does not fit.
public struct ImportError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(path: String, missing: Set<String>, unexpected: Set<String>) {
        func list(_ names: Set<String>) -> String { ImportError.list(names.sorted().map { $0.printable(limit: 80) }) }
        let parts = [
            missing.isEmpty ? nil : "lacks \(list(missing))", unexpected.isEmpty ? nil : "has the unexpected \(list(unexpected))",
        ]
        description =
            "\(path) \(parts.compactMap { $0 }.joined(separator: " and ")): give the cell and the layout that it was written in"
    }

    private init(path: String, problems: [String]) { description = "\(path): \(ImportError.list(problems))" }

    /// Compares every shape and type.
    static func require(_ file: SafetensorsFile, _ expected: [(name: String, shape: [Int])]) throws {
        let problems = try expected.compactMap { name, shape -> String? in
            let entry = try file.entry(named: name)
            if entry.shape != shape { return "\(name) should have shape \(shape), but has \(entry.shape)" }
            let isKnown = entry.dtype == .float32 || entry.dtype == .bfloat16
            return isKnown ? nil : "\(name) has type \(entry.dtype.rawValue); float32 and bfloat16 can be read here"
        }
        guard problems.isEmpty else { throw ImportError(path: file.path, problems: problems) }
    }

    /// All of them, unless a file has so many that nobody would read on.
    private static func list(_ items: [String]) -> String {
        items.prefix(100).joined(separator: ", ") + (items.count > 100 ? " and \(items.count - 100) more" : "")
    }
}
