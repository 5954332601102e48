import SequiturFiles
import SequiturLayers
import SequiturTensors

/// What in a folder fits a model and what does not.
public struct WeightReport: Sendable {
    /// Tensors that the model needs and the folder lacks.
    public var missing: [String] = []
    /// Tensors of the folder that the model has no place for, such as those of another head.
    public var unexpected: [String] = []
    /// Tensors of another shape than the configuration says: what was expected and what is there.
    public var misshapen: [(name: String, expected: [Int], found: [Int])] = []
    /// Tensors that the folder lacks and that a new head asks for: they begin as the head does.
    public var fresh: [String] = []

    /// Whether every parameter could be read.
    public var isComplete: Bool { missing.isEmpty && misshapen.isEmpty }

    /// What is wrong, in one line.
    public var problems: String {
        var parts: [String] = []
        if !missing.isEmpty { parts.append("lacks \(missing.map { $0.printable(limit: 200) }.joined(separator: ", "))") }
        if !misshapen.isEmpty {
            let all = misshapen.map { "\($0.name.printable(limit: 200)) should have shape \($0.expected), but has \($0.found)" }
            parts.append(all.joined(separator: "; "))
        }
        return parts.joined(separator: "; ")
    }
}

extension PretrainedModel {
    /// A parameter with its row of a table; names are those in the folder.
    struct Place {
        let parameter: Parameter
        let row: WeightTable.Row
        let prefix: String

        /// Shapes of the tensors that lie below one another in the parameter.
        var shapes: [[Int]] {
            let shape = parameter.shape, whole = row.parts.reduce(0, +)
            return row.parts.map { part in
                let own = [shape[0] * part / whole] + shape.dropFirst()
                return row.isTransposed ? own.reversed() : own
            }
        }
    }

    /// Where every parameter is stored, body first.
    static func places(
        body: any SequenceModel, head: ModelHead?, _ description: ArchitectureDescription,
        _ headDescription: ArchitectureDescription.Head?, prefix: String, isLanguageModel: Bool
    ) -> [Place] {
        var places: [Place] = [], seen: Set<ObjectIdentifier> = []
        func add(_ list: ParameterList, _ table: WeightTable, prefix: (String) -> String) {
            for entry in list.entries where seen.insert(ObjectIdentifier(entry.parameter)).inserted {
                guard let row = table.row(for: entry.name) else {
                    preconditionFailure("the weight table of this architecture has no row for \(entry.name)")
                }
                places.append(Place(parameter: entry.parameter, row: row, prefix: prefix(entry.name)))
            }
        }
        // The output matrix of a language model belongs to the head, not to the body.
        add(body.parameters(), description.table) { description.isOfHead($0) ? "" : prefix }
        if let head, let headDescription { add(head.parameters(), headDescription.table) { _ in "" } }
        return places
    }

    /// - Parameter optional: what may be absent as a whole; it is left unfilled then.
    static func read(
        _ weights: WeightFiles, body: any SequenceModel, head: ModelHead?, _ description: ArchitectureDescription,
        _ headDescription: ArchitectureDescription.Head?, prefix: String, isLanguageModel: Bool, optional: ParameterList? = nil
    ) throws -> WeightReport {
        var report = WeightReport(), used: Set<String> = []
        let optional = Set(optional?.entries.map { ObjectIdentifier($0.parameter) } ?? [])
        let places = places(
            body: body, head: head, description, headDescription, prefix: prefix, isLanguageModel: isLanguageModel)
        var found: [(place: Place, names: [String])] = []
        for place in places {
            var names: [String] = []
            for (index, (name, shape)) in zip(place.row.names, place.shapes).enumerated() {
                let candidates = [place.prefix + name] + (index == 0 ? place.row.others.flatMap { [place.prefix + $0, $0] } : [])
                guard let present = candidates.first(where: { weights[$0] != nil }), let entry = weights[present] else {
                    report.missing.append(place.prefix + name)
                    continue
                }
                used.insert(present)
                names.append(present)
                if entry.shape != shape { report.misshapen.append((present, shape, entry.shape)) }
            }
            if names.isEmpty, optional.contains(ObjectIdentifier(place.parameter)) {
                report.fresh += place.row.names.map { place.prefix + $0 }
            } else {
                found.append((place, names))
            }
        }
        // Half of it is a damaged folder, not one that has none.
        if report.fresh.count == optional.count { report.missing.removeAll(where: report.fresh.contains) }
        let repeated = description.repeated(head: headDescription, prefix: prefix)
        report.unexpected = weights.entries.map(\.name).filter { name in
            !used.contains(name) && !repeated.contains(name) && !description.ignored.contains { name.hasSuffix($0) }
        }
        guard report.isComplete else {
            throw ConfigurationError(reason: "\(weights.folder): \(report.problems)")
        }
        for (place, names) in found {
            let pieces = try names.map { name in
                let tensor = try weights.tensor(named: name).cast(to: .float32)
                return place.row.isTransposed ? tensor.transposed([1, 0]) : tensor
            }
            place.parameter.assign(pieces.count == 1 ? pieces[0] : .concatenated(pieces))
        }
        return report
    }

