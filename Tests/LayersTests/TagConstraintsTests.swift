import SequiturLayers
import SequiturTensors
import SequiturText
import Testing

@Suite struct TagConstraintsTests {
    /// The reading of spans that a scheme's rules stand for: a sequence is allowed where writing its spans down again gives it back.
    private func spelled(_ labels: [String], in scheme: TagScheme) -> [String] {
        var result: [String] = [], spans: [(type: String, length: Int)] = []
        func letter(_ label: String) -> Substring { label.split(separator: "-")[0] }
        func type(_ label: String) -> String { label.split(separator: "-").dropFirst().joined() }
        for (index, label) in labels.enumerated() {
            let before = index > 0 ? labels[index - 1] : "O"
            let isNew: Bool
            switch scheme {
            case .bio: isNew = letter(label) == "B" || before == "O" || type(before) != type(label)
            case .iob1: isNew = letter(label) == "B" || before == "O" || type(before) != type(label)
            case .bioes, .bmes: isNew = letter(label) == "B" || letter(label) == "S" || before == "O"
            }
            if label == "O" {
                spans.append(("", 1))
            } else if isNew || spans.isEmpty {
                spans.append((type(label), 1))
            } else {
                spans[spans.count - 1].length += 1
            }
        }
        for (index, span) in spans.enumerated() {
            if span.type.isEmpty { result.append("O"); continue }
            for position in 0..<span.length {
                let touches = index > 0 && spans[index - 1].type == span.type
                let isLast = position == span.length - 1, middle = scheme == .bmes ? "M" : "I"
                let letter =
                    switch scheme {
                    case .bio: position == 0 ? "B" : "I"
                    case .iob1: position == 0 && touches ? "B" : "I"
                    case .bioes, .bmes: position == 0 ? (isLast ? "S" : "B") : (isLast ? "E" : middle)
                    }
                result.append("\(letter)-\(span.type)")
            }
        }
        return result
    }

    private func labels(_ scheme: TagScheme) -> [String] {
        let letters =
            switch scheme {
            case .bio, .iob1: ["B", "I"]
            case .bioes: ["B", "I", "E", "S"]
            case .bmes: ["B", "M", "E", "S"]
            }
        return ["O"] + letters.flatMap { ["\($0)-X", "\($0)-Y"] }
    }

    /// Every sequence of up to four labels: allowed if and only if it is how its own spans are spelled.
    @Test(arguments: TagScheme.allCases) func allowsWhatSpellsSpans(scheme: TagScheme) throws {
        let labels = labels(scheme), constraints = try TagConstraints(labels: labels, scheme: scheme)
        var sequences: [[Int32]] = [[]], allowed = 0
        for _ in 0..<4 {
            sequences = sequences.flatMap { start in labels.indices.map { start + [Int32($0)] } }
            for sequence in sequences {
                let names = sequence.map { labels[Int($0)] }
                let isAllowed = constraints.firstViolation(in: sequence) == nil
                #expect(isAllowed == (spelled(names, in: scheme) == names), "\(names)")
                allowed += isAllowed ? 1 : 0
            }
        }
        #expect(allowed > labels.count)
        #expect(constraints.firstViolation(in: []) == nil)
    }

    @Test func violationsAreFoundWhereTheyAre() throws {
        let bio = try TagConstraints(labels: ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"], scheme: .bio)
        #expect(bio.firstViolation(in: [2, 0]) == 0)
        #expect(bio.firstViolation(in: [0, 1, 2, 4]) == 3)
        let bioes = try TagConstraints(labels: ["O", "B-PER", "E-PER"], scheme: .bioes)
        #expect(bioes.firstViolation(in: [0, 1]) == 2)
        #expect(bioes.firstViolation(in: [0, 1, 2]) == nil)
    }

    /// Segmentation has no types, some types have hyphens.
    @Test func labelsWithoutTypesAndWithHyphens() throws {
        let words = try TagConstraints(labels: ["B", "M", "E", "S"], scheme: .bmes)
        #expect(words.firstViolation(in: [3, 0, 1, 2]) == nil)
        #expect(words.firstViolation(in: [3, 0, 3]) == 2)
        let types = try TagConstraints(labels: ["B-a-b", "I-a-b", "I-a"], scheme: .bio)
        #expect(types.firstViolation(in: [0, 1]) == nil)
        #expect(types.firstViolation(in: [0, 2]) == 1)
    }

    @Test(arguments: ["", "X-PER", "E-PER", "M", "o", "O-PER", "B_PER", "-PER", "PER-B", "<pad>"])
    func refusesLabelsOfAnotherScheme(label: String) throws {
        let error = #expect(throws: TagConstraintsError.self) { try TagConstraints(labels: ["O", label], scheme: .bio) }
        #expect(
            error?.description
                == "label \(String(reflecting: label)) is unknown: bio labels are O, or B or I with or without a hyphen and a type"
        )
    }
}

