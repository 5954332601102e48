import SequiturConsole
import SequiturFiles
import SequiturTasks

/// What runs that differ in their seed alone came to.
struct SeedFigures: Sendable {
    struct Run: Sendable {
        let seed: UInt64
        let folder: String
        /// Names and values, of the parts of the data that there are.
        let validation, test: [(name: String, value: Double)]

        init(seed: UInt64, folder: String, validation: TaskEvaluation?, test: TaskEvaluation?) {
            self.seed = seed
            self.folder = folder
            self.validation = validation?.figures.map { ($0.name, $0.value) } ?? []
            self.test = test?.figures.map { ($0.name, $0.value) } ?? []
        }

        /// What a finished run's folder says; nil where it holds none.
        init?(folder: String, seed: UInt64) throws {
            let path = "\(folder)/evaluation.json"
            guard Folder.exists(path) else { return nil }
            let json = try JSONValue.parse(contentsOf: path)
            func figures(_ part: String) -> [(name: String, value: Double)] {
                (json[part]?.members ?? []).compactMap { member in
                    member.key == "examples" ? nil : member.value.double.map { (member.key, $0) }
                }
            }
            self.seed = seed
            self.folder = folder
            (validation, test) = (figures("validation"), figures("test"))
        }

        var line: String {
            let main = [("validation", validation.first), ("test", test.first)].compactMap { part, figure in
                figure.map { "\(part) \($0.name) \(Quantity.fixed($0.value, 4))" }
            }
            return "seed \(seed)  " + main.joined(separator: "  ")
        }
    }

    var runs: [Run] = []

    private struct Statistic {
        let name: String
        let values: [Double]

        var mean: Double { values.reduce(0, +) / Double(values.count) }
        /// Of a sample: divided by n − 1.
        var deviation: Double {
            let mean = mean
            guard values.count > 1 else { return 0 }
            return (values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count - 1)).squareRoot()
        }
    }

    private func statistics(_ part: (Run) -> [(name: String, value: Double)]) -> [Statistic] {
        (runs.first.map(part) ?? []).map { figure in
            // A figure that a run could not compute is not written down.
            Statistic(
                name: figure.name,
                values: runs.map { run in part(run).first { $0.name == figure.name }?.value ?? .nan })
        }
    }

    private var parts: [(name: String, statistics: [Statistic])] {
        [("validation", statistics(\.validation)), ("test", statistics(\.test))].filter { !$0.statistics.isEmpty }
    }

    var json: JSONValue {
        var members: [JSONValue.Member] = [.init(key: "seeds", value: .array(runs.map { .integer(Int64(bitPattern: $0.seed)) }))]
        for (part, statistics) in parts {
            for statistic in statistics {
                let value: JSONValue = [
                    "mean": .number(statistic.mean), "deviation": .number(statistic.deviation),
                    "values": .array(statistic.values.map { .number($0) }),
                ]
                members.append(.init(key: "\(part)_\(statistic.name)", value: value))
            }
        }
        return .object(members)
    }

    func summary(in settings: LabeledSettings) -> LabeledSummary {
        var summary = Summary()
        summary.add("runs", .string(settings.output))
        for member in json.members ?? [] { summary.add(member.key, member.value) }
        let columns: [Table.Column] =
            [.init("figure")] + runs.map { .init("seed \($0.seed)", .right) } + [.init("mean ± deviation", .right)]
        var table = Table(columns)
        for (part, statistics) in parts {
            for statistic in statistics {
                table.append(
                    ["\(part) \(statistic.name.replacing("_", with: " "))"] + statistic.values.map { Quantity.fixed($0, 4) }
                        + ["\(Quantity.fixed(statistic.mean, 4)) ± \(Quantity.fixed(statistic.deviation, 4))"])
            }
        }
        // Chosen by the validation alone.
        let best = runs.max { ($0.validation.first?.value ?? 0) < ($1.validation.first?.value ?? 0) }
        let note = best.flatMap { $0.validation.isEmpty ? nil : "best by validation: \($0.folder)" }
        return LabeledSummary(summary: summary, table: table, note: note)
    }
}
