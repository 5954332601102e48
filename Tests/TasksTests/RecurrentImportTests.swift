import Foundation
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import Testing

/// Recurrent language models in the layouts and conventions of other programs.
@Suite struct RecurrentImportTests {
    // V vocabulary, E embeddings, H hidden width, L layers
    static let (vocabulary, embedding, hidden, layers) = (7, 3, 4, 2)

    struct Form: Sendable, CustomStringConvertible {
        let cell: RecurrentCell
        let order: RecurrentImport.ColumnOrder
        let updateGate: UpdateGate
        var description: String { "\(cell.rawValue), \(order.rawValue), \(updateGate.rawValue)" }
    }

    static let forms = RecurrentCell.allCases.flatMap { cell in
        RecurrentImport.ColumnOrder.allCases.flatMap { order in
            (cell.hasUpdateGate ? UpdateGate.allCases : [.keep]).map { Form(cell: cell, order: order, updateGate: $0) }
        }
    }

    private func gates(_ cell: RecurrentCell) -> [String] {
        switch cell {
        case .lstm: ["i", "f", "g", "o"]
        case .gru, .gruResetBefore: ["r", "z", "n"]
        case .tanh, .rectified: ["h"]
        }
    }

    private func random(_ shape: [Int], _ seed: Int) -> Tensor {
        .normal(shape, deviation: 0.7, from: RandomStream(seed: UInt64(seed)))
    }

    /// A model of one matrix for each gate over state and input, whatever stands first.
    private func concatenated(_ cell: RecurrentCell) -> [String: Tensor] {
        var tensors = [
            "encoder.weight": random([7, 3], 1), "decoder.weight": random([7, 4], 2), "decoder.bias": random([7], 3),
        ]
        for layer in 0..<Self.layers {
            let width = Self.hidden + (layer == 0 ? Self.embedding : Self.hidden)
            for (index, gate) in gates(cell).enumerated() {
                tensors["rnn.weight_\(gate)_l\(layer)"] = random([Self.hidden, width], 10 + 10 * layer + index)
                tensors["rnn.bias_\(gate)_l\(layer)"] = random([Self.hidden], 50 + 10 * layer + index)
            }
        }
        return tensors
    }

