import SequiturDatasets
import SequiturFiles
import SequiturText

extension Tagger: PredictingModel {
    public func predict(_ inputs: [PredictionInput], progress: (Int) throws -> Void = { _ in }) throws -> [Prediction] {
        // Words of a list are joined by spaces, so that spans have a text to stand in.
        let words = inputs.map { input -> [WordSplitter.Word] in
            guard let own = input.words else { return splitter.split(input.text) }
            var start = 0
            return own.map { word in
                let end = start + word.unicodeScalars.count
                defer { start = end + 1 }
                return WordSplitter.Word(text: word, range: start..<end)
            }
        }
        let answers = try answers(to: words.map { $0.map(\.text) }, progress: progress)
        return inputs.indices.map { prediction(inputs[$0], words[$0], answers[$0]) }
    }

    private func prediction(_ input: PredictionInput, _ words: [WordSplitter.Word], _ answer: Answer) -> Prediction {
        let text = input.words?.joined(separator: " ") ?? input.text
        var made = Prediction(text: text, members: input.carried)
        made.add("text", .string(text))
        if scheme != nil {
            let scalars = Array(text.unicodeScalars)
            made.spans = EntitySpan.spans(of: answer.tags, counting: .conlleval).map { span in
                let range = words[span.range.lowerBound].range.lowerBound..<words[span.range.upperBound - 1].range.upperBound
                return Prediction.Span(
                    label: span.type, range: range, text: String(String.UnicodeScalarView(scalars[range])),
                    probability: Double(answer.probabilities[span.range].min() ?? 0))
            }
            made.add("spans", .array(made.spans.map(\.json)))
        }
        made.add("words", .array(words.map { .string($0.text) }))
        made.add("tags", .array(answer.tags.map { .string($0) }))
        made.add("probabilities", .array(answer.probabilities.map { .number(Double($0)) }))
        if scheme == nil {
            made.spans = zip(words, zip(answer.tags, answer.probabilities)).map {
                .init(label: $1.0, range: $0.range, text: $0.text, probability: Double($1.1))
            }
        }
        if let label = answer.label, let probability = answer.labelProbability {
            made.add("label", .string(label))
            made.add("label_probability", .number(Double(probability)))
            made.labels = [(label, Double(probability))]
        }
        return made
    }
}

extension TextClassifier: PredictingModel {
    public func predict(_ inputs: [PredictionInput], progress: (Int) throws -> Void = { _ in }) throws -> [Prediction] {
        let answers = try answers(
            to: inputs.map { LabeledText(text: $0.text, second: $0.second, labels: []) }, progress: progress)
        return zip(inputs, answers).map { input, answer in
            var made = Prediction(text: input.text, members: input.carried)
            made.add("text", .string(input.text))
            if isMultilabel {
                made.add("labels", .array(answer.labels.map { .string($0) }))
            } else {
                made.add("label", .string(answer.labels.first ?? ""))
            }
            made.add("probabilities", answer.probabilities.ranked(classes))
            let numbers = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
            made.labels = answer.labels.map { name in (name, numbers[name].map { Double(answer.probabilities[$0]) } ?? 0) }
            return made
        }
    }
}

extension TextMatcher: PredictingModel {
    public func predict(_ inputs: [PredictionInput], progress: (Int) throws -> Void = { _ in }) throws -> [Prediction] {
        if let index = inputs.firstIndex(where: { $0.second == nil }) {
            throw PredictionError(
                "line \(inputs[index].line) has one text, but two are matched: separate them by a tab, or give \"second\"")
        }
        let answers = try answers(
            to: inputs.map { LabeledText(text: $0.text, second: $0.second, labels: []) }, progress: progress)
        return zip(inputs, answers).map { input, answer in
            var made = Prediction(text: "\(input.text) ∥ \(input.second ?? "")", members: input.carried)
            made.add("text", .string(input.text))
            made.add("second", .string(input.second ?? ""))
            switch answer {
            case .score(let value):
                made.add("score", .number(Double(value)))
                made.labels = [("score", Double(value))]
            case .label(let label, let shares):
                made.add("label", .string(label))
                made.add("probabilities", shares.ranked(classes))
                made.labels = [(label, Double(shares.max() ?? 0))]
            }
            return made
        }
    }
}

