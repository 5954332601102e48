import SequiturDatasets
import SequiturModels
import SequiturTensors
import SequiturText

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension AnswerFinder {
    /// What is answered to a question.
    public struct Answer: Sendable, Equatable {
        /// A span of the context that may be the answer.
        public struct Candidate: Sendable, Equatable {
            public var text: String
            /// In Unicode code points of the context.
            public var span: Range<Int>
            /// The sum of the logits of its ends.
            public var score: Float
            /// Softmax over the candidates, and no answer where that may be.
            public var probability: Float
        }

        /// As the context has it; empty for no answer.
        public var text: String
        /// In Unicode code points of the context; nil for no answer.
        public var span: Range<Int>?
        /// Of what was chosen, among the candidates.
        public var probability: Float
        /// σ(score of no answer − score of the best candidate); nil where every question has an answer.
        public var noAnswerProbability: Double?
        /// The best first.
        public var candidates: [Candidate]
    }

    public func answers(to examples: [QuestionExample], progress: (Int) throws -> Void = { _ in }) throws -> [Answer] {
        var answers: [Answer] = []
        answers.reserveCapacity(examples.count)
        // What is read is held in parts, long enough for batches of even length.
        for start in stride(from: 0, to: examples.count, by: 1024) {
            let part = examples[start..<min(start + 1024, examples.count)]
            var windows: [(question: Int, window: QuestionWindow)] = []
            for (index, example) in zip(part.indices, part) {
                windows += try reader.windows(question: example.question, context: example.context).map { (index - start, $0) }
            }
            var found = [[Reading]](repeating: [], count: part.count), done = 0
            for batch in LengthBatches.inOrder(sizes: windows.map(\.window.text.ids.count), batchSize: 128, maximumSize: 8192) {
                let readings = Engine.run { withoutGradients { read(batch.map { windows[$0].window }) } }
                for (index, reading) in zip(batch, readings) { found[windows[index].question].append(reading) }
                done += batch.count
                try progress(start + done * part.count / max(1, windows.count))
            }
            answers += zip(part, found).map { answer(to: $0, $1) }
        }
        return answers
    }

    /// What one window says.
    private struct Reading {
        /// Code points and scores.
        var spans: [(place: Range<Int>, score: Float)]
        /// Of no answer.
        var nullScore: Float
    }

    private func read(_ windows: [QuestionWindow]) -> [Reading] {
        let batch = TextBatch(windows.map(\.text), padding: model.encoder.padding), (steps, rows) = (batch.steps, batch.rows)
        let scores = model(batch, contexts: windows.map(\.context)).floats()  // [T, B, 2]
        return windows.enumerated().map { row, window in
            let starts = (0..<steps).map { scores[2 * ($0 * rows + row)] }
            let ends = (0..<steps).map { scores[2 * ($0 * rows + row) + 1] }
            let best = search.best(starts: starts, ends: ends, context: window.context)
            return Reading(spans: best.map { (window.place(of: $0.steps), $0.score) }, nullScore: starts[0] + ends[0])
        }
    }

    private func answer(to example: QuestionExample, _ readings: [Reading]) -> Answer {
        let context = AnswerText(example.context)
        var scores: [Range<Int>: Float] = [:]
        for (place, score) in readings.flatMap(\.spans) {
            let span = context.span(place)
            if !span.isEmpty, score > scores[span] ?? -.infinity { scores[span] = score }
        }
        let sorted = scores.sorted {
            ($1.value, $0.key.lowerBound, $0.key.upperBound) < ($0.value, $1.key.lowerBound, $1.key.upperBound)
        }
        let best = sorted.prefix(search.count)
        // No window may speak for no answer less than the others.
        let null = mayDecline ? readings.map(\.nullScore).min() : nil
        let shares = Self.softmax(best.map(\.value) + (null.map { [$0] } ?? []))
        let candidates = zip(best, shares).map { entry, share in
            Answer.Candidate(text: context.text(entry.key), span: entry.key, score: entry.value, probability: share)
        }
        let noAnswer = null.map { null in best.first.map { 1 / (1 + exp(Double($0.value - null))) } ?? 1 }
        guard let first = candidates.first, noAnswer.map({ $0 <= noAnswerThreshold }) ?? true else {
            return Answer(
                text: "", span: nil, probability: null == nil ? 0 : shares.last ?? 0, noAnswerProbability: noAnswer,
                candidates: candidates)
        }
        return Answer(
            text: first.text, span: first.span, probability: first.probability, noAnswerProbability: noAnswer,
            candidates: candidates)
    }

    private static func softmax(_ scores: [Float]) -> [Float] {
        let highest = scores.max() ?? 0, weights = scores.map { exp($0 - highest) }, total = weights.reduce(0, +)
        return weights.map { $0 / total }
    }
}
