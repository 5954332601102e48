import SequiturDatasets
import SequiturFiles
import Testing

@Suite struct ExampleSplitTests {
    @Test func sharesAreParsed() throws {
        let split = try ExampleSplit("80/10/10")
        #expect([split.train, split.validation, split.test] == [80, 10, 10])
        let two = try ExampleSplit("9/1")
        #expect([two.train, two.validation, two.test] == [9, 1, 0])
        for text in [
            "", "80", "80/", "80/10/10/0", "a/b", "0/50/50", "-1/2", "80/0/0", "80.5/10/9.5", "9223372036854775807/1", "8 /2",
        ] {
            let error = #expect(throws: DatasetError.self, "\(text)") { try ExampleSplit(text) }
            #expect(error?.description.contains("whole numbers, such as 80/10/10") == true)
        }
    }

    @Test func everyExampleIsInOnePart() throws {
        let split = try ExampleSplit("80/10/10")
        for count in [0, 1, 2, 3, 10, 101, 1000] {
            let parts = split.parts(Array(0..<count), seed: 7)
            #expect((parts.train + parts.validation + parts.test).sorted() == Array(0..<count))
            #expect(parts.train == parts.train.sorted())
            #expect(abs(Double(parts.train.count) - 0.8 * Double(count)) < 1)
            #expect(abs(Double(parts.test.count) - 0.1 * Double(count)) < 1)
        }
        #expect(try ExampleSplit("9/1").parts(Array(0..<100), seed: 1).test.isEmpty)
    }

    /// Every machine must make the same parts: these were written down.
    @Test func partsFollowFromTheSeed() throws {
        let split = try ExampleSplit("3/1/1")
        let first = split.parts(Array(0..<10), seed: 1), again = split.parts(Array(0..<10), seed: 1)
        #expect(first == again)
        #expect(first.validation == [5, 9] && first.test == [7, 8], "\(first)")
        #expect(split.parts(Array(0..<10), seed: 2) != first)
    }

    @Test func strataKeepTheirShares() throws {
        // 900 of a, 90 of b, 10 of c, all a first, as some files come.
        let labels =
            [String](repeating: "a", count: 900) + [String](repeating: "b", count: 90) + [String](repeating: "c", count: 10)
        for seed in 0..<20 as Range<UInt64> {
            let parts = try ExampleSplit("80/10/10").parts(labels, seed: seed, stratifiedBy: { $0 })
            for (label, count) in [("a", 900), ("b", 90), ("c", 10)] {
                for (part, share) in [(parts.train, 0.8), (parts.validation, 0.1), (parts.test, 0.1)] {
                    #expect(abs(Double(part.count { $0 == label }) - share * Double(count)) <= 1)
                }
            }
        }
    }

    @Test func groupsStayWhole() throws {
        let examples = (0..<480).map { (title: "title \($0 % 48)", number: $0) }
        let parts = try ExampleSplit("36/4/8").parts(examples, seed: 3, groupedBy: { $0.title })
        let titles = [parts.train, parts.validation, parts.test].map { Set($0.map(\.title)) }
        #expect(titles.map(\.count) == [36, 4, 8])
        #expect(
            titles[0].isDisjoint(with: titles[1]) && titles[0].isDisjoint(with: titles[2])
                && titles[1].isDisjoint(with: titles[2]))
        #expect(parts.train.map(\.number) == parts.train.map(\.number).sorted())
        let both = try ExampleSplit("1/1").parts(
            examples, seed: 3, stratifiedBy: { $0.title.hasSuffix("1") ? "1" : "other" }, groupedBy: { $0.title })
        #expect(Set(both.train.map(\.title)).count == 24)
    }

    @Test func examplesAreWrittenAndReadAgain() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/rows.jsonl"
        let reader = ExampleReader()
        let sentences = [
            TaggedSentence(words: ["\u{2028}", "a\"b", "\u{0}"], tags: ["B-X", "I-X", "O"], label: "x", line: 1),
            TaggedSentence(words: ["é"], tags: ["O"], line: 2),
        ]
        try ExampleWriter.write(sentences, to: path)
        #expect(try reader.taggedSentences(path).examples == sentences)
        let texts = [
            LabeledText(text: "a\nb\t", labels: ["x"], line: 1), LabeledText(text: "c", labels: ["x", "y"], line: 2),
            LabeledText(text: "d", labels: [], line: 3),
        ]
        try ExampleWriter.write(texts, to: path)
        #expect(try reader.labeledTexts(path).examples == texts)
        let pairs = [LabeledText(text: "a", second: "b", labels: ["3.80"], line: 1)]
        try ExampleWriter.write(pairs, to: path)
        #expect(try reader.textPairs(path).examples == pairs)
        let relations = [
            RelationExample(text: "é in b", first: 0..<1, second: 5..<6, relation: "in(e1,e2)", line: 1),
            RelationExample(text: "a b", first: 2..<3, second: 0..<1, relation: nil, line: 2),
        ]
        try ExampleWriter.write(relations, to: path)
        #expect(try reader.relations(path).examples == relations)
        let questions = [
            QuestionExample(id: "1", title: "t", context: "an é", question: "q?", answers: [.init(text: "é", start: 3)]),
            QuestionExample(id: "2", title: "", context: "an é", question: "q?", answers: []),
        ]
        try ExampleWriter.write(questions, to: path)
        #expect(try reader.questions(path).examples == questions)
    }
}
