import SequiturDatasets
import SequiturText

extension Tagger {
    /// Spans by both counts, tokens with and without O; of tags that are no spans their accuracy.
    public func evaluation(of examples: [TaggedSentence], _ answers: [Answer]) -> TaskEvaluation {
        TaggingEvaluation(examples, answers.map(\.tags), answers.map(\.probabilities), isSpans: scheme != nil).evaluation(
            labels: labels, gold: examples.map(\.label), predicted: answers.map(\.label))
    }
}

/// How well tags were found, whoever found them.
struct TaggingEvaluation {
    let examples: [TaggedSentence]
    let predicted: [[String]]
    /// Empty where there are none.
    let probabilities: [[Float]]
    let isSpans: Bool

    init(_ examples: [TaggedSentence], _ predicted: [[String]], _ probabilities: [[Float]], isSpans: Bool) {
        self.examples = examples
        self.predicted = predicted
        self.probabilities = probabilities
        self.isSpans = isSpans
    }

    func evaluation(labels: [String], gold goldLabels: [String?], predicted predictedLabels: [String?]) -> TaskEvaluation {
        let gold = examples.map(\.tags)
        let classes = classNames(gold), numbers = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
        let flatGold = gold.flatMap { $0.map { numbers[$0] ?? 0 } },
            flatPredicted = predicted.flatMap { $0.map { numbers[$0] ?? 0 } }
        let tokens = ClassificationReport(classes: classes, gold: flatGold, predicted: flatPredicted)
        var figures: [TaskEvaluation.Figure] = [], reports: [TaskEvaluation.Report] = [], units: EvaluationUnits
        if isSpans {
            let conlleval = EntityScores(gold: gold, predicted: predicted, counting: .conlleval)
            let strict = EntityScores(gold: gold, predicted: predicted, counting: .strict(.bio))
            let outside = numbers["O"].map { tokens.microAverage(excluding: [$0]) }
            figures = [
                .init("f1", conlleval.f1), .init("precision", conlleval.precision), .init("recall", conlleval.recall),
                .init("strict_f1", strict.f1), .init("token_accuracy", tokens.accuracy),
            ]
            if let outside { figures.append(.init("token_f1_without_o", outside.f1)) }
            reports = [
                .init(title: "entities, as conlleval counts them", text: conlleval.text(digits: 2)),
                .init(title: "entities, as seqeval counts them (strict, BIO)", text: strict.text(digits: 3)),
                .init(title: "tokens, as scikit-learn counts them", text: tokens.text(digits: 3)),
            ]
            units = .f1(conlleval.sentenceCounts)
        } else {
            figures = [.init("accuracy", tokens.accuracy), .init("macro_f1", tokens.macroAverage.f1)]
            reports = [.init(title: "tokens, as scikit-learn counts them", text: tokens.text(digits: 3))]
            units = .mean(zip(flatGold, flatPredicted).map { $0 == $1 ? 1 : 0 })
        }
        if !labels.isEmpty { add(labels, goldLabels, predictedLabels, &figures, &reports) }
        var made = TaskEvaluation(exampleCount: examples.count, figures: figures, units: units)
        made.reports = reports
        made.classes = tokens
        made.confusion = ConfusionMatrix(classes: classes, gold: flatGold, predicted: flatPredicted)
        made.keep(wrongSentences(gold)) { mistake($0.index, confidence: $0.confidence) }
        return made
    }

    /// The whole sentence's label, and how often it and all tags are right together.
    private func add(
        _ labels: [String], _ gold: [String?], _ predicted: [String?], _ figures: inout [TaskEvaluation.Figure],
        _ reports: inout [TaskEvaluation.Report]
    ) {
        let names = Set(labels + gold.compactMap(\.self)).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let known = gold.indices.filter { gold[$0] != nil && predicted[$0] != nil }
        guard !known.isEmpty else { return }
        let report = ClassificationReport(
            classes: names, gold: known.map { numbers[gold[$0] ?? ""] ?? 0 },
            predicted: known.map { numbers[predicted[$0] ?? ""] ?? 0 })
        let whole = known.count { gold[$0] == predicted[$0] && examples[$0].tags == self.predicted[$0] }
        figures += [
            .init("intent_accuracy", report.accuracy), .init("sentence_accuracy", Double(whole) / Double(known.count)),
        ]
        reports.append(.init(title: "intents, as scikit-learn counts them", text: report.text(digits: 3)))
    }

    /// Types in their order, B before I, O last, as in the tables of the field.
    private func classNames(_ gold: [[String]]) -> [String] {
        let all = Set(gold.joined()).union(predicted.joined())
        guard isSpans else { return all.sorted() }
        func key(_ tag: String) -> (String, String) { (String(tag.dropFirst(2)), String(tag.prefix(1))) }
        return all.filter { $0 != "O" }.sorted { key($0) < key($1) } + (all.contains("O") ? ["O"] : [])
    }

    /// Sentences with wrong tags, most of them first; of equal ones those that the model was surer of.
    private func wrongSentences(_ gold: [[String]]) -> [(index: Int, count: Int, confidence: Double)] {
        var wrong: [(index: Int, count: Int, confidence: Double)] = []
        for index in examples.indices {
            let places = gold[index].indices.filter { gold[index][$0] != predicted[index][$0] }
            guard !places.isEmpty else { continue }
            let sure =
                probabilities.isEmpty ? 0 : places.map { Double(probabilities[index][$0]) }.reduce(0, +) / Double(places.count)
            wrong.append((index, places.count, sure))
        }
        wrong.sort { ($1.count, $1.confidence, $0.index) < ($0.count, $0.confidence, $1.index) }
        return wrong
    }

    private func mistake(_ index: Int, confidence: Double) -> TaskEvaluation.Mistake {
        let example = examples[index]
        return .init(
            place: "line \(example.line)", text: example.words.joined(separator: " "), gold: "", predicted: "",
            confidence: probabilities.isEmpty ? nil : confidence,
            words: example.words.indices.map { (example.words[$0], example.tags[$0], predicted[index][$0]) })
    }
}
