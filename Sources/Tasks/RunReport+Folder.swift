import SequiturFiles
import SequiturModels
import SequiturReports
import SequiturTraining

extension RunReport {
    /// The report of a run, made of what its folder holds: `sequitur.json`, `metrics.jsonl`, `evaluation.json`, `findings.json` and the
    /// size of the weights.
    ///
    /// - Throws: `FileError`, `JSONError`, `ConfigurationError` and `TrainingError.notARun`, where a file that is there cannot be read.
    public init(run folder: RunFolder) throws {
        let description = try folder.readDescription()
        func exists(_ file: RunFolder.File) -> Bool { Folder.exists(folder.path(of: file)) }
        let metrics = exists(.metrics) ? try RunMetrics(path: folder.path(of: .metrics)) : nil
        let evaluations =
            exists(.evaluation) ? RunEvaluation.reading(try JSONValue.parse(contentsOf: folder.path(of: .evaluation))) : []
        let names = folder.path.split(separator: "/")
        let kind = ["task", "model"].compactMap { description[$0]?.string }
        self.init(title: names.last.map(String.init) ?? folder.path, subtitle: kind.joined(separator: " · "))
        facts = Self.headlines(evaluations, metrics)
        if let metrics { facts += Self.progress(metrics) }
        if exists(.weights), let weights = try? SafetensorsFile(path: folder.path(of: .weights)) {
            let count = weights.entries.reduce(0.0) { $0 + Double($1.elementCount) }
            facts.append(("parameters", Quantity.count(count)))
        }
        if let tokens = description["data"]?["training_tokens"]?.int {
            facts.append(("training tokens", Quantity.count(Double(tokens))))
        }
        notices = metrics.map(Self.notices) ?? []
        tables = [Self.results(evaluations, metrics)].compactMap { $0 }
        curves = metrics?.curves ?? []
        // What is not set says nothing.
        if let found = try folder.findings() { add(found.evaluation, of: found.part) }
        settings = (description["settings"]?.members ?? []).filter { !$0.value.isNull }.map { ($0.key, Self.text($0.value)) }
        versions = Self.origin(description)
    }

    // MARK: Parts

    /// Figures that are shown first: those of the finished model, or else those of the best validation.
    private static func headlines(_ evaluations: [RunEvaluation], _ metrics: RunMetrics?) -> [(name: String, value: String)] {
        guard evaluations.isEmpty else {
            return evaluations.reversed().flatMap { evaluation in
                evaluation.figures.compactMap { figure in
                    guard case .number(let value) = figure.value else { return nil }
                    return ("\(evaluation.part) \(words(figure.key))", number(value))
                }
            }
        }
        return (metrics?.best?.figures ?? []).map { ("best validation \(words($0.name))", number($0.value)) }
    }

    private static func progress(_ metrics: RunMetrics) -> [(name: String, value: String)] {
        var facts = [
            ("steps", Quantity.grouped(metrics.step)), ("epochs", Quantity.fixed(metrics.end?.epoch ?? metrics.epoch, 2)),
        ]
        if let best = metrics.best { facts.append(("best step", Quantity.grouped(best.step))) }
        let seconds = metrics.end?.seconds ?? metrics.stepSeconds
        facts.append(("training time", seconds < 60 ? Quantity.fixed(seconds, 1) + " s" : Quantity.duration(seconds)))
        let speed = metrics.stepSeconds > 0 ? Double(metrics.targetCount) / metrics.stepSeconds : 0
        if speed > 0 { facts.append(("targets per second", Quantity.count(speed))) }
        return facts
    }

    private static func notices(_ metrics: RunMetrics) -> [String] {
        var notices: [String] = []
        if let failure = metrics.failure { notices.append("The run failed: \(failure)") }
        switch metrics.end?.reason {
        case nil where metrics.failure == nil && metrics.step > 0:
            notices.append("The run has not ended: figures are those so far.")
        case "interrupted": notices.append("The run was interrupted at step \(metrics.step) and can go on with --resume.")
        case "timeLimit": notices.append("The run ended with the time that it was given.")
        case "stoppedEarly": notices.append("The run ended early, since validation improved no more.")
        default: break
        }
        notices += metrics.warnings.map { "Warning: \($0)" }
        let more = metrics.warningCount - metrics.warnings.count
        if more > 0 { notices.append("\(Quantity.grouped(more)) more warnings stand in metrics.jsonl.") }
        if metrics.damagedLines > 0 {
            notices.append("Lines of metrics.jsonl that cannot be read, and were left out: \(metrics.damagedLines).")
        }
        return notices
    }

    /// A row for each part of the data and one for the best and the last validation, a column for each figure.
    private static func results(_ evaluations: [RunEvaluation], _ metrics: RunMetrics?) -> ReportTable? {
        var rows = evaluations.map { ($0.part, $0.figures.map { ($0.key, $0.value.double ?? .nan) }) }
        for (name, found) in [("best validation", metrics?.best), ("last validation", metrics?.lastValidation)] {
            guard let found, name != "last validation" || found.step != metrics?.best?.step else { continue }
            rows.append(("\(name), step \(Quantity.grouped(found.step))", found.figures.map { ($0.name, $0.value) }))
        }
        guard !rows.isEmpty else { return nil }
        var names: [String] = []
        for (name, _) in rows.flatMap(\.1) where !names.contains(name) { names.append(name) }
        let cells = rows.map { row in
            [row.0] + names.map { name in row.1.first { $0.0 == name }.map { number($0.1) } ?? "–" }
        }
        return ReportTable(
            title: "Figures", caption: evaluations.isEmpty ? "Validations" : "The finished model, and validations on the way",
            columns: [.init("data")] + names.map { .init(words($0), isNumber: true) }, rows: cells)
    }

    /// What the run was made with and of.
    private static func origin(_ description: JSONValue) -> [(name: String, value: String)] {
        let data = description["data"]
        let found: [(String, JSONValue?)] = [
            ("sequitur", description["version"]), ("precision", description["precision"]), ("seed", description["seed"]),
            ("processor", description["processor_name"]), ("instruction set", description["processor"]),
            ("matrix products", description["product_library"]), ("data", data?["paths"]),
            ("data fingerprint", data?["fingerprint"]), ("bytes", data?["bytes"]), ("characters", data?["characters"]),
            ("training tokens", data?["training_tokens"]), ("validation tokens", data?["validation_tokens"]),
            ("tokenizer fingerprint", description["tokenizer"]),
        ]
        return found.compactMap { name, value in
            guard let value, !value.isNull else { return nil }
            if name != "seed", case .integer(let count) = value { return (name, Quantity.grouped(Int(count))) }
            return (name, text(value))
        }
    }

    // MARK: Wording

    private static func words(_ name: String) -> String { String(name.map { $0 == "_" ? " " : $0 }) }

    /// A count with its thousands apart, other figures with about five digits.
    private static func number(_ value: Double) -> String {
        if value == value.rounded(), abs(value) >= 1, abs(value) < 1e15 { return Quantity.grouped(Int(value)) }
        return Quantity.fixed(value, abs(value) < 10 ? 4 : 2)
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "–"
        case .string(let text): text
        case .number(let number): Quantity.shortest(number)
        case .array(let elements): elements.map(text).joined(separator: ", ")
        default: value.serialized()
        }
    }
}
