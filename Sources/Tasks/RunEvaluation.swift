import SequiturFiles
import SequiturModels
import SequiturReports
import SequiturTraining

/// Figures of a run's finished model on one part of its data. A run's `evaluation.json` holds them by part and name:
/// `{"validation": {"loss": 1.25, "perplexity": 3.49}, "test": {…}}`.
struct RunEvaluation: Equatable {
    /// `validation` or `test`.
    let part: String
    /// By their names in JSON: `bits_per_character`. Whole numbers are counts, others measure the model.
    let figures: [JSONValue.Member]

    init(_ part: String, _ figures: KeyValuePairs<String, JSONValue>) {
        self.init(part, figures.map { JSONValue.Member(key: $0.key, value: $0.value) })
    }

    private init(_ part: String, _ figures: [JSONValue.Member]) {
        self.part = part
        self.figures = figures
    }

    init(_ part: String, _ score: LanguageModelScore) {
        self.init(
            part,
            [
                "loss": .number(score.crossEntropy), "perplexity": .number(score.perplexity),
                "tokens": .integer(Int64(score.count)),
            ])
    }

    init(_ part: String, _ evaluation: LanguageModelEvaluation) {
        let more: [JSONValue.Member] = [
            .init(key: "bits_per_character", value: .number(evaluation.bitsPerCharacter)),
            .init(key: "characters", value: .integer(Int64(evaluation.characterCount))),
        ]
        self.init(part, RunEvaluation(part, evaluation.score).figures + more)
    }

    static func json(_ evaluations: [RunEvaluation]) -> JSONValue {
        .object(evaluations.map { JSONValue.Member(key: $0.part, value: .object($0.figures)) })
    }

    /// The figures that a file holds; what else tasks tell of their data is left out.
    static func reading(_ json: JSONValue) -> [RunEvaluation] {
        (json.members ?? []).compactMap { part in
            let figures = (part.value.members ?? []).filter { $0.value.double != nil }
            return figures.isEmpty ? nil : RunEvaluation(part.key, figures)
        }
    }
}

extension RunFolder {
    /// Writes `report.html`, made of the folder's other files. No run is lost for it: where it cannot be written, the observer is
    /// warned.
    func writeReport(_ observer: (any TrainingObserver)?) {
        do {
            try RunReport(run: self).write(to: path(of: .report))
        } catch {
            observer?.warned("the run is saved, but not its report: \(error)")
        }
    }

    /// Writes what a run came to: `evaluation.json`, where its finished model was measured, and the report.
    func conclude(_ evaluations: [RunEvaluation], _ observer: (any TrainingObserver)?) {
        do {
            if evaluations.isEmpty {
                // Those of an earlier part of the run are not those of its weights.
                try Folder.removeFile(path(of: .evaluation))
            } else {
                try RunEvaluation.json(evaluations).write(to: path(of: .evaluation))
            }
        } catch {
            observer?.warned("the run is saved, but not its evaluation: \(error)")
        }
        writeReport(observer)
    }
}