extension RelationExtractor: PredictingModel {
    public func predict(_ inputs: [PredictionInput], progress: (Int) throws -> Void = { _ in }) throws -> [Prediction] {
        let examples = try inputs.map { input in
            do { return try Self.example(input) } catch { throw PredictionError("line \(input.line): \(error)") }
        }
        let answers = try answers(to: examples, progress: progress)
        return inputs.indices.map { index in
            let example = examples[index], answer = answers[index]
            var made = Prediction(text: example.text, members: inputs[index].carried)
            func part(_ range: Range<Int>) -> String {
                String(String.UnicodeScalarView(Array(example.text.unicodeScalars)[range]))
            }
            made.add("text", .string(example.text))
            for (key, range) in [("first", example.first), ("second", example.second)] {
                made.add(key, [.integer(Int64(range.lowerBound)), .integer(Int64(range.upperBound))])
                made.add("\(key)_text", .string(part(range)))
            }
            made.add("relation", .string(answer.relation))
            made.add("probabilities", answer.probabilities.ranked(relations))
            made.spans = [
                .init(label: "e1", range: example.first, text: part(example.first), probability: 1),
                .init(label: "e2", range: example.second, text: part(example.second), probability: 1),
            ].sorted { $0.range.lowerBound < $1.range.lowerBound }
            made.labels = [(answer.relation, Double(answer.probabilities.max() ?? 0))]
            return made
        }
    }

    /// A text whose entities are given, or stand between marks in it.
    static func example(_ input: PredictionInput) throws -> RelationExample {
        guard let first = input.first, let second = input.other else { return try RelationExample(marked: input.text) }
        let count = input.text.unicodeScalars.count
        guard first.upperBound <= count, second.upperBound <= count, !first.overlaps(second) else {
            throw PredictionError("\"first\" and \"second\" must be apart from each other within the text's \(count) code points")
        }
        return RelationExample(text: input.text, first: first, second: second, relation: nil)
    }
}

extension AnswerFinder: PredictingModel {
    public func predict(_ inputs: [PredictionInput], progress: (Int) throws -> Void = { _ in }) throws -> [Prediction] {
        let examples = try inputs.enumerated().map { index, input in
            guard let question = input.question else {
                throw PredictionError(
                    "line \(input.line) has no question: put it behind a tab, or give \"question\" beside \"context\"")
            }
            return QuestionExample(id: "\(index)", title: "", context: input.text, question: question, answers: [])
        }
        let answers = try answers(to: examples, progress: progress)
        return zip(examples, zip(inputs, answers)).map { example, pair in
            let (input, answer) = pair
            var made = Prediction(text: example.context, members: input.carried)
            made.add("question", .string(example.question))
            made.add("answer", .string(answer.text))
            if let span = answer.span {
                made.add("start", .integer(Int64(span.lowerBound)))
                made.add("end", .integer(Int64(span.upperBound)))
                made.spans = [.init(label: "answer", range: span, text: answer.text, probability: Double(answer.probability))]
            }
            made.add("probability", .number(Double(answer.probability)))
            if let none = answer.noAnswerProbability { made.add("no_answer_probability", .number(none)) }
            let candidates = answer.candidates.map { candidate -> JSONValue in
                [
                    "text": .string(candidate.text), "start": .integer(Int64(candidate.span.lowerBound)),
                    "end": .integer(Int64(candidate.span.upperBound)), "probability": .number(Double(candidate.probability)),
                ]
            }
            made.add("candidates", .array(candidates))
            made.labels = [(answer.text.isEmpty ? "no answer" : answer.text, Double(answer.probability))]
            return made
        }
    }
}