    // MARK: Writing

    /// Writes `config.json` and `model.safetensors` into a folder that exists, so that `transformers` can load them.
    public func write(to folder: String) throws {
        try writeWeights(to: folder + "/" + WeightFiles.fileName)
        try savedConfiguration.write(to: folder + "/config.json")
    }

    /// Writes the weights alone, under the names of the ecosystem.
    ///
    /// - Parameter others: further parameters, which stand under `sequitur.` and their own names.
    public func writeWeights(to path: String, beside others: ParameterList? = nil) throws {
        var tensors: [(name: String, tensor: Tensor)] = []
        let places = Self.places(
            body: body, head: head, description, headDescription, prefix: prefix, isLanguageModel: isLanguageModel)
        for place in places {
            var start = 0
            for (name, shape) in zip(place.row.names, place.shapes) {
                let count = place.row.isTransposed ? shape[1] : shape[0]
                let piece = place.parameter.value[start..<(start + count)]
                start += count
                tensors.append((place.prefix + name, place.row.isTransposed ? piece.transposed([1, 0]) : piece))
            }
        }
        let written = Set(tensors.map(\.name))
        tensors += carried.filter { !written.contains($0.name) }
        tensors += others?.entries.map { (Self.ownPrefix + $0.name, $0.parameter.value) } ?? []
        try Checkpoint.write(tensors, metadata: ["format": "pt"], to: path)
    }

    /// Reads what `writeWeights` wrote into `model.safetensors` of a folder.
    ///
    /// - Parameter others: further parameters, all of which must be there.
    public func readWeights(from path: String, beside others: ParameterList? = nil) throws {
        guard let end = path.lastIndex(of: "/"), path[path.index(after: end)...] == WeightFiles.fileName else {
            preconditionFailure("PretrainedModel: weights are read from \(WeightFiles.fileName) of a folder, not from \(path)")
        }
        let weights = try WeightFiles(folder: String(path[..<end]))
        _ = try Self.read(
            weights, body: body, head: head, description, headDescription, prefix: prefix, isLanguageModel: isLanguageModel)
        for entry in others?.entries ?? [] {
            let name = Self.ownPrefix + entry.name, shape = entry.parameter.shape
            guard let found = weights[name], found.shape == shape else {
                throw ConfigurationError(
                    reason: "\(path): a tensor \(name) of shape \(shape) is needed, but "
                        + (weights[name].map { "it has \($0.shape)" } ?? "there is none"))
            }
            entry.parameter.assign(try weights.tensor(named: name))
        }
    }

    /// `config.json` with the type of the numbers that are written.
    public var savedConfiguration: JSONValue {
        guard var members = configuration.members else { return configuration }
        for index in members.indices where ["dtype", "torch_dtype"].contains(members[index].key) {
            members[index].value = "float32"
        }
        return .object(members)
    }
}

extension ArchitectureDescription {
    /// Parameters of the body that checkpoints keep beside it, without its prefix.
    func isOfHead(_ path: String) -> Bool { path == "output.weight" || path == "logitsBias" }

    /// Names under which a tied matrix may be stored once more.
    func repeated(head: Head?, prefix: String) -> Set<String> {
        var names: [String] = []
        if let row = table.row(for: "output.weight") { names += row.names + row.others }
        if let head, let row = head.table.row(for: "output.weight"), head.form.isTied { names += row.names + row.others }
        if let head, let row = head.table.row(for: "output.bias"), head.form.isTied { names += row.names + row.others }
        for path in ["embedding.weight", "sourceEmbeddings.words.weight"] {
            if let row = table.row(for: path) { names += row.others.flatMap { [$0, prefix + $0] } }
        }
        return Set(names)
    }
}
