import SequiturDatasets
import SequiturFiles
import Testing

@Suite struct ExampleRecordsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func reader(_ change: (inout ExampleReadingOptions) -> Void = { _ in }) -> ExampleReader {
        var options = ExampleReadingOptions()
        change(&options)
        return ExampleReader(options)
    }

    @Test func taggedSentencesAreRead() throws {
        let path = try folder.write(
            "a.jsonl",
            #"{"words": ["New", "York"], "tags": ["B-LOC", "I-LOC"], "label": "go"}"# + "\n\n"
                + #"{"tokens": ["x"], "ner_tags": ["O"], "intent": "é"}"# + "\r\n")
        let file = try reader().taggedSentences(path)
        #expect(
            file.examples == [
                TaggedSentence(words: ["New", "York"], tags: ["B-LOC", "I-LOC"], label: "go", line: 1),
                TaggedSentence(words: ["x"], tags: ["O"], label: "é", line: 3),
            ])
        let named = try folder.write("b.json", #"[{"w": ["a"], "t": ["S-X"]}]"#)
        #expect(try reader { ($0.wordField, $0.tagField) = ("w", "t") }.taggedSentences(named).examples[0].tags == ["B-X"])
    }

    @Test(
        arguments: [
            (#"{"words": ["a"], "tags": ["O", "O"]}"#, "1 word cannot have 2 tags"),
            (#"{"words": [], "tags": []}"#, "the sentence is empty"),
            (#"{"words": "a", "tags": ["O"]}"#, "the words must be an array of strings, but is a string"),
            (#"{"words": ["a"], "tags": [0]}"#, "the tags must be an array of strings, but one of it is a whole number"),
            (#"{"words": ["a"], "tags": [""]}"#, "one of the tags is empty"),
            (#"{"words": ["a"]}"#, "a field 'tags' or 'ner_tags' or 'slots' was expected for the tags, but the record has words"),
            (#"[1]"#, "an object was expected, but here is an array"), (#"{"words""#, "not valid JSON"),
            (#"{"words": ["a"], "tags": ["O"], "label": {}}"#, "a label must be a string or a number, but is an object"),
        ])
    func badSentencesAreNamed(record: String, reason: String) throws {
        let good = #"{"words": ["a"], "tags": ["O"]}"#
        let path = try folder.write("a.jsonl", good + "\n" + record + "\n" + good)
        let error = #expect(throws: BadRow.self) { try reader().taggedSentences(path) }
        #expect(error?.line == 2)
        #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
        let file = try reader { $0.skipsBadRows = true }.taggedSentences(path)
        #expect(file.examples.count == 2 && file.badRows.map(\.line) == [2])
    }

    @Test func labeledTextsAreRead() throws {
        let path = try folder.write(
            "a.json",
            """
            [{"text": "a \\u00e9", "label": "x", "id": 1}, {"text": "b", "label": 1},
             {"sentence": "c", "labels": ["x", "y"]},
             {"text": "d", "label": 2.5},
             {"text": "e", "label": null}]
            """)
        let file = try reader().labeledTexts(path)
        #expect(file.examples.map(\.text) == ["a é", "b", "c", "d", "e"])
        #expect(file.examples.map(\.labels) == [["x"], ["1"], ["x", "y"], ["2.5"], []])
        #expect(file.examples.map(\.line) == [1, 1, 2, 3, 4])
        #expect(file.notes == ["1 of 5 rows have no label"])
        let error = #expect(throws: BadRow.self) { try reader { $0.labelField = "label" }.labeledTexts(path) }
        #expect(error?.line == 2)
        let joined = try reader { $0.textField = "text, label" }.labeledTexts(
            folder.write("b.json", #"[{"text":"a","label":"b"}]"#))
        #expect(joined.examples[0].text == "a b")
        // A file of JSON lines by the name of a JSON text.
        let lines = try folder.write("c.json", #"{"text":"a","label":true}"# + "\n" + #"{"text":"a","label":"b"}"#)
        #expect(#expect(throws: BadRow.self) { try reader().labeledTexts(lines) }?.line == 1)
        #expect(try reader { $0.skipsBadRows = true }.labeledTexts(lines).examples.map(\.line) == [2])
    }

    @Test func splitsAreChosen() throws {
        let path = try folder.write(
            "a.json", "{\"note\": \"[,\\\"\", \"train\": [[\"a, [b]\", \"x\"],\n[\"c\", \"y\"]],\n\"test\": [\n[\"d\", \"z\"]]}")
        let train = try reader().labeledTexts(path + "#train")
        #expect(train.examples.map(\.text) == ["a, [b]", "c"])
        #expect(train.examples.map(\.line) == [1, 2])
        #expect(try reader { $0.split = "test" }.labeledTexts(path).examples == [LabeledText(text: "d", labels: ["z"], line: 4)])
        let unnamed = #expect(throws: DatasetError.self) { try reader().labeledTexts(path) }
        #expect(unnamed?.description.hasSuffix("is not named, but must be one of train, test: write FILE#NAME") == true)
        #expect(throws: DatasetError.self) { try reader().labeledTexts(path + "#dev") }
        #expect(throws: BadRow.self) { try reader().labeledTexts(folder.write("b.json", "[[\"a\"]]")) }
        #expect(throws: BadRow.self) { try reader().labeledTexts(folder.write("b.json", "{\"a\": 1}")) }
        #expect(throws: DatasetError.self) {
            try reader { $0.split = "x" }.labeledTexts(folder.write("b.json", "[[\"a\", \"b\"]]"))
        }
        let broken = #expect(throws: BadRow.self) {
            try reader().labeledTexts(folder.write("b.json", "[[\"a\", \"b\"],\n[\"c\" 1]]"))
        }
        #expect(broken?.line == 2)
    }

    @Test func pairsAreRead() throws {
        let path = try folder.write(
            "a.jsonl",
            #"{"sentence1":"a","sentence2":"b","score":3.8}"# + "\n" + #"{"text":"c","second":"d"}"# + "\n" + #"["e","f",1]"#)
        #expect(
            try reader().textPairs(path).examples == [
                LabeledText(text: "a", second: "b", labels: ["3.8"], line: 1),
                LabeledText(text: "c", second: "d", labels: [], line: 2),
                LabeledText(text: "e", second: "f", labels: ["1"], line: 3),
            ])
        #expect(throws: BadRow.self) { try reader().textPairs(folder.write("b.jsonl", #"{"text":"c"}"#)) }
    }

    @Test func semEvalIsRead() throws {
        let path = try folder.write(
            "a.txt",
            "1\t\"The <e1>é x</e1> \"of\" a <e2>b</e2>.\"\r\nA-B(e2,e1)\r\nComment: <e1>\r\n\r\n"
                + "2\t\"<e2>x</e2> y <e1>z</e1>\"\r\n\r\n3\t\"a < b <e1>c</e1><e2>d</e2>\"\r\nOther\r\n")
        #expect(
            try reader().relations(path).examples == [
                RelationExample(text: "The é x \"of\" a b.", first: 4..<7, second: 15..<16, relation: "A-B(e2,e1)", line: 1),
                RelationExample(text: "x y z", first: 4..<5, second: 0..<1, relation: nil, line: 5),
                RelationExample(text: "a < b cd", first: 6..<7, second: 7..<8, relation: "Other", line: 7),
            ])
    }

    @Test(
        arguments: [
            ("1\t\"<e1>a</e1> b\"\nOther\n", "an entity between <e2> and </e2> was expected in the sentence"),
            ("1\t\"<e1></e1> <e2>b</e2>\"\n", "an entity between <e1> and </e1> was expected in the sentence"),
            ("1\t\"<e1>a</e1> <e2>b</e2> <e1>\"\n", "the mark <e1> stands twice in the sentence"),
            ("1\t\"<e1>a <e2>b</e1></e2>\"\n", "the entities <e1> and <e2> overlap"),
            ("Other\n", "a number, a tab and a sentence were expected, but here is 'Other'"),
        ])
    func badRelationsAreNamed(record: String, reason: String) throws {
        let path = try folder.write("a.txt", "0\t\"<e1>a</e1> <e2>b</e2>\"\nOther\n\n" + record)
        #expect(#expect(throws: BadRow.self) { try reader().relations(path) } == BadRow(path: path, line: 4, reason: reason))
        #expect(try reader { $0.skipsBadRows = true }.relations(path).examples.count == 1)
    }

    @Test func relationRecordsAreRead() throws {
        let path = try folder.write(
            "a.jsonl",
            #"{"text":"é in b","first":[0,1],"second":[5,6],"relation":"in"}"# + "\n"
                + #"{"words":["éé","in","b"],"first":[0,2],"second":[2,3]}"#)
        #expect(
            try reader().relations(path).examples == [
                RelationExample(text: "é in b", first: 0..<1, second: 5..<6, relation: "in", line: 1),
                RelationExample(text: "éé in b", first: 0..<5, second: 6..<7, relation: nil, line: 2),
            ])
        for place in ["[0,7]", "[1,1]", "[-1,2]", "[2,1]", "[0]", "0", "[0,1.5]"] {
            let bad = try folder.write("b.jsonl", "{\"text\":\"é in b\",\"first\":\(place),\"second\":[5,6],\"relation\":\"in\"}")
            #expect(throws: BadRow.self) { try reader().relations(bad) }
        }
    }

    private static func articles(_ answers: String, impossible: String = "false") -> String {
        """
        {"version": "2", "data": [{"title": "T", "paragraphs": [{"context": "an é, a b",
        "qas": [{"id": "q1", "question": "What?", "is_impossible": \(impossible), "answers": \(answers)}]}]}]}
        """
    }

    @Test func questionsAreRead() throws {
        let path = try folder.write(
            "a.json", Self.articles(#"[{"text": "é", "answer_start": 3}, {"text": "b", "answer_start": 8}]"#))
        let answers = [QuestionExample.Answer(text: "é", start: 3), QuestionExample.Answer(text: "b", start: 8)]
        let expected = QuestionExample(id: "q1", title: "T", context: "an é, a b", question: "What?", answers: answers)
        #expect(try reader().questions(path).examples == [expected])
        let impossible = try folder.write(
            "b.json", Self.articles(#"[{"text": "plausible", "answer_start": 300}]"#, impossible: "true"))
        #expect(try reader().questions(impossible).examples[0].answers == [])
        let lines = try folder.write(
            "c.jsonl",
            #"{"id": 7, "context": "an é", "question": "q", "answers": {"text": ["é"], "answer_start": [3]}}"#)
        #expect(try reader().questions(lines).examples[0].answers == [.init(text: "é", start: 3)])
    }

    @Test(
        arguments: [
            (#"[{"text": "é", "answer_start": 2}]"#, "question 'q1' has the answer 'é', but at 2 its context has ' '"),
            (
                #"[{"text": "é", "answer_start": 9}]"#,
                "question 'q1' has an answer from 9 on, 1 long, in a context of 9 code points"
            ),
            (
                #"[{"text": "é", "answer_start": -1}]"#,
                "question 'q1' has an answer from -1 on, 1 long, in a context of 9 code points"
            ),
            (#"[{"text": "é", "answer_start": 9223372036854775807}]"#, "question 'q1' has an answer from 9223372036854775807 on"),
            (#"[{"text": "", "answer_start": 1}]"#, "question 'q1' has an empty answer"),
            (#"[{"text": "é"}]"#, "the answers of question 'q1' must be"), (#"1"#, "the answers of question 'q1' must be"),
        ])
    func badAnswersAreNamed(answers: String, reason: String) throws {
        let path = try folder.write("a.json", Self.articles(answers))
        let error = #expect(throws: BadRow.self) { try reader().questions(path) }
        #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
    }

    @Test(arguments: [#"{"data": 1}"#, #"{"data": [{}]}"#, #"{"data": [{"paragraphs": [{}]}]}"#, "[]", "{", #"{"data": []}"#])
    func whatIsNotSQuADIsRefused(text: String) throws {
        let path = try folder.write("a.json", text)
        #expect(throws: (any Error).self) { try reader { $0.format = .squad }.questions(path) }
    }

    @Test func nothingBreaksALineOfAMessage() throws {
        let path = try folder.write("a\u{1B}[31m.jsonl", "{\"text\\n\\u001b\": 1}")
        let error = #expect(throws: BadRow.self) { try reader().labeledTexts(path) }
        #expect(error?.description.unicodeScalars.contains { $0.properties.generalCategory == .control } == false)
    }
}
