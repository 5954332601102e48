import SequiturConsole
import SequiturFiles
import SequiturTasks
import SequiturTensors
import SequiturText

extension LibraryWork {
    func predict(_ command: Predict, in console: Console) throws -> [Prediction] {
        command.arithmetic.apply()
        let model = try TaskModel(folder: command.run), inputs = try inputs(command, model.kind)
        return try asked(command, inputs.count, in: console) { try model.predict(inputs, progress: $0) }
    }

    func triples(_ command: Predict, in console: Console) throws -> [(text: String, triples: [TripleExtraction.Triple])] {
        command.arithmetic.apply()
        let extraction = try TripleExtraction(entities: command.run, relations: command.relations ?? "")
        let inputs = try inputs(command, .tagging)
        let found = try asked(command, inputs.count, in: console) { try extraction.triples(of: inputs, progress: $0) }
        return zip(inputs, found).map { ($0.text, $1) }
    }

    private func asked<Result>(
        _ command: Predict, _ count: Int, in console: Console, _ work: ((Int) throws -> Void) throws -> Result
    ) throws -> Result {
        let reporter = console.progress(
            "answering", total: count, unit: "texts", isShown: command.progress.progress && count > 100)
        defer { reporter.finish() }
        return try withContext(precision: command.arithmetic.precision) {
            try Interruption.handled {
                try work { done in
                    if Interruption.isRequested { throw Interrupted("nothing was written") }
                    reporter.update(completed: done, work: done)
                }
            }
        }
    }

    /// Lines of text, of pairs separated by tabs, or of JSON objects.
    private func inputs(_ command: Predict, _ kind: LabeledTaskKind) throws -> [PredictionInput] {
        if command.second != nil, kind == .tagging || kind == .relationExtraction {
            throw InputError("--second is for pairs of texts and for questions, but \(command.run) is a run of \(kind.rawValue)")
        }
        if let text = command.text {
            var input = PredictionInput(text: text, second: kind == .questionAnswering ? nil : command.second)
            if kind == .questionAnswering { input.question = command.second }
            return [input]
        }
        // A blank text has an answer like any other, so that lines of texts and of answers go together.
        let isAsked = kind == .tagging || kind == .classification
        var lines = Array(try readText(command.file).textLines.enumerated())
        while lines.last?.element.isEmpty == true { lines.removeLast() }
        return try lines.filter { isAsked || !$1.isEmpty }.map { index, line in
            var input = try self.input(String(line), kind, line: index + 1)
            input.line = index + 1
            return input
        }
    }

    private func input(_ line: String, _ kind: LabeledTaskKind, line number: Int) throws -> PredictionInput {
        if line.utf8.first == UInt8(ascii: "{") {
            let json: JSONValue
            do { json = try Array(line.utf8).withUnsafeBytes { try JSONValue.parse($0) } } catch {
                throw InputError(
                    "line \(number) begins as a JSON object does, but is none: \(error); text that begins so goes into {\"text\": …}"
                )
            }
            do { return try PredictionInput(json: json) } catch { throw InputError("line \(number): \(error)") }
        }
        guard kind == .matching || kind == .questionAnswering, let tab = line.firstIndex(of: "\t") else {
            return PredictionInput(text: line)
        }
        var input = PredictionInput(text: String(line[..<tab]))
        let rest = String(line[line.index(after: tab)...])
        if kind == .matching { input.second = rest } else { input.question = rest }
        return input
    }

    // MARK: Evaluation

    /// Measures one run, or two on the same examples.
    func evaluateTask(_ command: Evaluate, in console: Console) throws -> LabeledSummary {
        command.arithmetic.apply()
        var found: [TaskEvaluation] = []
        for run in command.runs {
            if let kind = TaskModel.kind(of: run) { try command.reading.requireUsed(by: kind, run: run) }
            let model = try TaskModel(folder: run)
            var reporter: ProgressReporter?
            defer { reporter?.finish() }
            found.append(
                try withContext(precision: command.arithmetic.precision) {
                    try Interruption.handled {
                        try model.evaluate(
                            command.data, reading: command.reading.options,
                            notes: { if found.isEmpty { console.note("\(console.name): \($0)") } }
                        ) { done, total in
                            if Interruption.isRequested { throw Interrupted("nothing was measured") }
                            if reporter == nil {
                                reporter = console.progress(
                                    "evaluating", total: total, unit: "examples", isShown: command.progress.progress)
                            }
                            reporter?.update(completed: done, work: done)
                        }
                    }
                })
        }
        guard found.count == 2 else { return summary(of: found[0], command) }
        return try comparison(found[0], found[1], command)
    }

    private func summary(of evaluation: TaskEvaluation, _ command: Evaluate) -> LabeledSummary {
        var summary = Summary()
        summary.add("run", .string(command.runs[0]), "run")
        summary.add("examples", .integer(Int64(evaluation.exampleCount)), "examples")
        let main = evaluation.figures[0].name
        for figure in evaluation.figures {
            summary.add(
                figure.name, .number(figure.value), figure.name.replacing("_", with: " "), as: Quantity.fixed(figure.value, 4))
            if figure.name == main {
                let interval = evaluation.interval()
                summary.add(
                    "\(main)_interval", [.number(interval.lower), .number(interval.upper)], "  95 % of samples",
                    as: "\(Quantity.fixed(interval.lower, 4)) – \(Quantity.fixed(interval.upper, 4))")
            }
        }
        if let classes = evaluation.classes { summary.add("classes", classes.json) }
        return LabeledSummary(summary: summary, reports: evaluation.reports.map { ($0.title, $0.text) })
    }

    private func comparison(_ first: TaskEvaluation, _ second: TaskEvaluation, _ command: Evaluate) throws -> LabeledSummary {
        guard first.exampleCount == second.exampleCount, first.figures.map(\.name) == second.figures.map(\.name),
            let test = first.comparison(with: second)
        else { throw InputError("\(command.runs[0]) and \(command.runs[1]) do different tasks, so they cannot be compared") }
        var table = Table([
            .init("figure"), .init(command.runs[0], .right), .init(command.runs[1], .right), .init("difference", .right),
        ])
        var summary = Summary()
        summary.add("examples", .integer(Int64(first.exampleCount)))
        for (one, other) in zip(first.figures, second.figures) {
            table.append([
                one.name.replacing("_", with: " "), Quantity.fixed(one.value, 4), Quantity.fixed(other.value, 4),
                (other.value >= one.value ? "+" : "") + Quantity.fixed(other.value - one.value, 4),
            ])
            summary.add(one.name, [.number(one.value), .number(other.value)])
        }
        summary.add("p_value", .number(test.pValue))
        let main = first.figures[0].name.replacing("_", with: " ")
        return LabeledSummary(
            summary: summary, table: table,
            note: "\(main): p = \(Quantity.fixed(test.pValue, 4)) that runs no better than one another differ so much "
                + "(paired randomization of \(first.exampleCount) examples)")
    }
}