    private func withFile<Result>(_ tensors: [String: Tensor], _ body: (String) throws -> Result) throws -> Result {
        let path = FileManager.default.temporaryDirectory.path + "/sequitur-import-" + UUID().uuidString + ".safetensors"
        try Checkpoint.write(tensors.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, to: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    /// The article's equations in double precision, one sequence: logits of every step.
    private func reference(_ form: Form, _ tensors: [String: Tensor], _ tokens: [Int]) -> [[Double]] {
        func matrix(_ name: String) -> [[Double]] {
            guard let x = tensors[name] else { return [] }
            let values = x.floats().map(Double.init), width = x.shape[x.rank - 1]
            return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<($0 + width)]) }
        }
        func affine(_ weight: String, _ bias: String, _ x: [Double]) -> [Double] {
            zip(matrix(weight), matrix(bias)[0]).map { row, b in zip(row, x).reduce(b) { $0 + $1.0 * $1.1 } }
        }
        func sigmoid(_ x: [Double]) -> [Double] { x.map { 1 / (1 + exp(-$0)) } }
        var states = Array(repeating: Array(repeating: 0.0, count: Self.hidden), count: Self.layers), cells = states
        return tokens.map { token in
            var x = matrix("encoder.weight")[token]
            for layer in 0..<Self.layers {
                let h = states[layer], c = cells[layer]
                func gate(_ name: String, _ h: [Double]) -> [Double] {
                    affine(
                        "rnn.weight_\(name)_l\(layer)", "rnn.bias_\(name)_l\(layer)", form.order == .stateFirst ? h + x : x + h)
                }
                switch form.cell {
                case .lstm:
                    let (i, f, g, o) = (
                        sigmoid(gate("i", h)), sigmoid(gate("f", h)), gate("g", h).map { tanh($0) }, sigmoid(gate("o", h))
                    )
                    cells[layer] = c.indices.map { f[$0] * c[$0] + i[$0] * g[$0] }
                    states[layer] = c.indices.map { o[$0] * tanh(cells[layer][$0]) }
                case .gru, .gruResetBefore:
                    let r = sigmoid(gate("r", h)), z = sigmoid(gate("z", h)), zero = h.map { _ in 0.0 }
                    let n: [Double]
                    if form.cell == .gruResetBefore {
                        n = gate("n", zip(r, h).map(*)).map { tanh($0) }
                    } else {
                        let of = gate("n", zero), all = gate("n", h)
                        n = h.indices.map { tanh(of[$0] + r[$0] * (all[$0] - of[$0])) }
                    }
                    states[layer] = h.indices.map {
                        form.updateGate == .keep ? (1 - z[$0]) * n[$0] + z[$0] * h[$0] : (1 - z[$0]) * h[$0] + z[$0] * n[$0]
                    }
                case .tanh: states[layer] = gate("h", h).map { tanh($0) }
                case .rectified: states[layer] = gate("h", h).map { max(0, $0) }
                }
                x = states[layer]
            }
            return affine("decoder.weight", "decoder.bias", x)
        }
    }

    private func logits(_ model: RecurrentLanguageModel, _ tokens: [Int]) -> [Float] {
        Engine.run {
            let ids = Tensor(tokens.map(Int32.init), shape: [tokens.count, 1])
            return model.logits(model(.ids(ids), state: model.initialState(rows: 1)).hidden.reshaped([tokens.count, -1])).floats()
        }
    }

    @Test(arguments: forms) func concatenatedWeightsGiveWhatTheEquationsGive(_ form: Form) throws {
        let tensors = concatenated(form.cell), tokens = [3, 1, 6, 6, 0, 2]
        let reader = RecurrentImport(cell: form.cell, layout: .concatenated(form.order), updateGate: form.updateGate)
        let found = logits(try withFile(tensors) { try reader.read($0) }, tokens)
        let expected = reference(form, tensors, tokens).flatMap { $0 }
        #expect(found.count == expected.count && zip(found, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    }

    /// Both conventions of the update gate, and tied embeddings, in PyTorch's layout.
    @Test(arguments: [RecurrentCell.lstm, .gru, .gruResetBefore, .tanh], UpdateGate.allCases)
    func stackedWeightsAreReadAsTheyStand(_ cell: RecurrentCell, _ updateGate: UpdateGate) throws {
        var shape = RecurrentConfiguration(
            cell: cell, vocabularySize: 7, embeddingSize: 4, hiddenSize: cell == .lstm ? 6 : 4, layers: 2, tiesEmbeddings: true)
        if cell == .lstm { shape.projectionSize = 4 }
        let model = try RecurrentLanguageModel(shape, random: RandomStream(seed: 3))
        func theirs(_ x: Tensor) -> Tensor { updateGate == .replace && cell.hasUpdateGate ? x.withUpdateGateNegated() : x }
        var tensors = ["encoder.weight": model.embedding.weight.value, "decoder.bias": random([7], 3)]
        model.output.bias?.assign(tensors["decoder.bias"] ?? .zeros([7]))
        for (index, layer) in model.recurrent.layers.enumerated() {
            tensors["rnn.weight_ih_l\(index)"] = theirs(layer.inputWeight.value)
            tensors["rnn.weight_hh_l\(index)"] = theirs(layer.recurrentWeight.value)
            tensors["rnn.bias_ih_l\(index)"] = layer.inputBias.map { theirs($0.value) }
            tensors["rnn.bias_hh_l\(index)"] = layer.recurrentBias.map { theirs($0.value) }
            tensors["rnn.weight_hr_l\(index)"] = layer.projection?.value
        }
        let tokens = [3, 1, 6, 6, 0, 2]
        let reader = RecurrentImport(cell: cell, updateGate: updateGate, tiesEmbeddings: true)
        let read = try withFile(tensors) { try reader.read($0) }
        #expect(read.configuration == shape && logits(read, tokens) == logits(model, tokens))
    }

    /// Changes to a sound file, and all that must be said of it.
    static let damages: [(change: @Sendable (inout [String: Tensor]) -> Void, words: [String])] = [
        (
            {
                $0["rnn.bias_r_l0"] = nil
                $0["rnn.weight_n_l1"] = nil
                $0["rnn.extra"] = .zeros([1])
            }, ["lacks rnn.bias_r_l0, rnn.weight_n_l1", "has the unexpected rnn.extra"]
        ),
        ({ $0["encoder.weight"] = nil }, ["lacks encoder.weight"]),
        ({ $0["rnn.weight_r_l0"] = .zeros([1 << 62, 0]) }, ["rnn.weight_r_l0"]),
        ({ $0["encoder.weight"] = .zeros([0, 1 << 62]) }, ["encoder.weight"]),
        ({ $0["decoder.weight"] = nil }, ["lacks decoder.weight"]),
        (
            { $0["rnn.bias_z_l3"] = .zeros([4]) },
            ["lacks rnn.bias_n_l2, rnn.bias_n_l3, rnn.bias_r_l2", "rnn.weight_z_l2, rnn.weight_z_l3"]
        ),
        ({ $0["rnn.bias_z_l99999999999999999999"] = .zeros([4]) }, ["has the unexpected rnn.bias_z_l99999999999999999999"]),
        (
            {
                $0["rnn.weight_z_l0"] = .zeros([4, 8])
                $0["decoder.bias"] = .zeros([6])
                $0["rnn.bias_n_l1"] = .zeros([4, 1])
            },
            [
                "rnn.weight_z_l0 should have shape [4, 7], but has [4, 8]", "decoder.bias should have shape [7], but has [6]",
                "rnn.bias_n_l1 should have shape [4], but has [4, 1]",
            ]
        ),
        ({ $0["encoder.weight"] = .zeros([21]) }, ["encoder.weight should have shape [0, 0], but has [21]"]),
        ({ $0["rnn.weight_r_l0"] = Tensor((0..<28).map(Int32.init), shape: [4, 7]) }, ["rnn.weight_r_l0 has type I32"]),
        ({ for name in $0.keys { $0[name] = .zeros($0[name]?.shape.map { _ in 0 } ?? []) } }, ["vocabulary size must lie in"]),
    ]

    @Test(arguments: damages.indices) func everyTensorThatDoesNotFitIsNamed(_ index: Int) throws {
        var tensors = concatenated(.gru)
        Self.damages[index].change(&tensors)
        try withFile(tensors) { path in
            let message = #expect(throws: (any Error).self) {
                try RecurrentImport(cell: .gru, layout: .concatenated(.stateFirst)).read(path)
            }.map { String(describing: $0) }
            for words in Self.damages[index].words { #expect(message?.contains(words) == true, "\(message ?? "")") }
            #expect(message?.contains("\n") == false && message?.hasPrefix(path) == true)
        }
    }

    /// The wrong cell, the wrong layout, a matrix that is tied where the file has one.
    @Test func whatWasWrittenOtherwiseIsRefused() throws {
        try withFile(concatenated(.gru)) { path in
            for reader in [
                RecurrentImport(cell: .lstm, layout: .concatenated(.stateFirst)), RecurrentImport(cell: .gru),
                RecurrentImport(cell: .gru, layout: .concatenated(.stateFirst), tiesEmbeddings: true),
            ] {
                #expect(throws: ImportError.self) { try reader.read(path) }
            }
        }
    }
}
