import SequiturFiles
import SequiturModels
import SequiturReports
import SequiturTraining

/// Figures of a run's finished model on one part of its data. A run's `evaluation.json` holds them by part and name:
/// `{"validation": {"loss": 1.25, "perplexity": 3.49}, "test": {…}}`.
public struct RunEvaluation: Sendable, Equatable {
    public typealias Figure = Validation.Metric

    /// `validation` or `test`.
    public let part: String
    /// By their names in JSON: `bits_per_character`.
    public let figures: [Figure]

    public init(_ part: String, _ figures: [Figure]) {
        self.part = part
        self.figures = figures
    }

    static func json(_ evaluations: [RunEvaluation]) -> JSONValue {
        .object(
            evaluations.map { evaluation in
                let figures = evaluation.figures.map { JSONValue.Member(key: $0.name, value: .number($0.value)) }
                return JSONValue.Member(key: evaluation.part, value: .object(figures))
            })
    }

    /// What of a file are figures: members of tasks that say more are left out.
    static func reading(_ json: JSONValue) -> [RunEvaluation] {
        (json.members ?? []).compactMap { part in
            let figures = (part.value.members ?? []).compactMap { member in member.value.double.map { Figure(member.key, $0) } }
            return figures.isEmpty ? nil : RunEvaluation(part.key, figures)
        }
    }
}

extension LanguageModelScore {
    var figures: [RunEvaluation.Figure] {
        [.init("loss", crossEntropy), .init("perplexity", perplexity), .init("tokens", Double(count))]
    }
}

extension LanguageModelEvaluation {
    var figures: [RunEvaluation.Figure] {
        score.figures + [.init("bits_per_character", bitsPerCharacter), .init("characters", Double(characterCount))]
    }
}

extension RunFolder {
    /// Writes what a run came to: `evaluation.json`, where its finished model was measured, and `report.html`. No run is lost for
    /// them: where they cannot be written, the observer is warned.
    func conclude(_ evaluations: [RunEvaluation], _ observer: (any TrainingObserver)?) {
        do {
            if evaluations.isEmpty {
                // Those of an earlier part of the run are not those of its weights.
                try Folder.removeFile(path(of: .evaluation))
            } else {
                try RunEvaluation.json(evaluations).write(to: path(of: .evaluation))
            }
            try RunReport(run: self).write(to: path(of: .report))
        } catch {
            observer?.warned("the run is saved, but not its report: \(error)")
        }
    }
}
