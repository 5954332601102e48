import SequiturConsole
import SequiturFiles
import SequiturModels
import SequiturTensors
import SequiturText

extension LibraryWork {
    func embed(_ command: Embed, in console: Console) throws -> [[Float]] {
        command.arithmetic.apply()
        let folder = try resolvedFolder(command.folder, in: console)
        let encoder = try SentenceEncoder(folder: folder, maximumLength: command.maximumLength)
        if let pooling = command.pooling { encoder.pooling = [pooling] }
        if let normalize = command.normalize { encoder.normalizes = normalize }
        let texts = try command.text.map { [$0] } ?? readText(command.file).textLines
        let reporter = console.progress("embedding", total: texts.count, unit: "texts", isShown: command.progress.progress)
        defer { reporter.finish() }
        let vectors = try Interruption.handled {
            try encoder.embed(texts, batchTokens: command.batchTokens, precision: command.arithmetic.precision) { done in
                if Interruption.isRequested { throw Interrupted("nothing was written") }
                reporter.update(completed: done, work: done)
            }
        }
        if let folder = command.save { try encoder.write(to: folder) }
        if let output = command.output {
            try Checkpoint.write([("embeddings", vectors)], to: output)
            return Array(repeating: [], count: texts.count)
        }
        let width = encoder.width, values = vectors.floats()
        return texts.indices.map { Array(values[($0 * width)..<(($0 + 1) * width)]) }
    }

    func inspect(_ command: Inspect, in console: Console) throws -> Summary {
        command.arithmetic.apply()
        let folder = try resolvedFolder(command.folder, in: console)
        let model = try PretrainedModel(folder: folder)
        var sequences = try command.ids.map { try Self.ids($0, flag: "--ids") }, types: [[Int32]]?
        if !command.text.isEmpty {
            let tokenizer = try TokenizerFolder.read(folder).adjusted(truncation: nil, padding: nil)
            let encodings = try command.text.map { try tokenizer.encode($0) }
            sequences = encodings.map(\.ids)
            types = encodings.map(\.typeIDs)
        }
        let decoded = try command.decoderIds.map { try Self.ids($0, flag: "--decoder-ids") }
        guard decoded.isEmpty || decoded.count == sequences.count else {
            throw InputError("--decoder-ids is given \(decoded.count) times for \(sequences.count) sequences")
        }
        guard Set(decoded.map(\.count)).count <= 1 else { throw InputError("--decoder-ids must all have the same length") }
        if let empty = sequences.firstIndex(where: \.isEmpty) { throw InputError("sequence \(empty + 1) has no ids") }
        try model.check(ids: sequences)
        try model.check(decoderIds: decoded)
        if let types { try model.check(types: types) }
        let padding = model.paddingID ?? 0
        let ids = Self.matrix(sequences, padding: padding)
        let outputs = try Engine.run {
            try withContext(.inference, precision: command.arithmetic.precision) {
                let input = SequenceInput(
                    .ids(ids), lengths: Tensor(sequences.map { Int32($0.count) }),
                    types: types.map { Self.matrix($0, padding: 0) })
                return try model.outputs(of: input, decoding: decoded.isEmpty ? nil : Self.matrix(decoded, padding: padding))
            }
        }
        let isPerToken = outputs.logits.map { $0.rank == 3 || model.head?.form.isSingle ?? false } ?? false
        var tensors: [(name: String, tensor: Tensor)] = [
            ("hidden_states", outputs.hidden.batchFirst), ("input_ids", Self.rows(sequences, padding: padding)),
            ("attention_mask", Self.rows(sequences.map { $0.map { _ in 1 } }, padding: 0)),
        ]
        if let pooled = outputs.pooled { tensors.append(("pooled", pooled.cast(to: .float32))) }
        if let logits = outputs.logits {
            tensors.append(("logits", isPerToken ? logits.batchFirst : logits.cast(to: .float32)))
        }
        try Checkpoint.write(tensors, metadata: ["format": "pt"], to: command.output)
        var summary = Summary()
        summary.add("folder", .string(command.folder), "folder")
        summary.add("model", .string(model.family.rawValue), "model")
        summary.add("head", model.headKind.map { .string($0.rawValue) } ?? nil, "head", as: model.headKind?.rawValue ?? "none")
        let count = model.parameters().count
        summary.add("parameters", .integer(Int64(count)), "parameters", as: Quantity.count(Double(count)))
        for (name, tensor) in tensors {
            summary.add(name, .array(tensor.shape.map { .integer(Int64($0)) }), name, as: "\(tensor.shape)")
        }
        let unexpected = model.report.unexpected
        summary.add(
            "unexpected", .array(unexpected.map { .string($0) }), unexpected.isEmpty ? nil : "without a place",
            as: unexpected.map { $0.printable(limit: 200) }.joined(separator: ", "))
        summary.add("output", .string(command.output), "output")
        return summary
    }

    private static func ids(_ text: String, flag: String) throws -> [Int32] {
        try text.split(whereSeparator: { $0.isWhitespace || $0 == "," }).map { word in
            guard let id = Int32(word) else {
                throw InputError(
                    "\(flag): '\(String(word).printable(limit: 40))' is not an id; whole numbers separated by spaces are expected"
                )
            }
            return id
        }
    }

    /// Sequences beside each other, [T, B].
    private static func matrix(_ sequences: [[Int32]], padding: Int32) -> Tensor {
        let steps = sequences.map(\.count).max() ?? 0
        let values = (0..<steps).flatMap { step in sequences.map { step < $0.count ? $0[step] : padding } }
        return Tensor(values, shape: [steps, sequences.count])
    }

    /// Sequences below each other, [B, T].
    private static func rows(_ sequences: [[Int32]], padding: Int32) -> Tensor {
        let steps = sequences.map(\.count).max() ?? 0
        let values = sequences.flatMap { $0 + [Int32](repeating: padding, count: steps - $0.count) }
        return Tensor(values, shape: [sequences.count, steps])
    }
}

extension Tensor {
    /// [T, B, …] as float32 [B, T, …].
    fileprivate var batchFirst: Tensor { cast(to: .float32).transposed([1, 0] + Array(2..<max(2, rank))) }
}

extension String {
    /// The lines, without the bytes that end them; an empty end after the last one is none.
    var textLines: [String] {
        var lines = utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            String(Substring(line.last == 0x0D ? line.dropLast() : line))
        }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}
