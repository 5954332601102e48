import SequiturDatasets
import SequiturFiles

/// Text into triples: a tagger finds the entities, a relation extractor says how each two of a sentence belong together.
public struct TripleExtraction {
    private let tagger: Tagger
    private let extractor: RelationExtractor

    /// - Parameters:
    ///   - entities: the folder of a tagging run whose tags are spans.
    ///   - relations: the folder of a relation-extraction run.
    public init(entities: String, relations: String) throws {
        tagger = try Tagger.open(entities)
        extractor = try RelationExtractor.open(relations)
        guard tagger.scheme != nil else { throw PredictionError("\(entities): its tags are no spans, so there are no entities") }
    }

    /// A relation between two entities of a text.
    public struct Triple: Sendable {
        public let subject, object: Prediction.Span
        /// Without its direction, which says what is the subject.
        public let relation: String
        public let probability: Double

        public var json: JSONValue {
            func entity(_ span: Prediction.Span) -> JSONValue {
                [
                    "text": .string(span.text), "type": .string(span.label), "start": .integer(Int64(span.range.lowerBound)),
                    "end": .integer(Int64(span.range.upperBound)),
                ]
            }
            return [
                "subject": entity(subject), "relation": .string(relation), "object": entity(object),
                "probability": .number(probability),
            ]
        }
    }

    /// The triples of each text. Relations called Other, none or no_relation are left out.
    public func triples(of inputs: [PredictionInput], progress: (Int) throws -> Void = { _ in }) throws -> [[Triple]] {
        let tagged = try tagger.predict(inputs)
        var pairs: [(text: Int, Prediction.Span, Prediction.Span)] = [], examples: [RelationExample] = []
        for (index, prediction) in tagged.enumerated() {
            for (place, first) in prediction.spans.enumerated() {
                for second in prediction.spans[(place + 1)...] {
                    pairs.append((index, first, second))
                    examples.append(
                        RelationExample(text: prediction.text, first: first.range, second: second.range, relation: nil))
                }
            }
        }
        let answers = try extractor.answers(to: examples) { try progress($0 * inputs.count / max(1, examples.count)) }
        var triples = [[Triple]](repeating: [], count: inputs.count)
        for ((index, first, second), answer) in zip(pairs, answers) {
            let (name, isReversed) = Self.direction(of: answer.relation)
            guard !["other", "none", "no_relation", "no-relation"].contains(name.lowercased()) else { continue }
            triples[index].append(
                Triple(
                    subject: isReversed ? second : first, object: isReversed ? first : second, relation: name,
                    probability: Double(answer.probabilities.max() ?? 0)))
        }
        return triples
    }

    /// `Cause-Effect(e2,e1)` is Cause-Effect from the second entity to the first.
    static func direction(of relation: String) -> (name: String, isReversed: Bool) {
        for (suffix, isReversed) in [("(e1,e2)", false), ("(e2,e1)", true)] where relation.hasSuffix(suffix) {
            return (String(relation.dropLast(suffix.count)), isReversed)
        }
        return (relation, false)
    }
}