@Suite struct ConditionalRandomFieldTests {
    /// What constraints forbid never comes out, however strongly the emissions ask for it, and is never trained.
    @Test(arguments: TagScheme.allCases) func forbiddenSequencesDoNotComeOut(scheme: TagScheme) throws {
        let inside = scheme == .bmes ? "M" : "I", ends = scheme == .bio || scheme == .iob1 ? [] : ["E-X", "S-X"]
        let constraints = try TagConstraints(labels: ["O", "B-X", "\(inside)-X"] + ends, scheme: scheme)
        let random = RandomStream(seed: 3), count = constraints.labels.count
        let field = ConditionalRandomField(tags: count, constraints: constraints, random: random)
        let emissions = Tensor.uniform([6, 30, count], -50, 50, from: random.split("emissions"))
        var free = 0
        for (constrained, other) in zip(
            field.chain(emissions).bestPaths(4), field.chain(emissions, isConstrained: false).bestPaths(1))
        {
            #expect(constrained.count == 4)
            #expect(constrained.allSatisfy { constraints.firstViolation(in: $0.tags) == nil })
            free += other.contains { constraints.firstViolation(in: $0.tags) != nil } ? 1 : 0
        }
        #expect(free > 0)
        let tags = Tensor(field.chain(emissions).bestPaths().flatMap { $0[0].tags }, shape: [30, 6])
            .cast(to: .float32).transposed().cast(to: .int32)
        let (loss, gradients) = valueWithGradients(of: field.parameters()) { field.loss(emissions, tags: tags).sum }
        #expect(loss.scalar.isFinite)
        let forbidden = constraints.forbiddenTransitions.bools(), found = try #require(gradients[field.transitions]).floats()
        #expect(zip(forbidden, found).allSatisfy { $0.1.isFinite && (!$0.0 || $0.1 == 0) })
    }

    /// Rows that are empty neither count nor add.
    @Test func emptyRowsDoNotCount() {
        let field = ConditionalRandomField(tags: 3, random: RandomStream(seed: 1))
        let emissions = Tensor.uniform([4, 3, 3], -1, 1, from: RandomStream(seed: 2)), tags = Tensor.zeros([4, 3], dtype: .int32)
        let all = field.loss(emissions, tags: tags, lengths: Tensor([4, 0, 2] as [Int32]))
        #expect(all.count == 2)
        let kept = Tensor.concatenated([0, 2].map { emissions.sliced(axis: 1, $0..<($0 + 1)) }, axis: 1)
        let some = field.loss(kept, tags: .zeros([4, 2], dtype: .int32), lengths: Tensor([4, 2] as [Int32]))
        #expect(abs(all.sum.scalar - some.sum.scalar) < 1e-5)
    }

    /// A random field learns which tags follow one another where the emissions say nothing.
    @Test func learnsNeighbours() {
        let field = ConditionalRandomField(tags: 3, random: RandomStream(seed: 1)), parameters = field.parameters()
        let tags = Tensor((0..<30).map { Int32($0 % 3) }, shape: [30, 1]), emissions = Tensor.zeros([30, 1, 3])
        for _ in 0..<200 {
            let (_, gradients) = valueWithGradients(of: parameters) { field.loss(emissions, tags: tags).sum }
            for entry in parameters.entries {
                guard let gradient = gradients[entry.parameter] else { continue }
                entry.parameter.assign(entry.parameter.value - gradient * 0.2)
            }
        }
        #expect(field.chain(emissions).bestPaths()[0][0].tags == tags.int32s())
    }
}
