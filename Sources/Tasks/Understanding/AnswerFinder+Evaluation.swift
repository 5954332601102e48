import SequiturDatasets
import SequiturText

extension AnswerFinder {
    /// Exact match and F1 as SQuAD's evaluation counts them, of version 2 where there are questions without answers.
    public func evaluation(of examples: [QuestionExample], _ answers: [Answer]) -> TaskEvaluation {
        let hasEmpty = examples.contains { $0.answers.isEmpty }, rules: AnswerScore.Rules = hasEmpty ? .squad2 : .squad1
        let report = AnswerReport(
            predictions: answers.map(\.text), answers: examples.map { $0.answers.map(\.text) }, rules: rules)
        var figures: [TaskEvaluation.Figure] = [.init("f1", report.all.f1), .init("exact_match", report.all.exactMatch)]
        if hasEmpty, let with = report.answerable {
            figures += [.init("answerable_f1", with.f1), .init("answerable_exact_match", with.exactMatch)]
        }
        if let without = report.unanswerable { figures.append(.init("unanswerable_accuracy", without.exactMatch)) }
        var made = TaskEvaluation(exampleCount: examples.count, figures: figures, units: .mean(report.scores.map(\.f1)))
        made.reports = [.init(title: "answers, as the evaluation of \(rules.rawValue) counts them", text: report.text())]
        made.keep(Self.furthest(answers, report)) { Self.mistake(examples[$0], answers[$0]) }
        return made
    }

    /// The threshold after which F1 is highest on these questions.
    public func calibrate(on examples: [QuestionExample]) throws {
        guard mayDecline, !examples.isEmpty else { return }
        let answers = try answers(to: examples)
        let report = AnswerReport(
            predictions: answers.map { $0.candidates.first?.text ?? "" }, answers: examples.map { $0.answers.map(\.text) },
            noAnswerProbabilities: answers.map { $0.noAnswerProbability ?? 0 })
        noAnswerThreshold = report.bestF1?.value ?? Self.evenThreshold
    }

    /// The worst first: those furthest from all gold answers, the surest of them first.
    private static func furthest(_ answers: [Answer], _ report: AnswerReport) -> [Int] {
        answers.indices.filter { report.scores[$0].exactMatch < 1 }.sorted {
            (report.scores[$0].f1, -answers[$0].probability) < (report.scores[$1].f1, -answers[$1].probability)
        }
    }

    private static func mistake(_ example: QuestionExample, _ answer: Answer) -> TaskEvaluation.Mistake {
        let context = excerpt(of: example.context, around: Self.answer(of: example) ?? answer.span)
        return .init(
            place: "question \(example.id)", text: "\(example.question) ∥ \(context)",
            gold: example.answers.isEmpty ? "(none)" : Set(example.answers.map(\.text)).sorted().joined(separator: " | "),
            predicted: answer.text.isEmpty ? "(none)" : answer.text, confidence: Double(answer.probability))
    }

    /// A span between brackets, with so many code points of the context on both sides.
    private static func excerpt(of context: String, around span: Range<Int>?, margin: Int = 80) -> String {
        let text = AnswerText(context), count = context.unicodeScalars.count, span = span ?? 0..<0
        let lower = max(0, span.lowerBound - margin), upper = min(count, span.upperBound + margin)
        let inner = span.isEmpty ? "" : "[\(text.text(span))]"
        return (lower > 0 ? "…" : "") + text.text(lower..<span.lowerBound) + inner + text.text(span.upperBound..<upper)
            + (upper < count ? "…" : "")
    }
}
