import SequiturDatasets
import SequiturFiles
import Testing

@Suite struct ExampleTablesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(
        _ text: String, name: String = "a.csv", _ change: (inout ExampleReadingOptions) -> Void = { _ in }
    ) throws -> ExampleFile<LabeledText> {
        var options = ExampleReadingOptions()
        change(&options)
        return try ExampleReader(options).labeledTexts(folder.write(name, text))
    }

    private func pairs(
        _ text: String, name: String = "a.tsv", _ change: (inout ExampleReadingOptions) -> Void = { _ in }
    ) throws -> ExampleFile<LabeledText> {
        var options = ExampleReadingOptions()
        change(&options)
        return try ExampleReader(options).textPairs(folder.write(name, text))
    }

    private func refusal(
        _ text: String, name: String = "a.csv", _ change: (inout ExampleReadingOptions) -> Void = { _ in }
    ) -> BadRow? {
        #expect(throws: BadRow.self) { try read(text, name: name, change) }
    }

    @Test func quotedCellsAreRead() throws {
        let file = try read("\u{FEFF}a,1\r\n\"b, \"\"c\"\"\r\n\",\"2\"\r\n\r\n\"\"\"\",3\n\"d\",4")
        #expect(
            file.examples == [
                LabeledText(text: "a", labels: ["1"], line: 1), LabeledText(text: "b, \"c\"\r\n", labels: ["2"], line: 2),
                LabeledText(text: "\"", labels: ["3"], line: 5), LabeledText(text: "d", labels: ["4"], line: 6),
            ])
        #expect(try read("a;b,1\n\"c;\";2\n") { $0.separator = ";" }.examples.map(\.text) == ["a", "c;"])
        #expect(throws: DatasetError.self) { try read("a,1") { $0.separator = "é" } }
        #expect(throws: DatasetError.self) { try read("a,1") { $0.separator = "\"" } }
    }

    @Test func badQuotingIsNamed() throws {
        #expect(refusal("a,1\nb \"c\",2\n")?.line == 2)
        #expect(refusal("a,1\n\"b\nc\" d,2\n")?.line == 3)
        #expect(
            refusal("a,1\n\"b,2\nc,3\n")
                == BadRow(path: folder.path + "/a.csv", line: 2, reason: "a quoted cell begins here and does not end"))
        let file = try read("a,1\n\"b\" c,2\nd,3\ne \"f,4\ng,5\n\"h,6\ni,7\n") { $0.skipsBadRows = true }
        #expect(file.examples.map(\.text) == ["a", "d", "g", "i"])
        #expect(file.examples.map(\.line) == [1, 3, 5, 7])
        #expect(file.badRows.map(\.line) == [2, 4, 6])
        #expect(refusal("a,1\nb,2,3\n")?.reason == "2 columns as in line 1 were expected, but here are 3")
        #expect(refusal("a,1\n ,2\n")?.reason == "the text is empty")
        #expect(refusal("a,1\nb, \n")?.reason == "the label is empty")
    }

    @Test func marksAreLiteralInTSV() throws {
        let file = try read("\"a\tpositive\n\"b\" c\tnegative\n", name: "a.tsv")
        #expect(file.examples.map(\.text) == ["\"a", "\"b\" c"])
        #expect(file.examples.map(\.labels) == [["positive"], ["negative"]])
        #expect(
            try read("a\u{85}b\u{2028}\t1\r\n", name: "noted").examples == [
                LabeledText(text: "a\u{85}b\u{2028}", labels: ["1"], line: 1)
            ])
    }

    @Test func headersAreRecognized() throws {
        #expect(try read("label,review\n1,good\n").examples == [LabeledText(text: "good", labels: ["1"], line: 2)])
        #expect(try read("id,Text,Label\n7,good,1\n").examples == [LabeledText(text: "good", labels: ["1"], line: 2)])
        #expect(try read("text,1\ngood,0\n").examples.map(\.text) == ["text", "good"])
        #expect(try read("text,label\ngood,0\n") { $0.hasHeader = false }.examples.count == 2)
        #expect(try read("x,y\ngood,0\n") { $0.hasHeader = true }.examples.map(\.text) == ["good"])
        let named = try read("a,b,c\ngood,0,z\n") { ($0.textField, $0.labelField) = ("a", "c") }
        #expect(named.examples == [LabeledText(text: "good", labels: ["z"], line: 2)])
        let unlabelled = try read("id,sentence\n7,good\n")
        #expect(unlabelled.examples == [LabeledText(text: "good", labels: [], line: 2)])
        #expect(unlabelled.notes == ["no column of labels: the header has id, sentence"])
        let error = #expect(throws: DatasetError.self) { try read("a,b\nc,d\n") { $0.labelField = "e" } }
        #expect(error?.description == "the label column is 'e', but must be one of a, b, or a number from 1 to 2")
        #expect(throws: DatasetError.emptyFile(path: folder.path + "/a.csv")) { try read("text,label\n") }
    }

    @Test func columnsAreChosen() throws {
        let rows = "3,Title,Story\n4,Other,Tale\n"
        func change(_ options: inout ExampleReadingOptions) { (options.textField, options.labelField) = ("2,3", "1") }
        #expect(try read(rows, change).examples[0] == LabeledText(text: "Title Story", labels: ["3"], line: 1))
        #expect(try read(rows) { $0.labelField = "1" }.examples[0].text == "Title")
        #expect(try read(rows) { $0.textField = "-1" }.examples[0] == LabeledText(text: "Story", labels: ["Title"], line: 1))
        let error = #expect(throws: DatasetError.self) { try read(rows) { $0.textField = "2,4" } }
        #expect(error?.description == "the text column is '4', but must be a number from 1 to 3")
        #expect(throws: DatasetError.self) { try read(rows) { $0.labelField = "1,2" } }
        let header = try read("class,title,story\n3,A,\n") { ($0.textField, $0.labelField) = ("title,story", "class") }
        #expect(header.examples == [LabeledText(text: "A", labels: ["3"], line: 2)])
    }

    @Test func severalLabelsAreDivided() throws {
        let file = try read("a,x|y\nb,z\n") { $0.labelSeparator = "|" }
        #expect(file.examples.map(\.labels) == [["x", "y"], ["z"]])
        #expect(refusal("a,x||y\n") { $0.labelSeparator = "|" }?.reason == "the label is empty")
    }

    @Test func linesBeginOrEndWithLabels() throws {
        let questions = "NUM:dist How far is it ?\nLOC:city What county : is it ?\n"
        #expect(
            try read(questions, name: "a.label").examples == [
                LabeledText(text: "How far is it ?", labels: ["NUM:dist"], line: 1),
                LabeledText(text: "What county : is it ?", labels: ["LOC:city"], line: 2),
            ])
        #expect(try read(questions, name: "a.label") { $0.labelDelimiter = ":" }.examples.map(\.labels) == [["NUM"], ["LOC"]])
        #expect(try read("a @ b .@neutral\nc@positive\r\n", name: "a.txt").examples.map(\.text) == ["a @ b .", "c"])
        let other = try read("good;fine day\n", name: "a.txt") { ($0.format, $0.separator) = (.labelFirst, ";") }
        #expect(other.examples == [LabeledText(text: "fine day", labels: ["good"], line: 1)])
        let last = refusal("a@x\nb\n", name: "a.txt") { $0.format = .labelLast }
        #expect(last?.reason == "'@' was expected between text and label, but the line has none")
        #expect(refusal("@x\n", name: "a.txt") { $0.format = .labelLast }?.reason == "the text is empty")
        let unknown = #expect(throws: DatasetError.self) { try read("just text\n", name: "a.txt") }
        #expect(unknown?.description.contains("not recognised, but must be named: one of tsv, csv") == true)
        #expect(throws: DatasetError.self) { try read("a,1\n") { $0.format = .squad } }
        #expect(throws: DatasetError.self) { try read("a\tO\n", name: "a.conll") }
        #expect(throws: FileError.self) { try ExampleReader().textPairs(folder.path) }
    }

    @Test func pairsAreRead() throws {
        #expect(
            try pairs("a\tb\t1\nc\td\t0\n").examples == [
                LabeledText(text: "a", second: "b", labels: ["1"], line: 1),
                LabeledText(text: "c", second: "d", labels: ["0"], line: 2),
            ])
        let header = "\u{FEFF}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t12\t13\t\"a\tb\"\n"
        #expect(try pairs(header).examples == [LabeledText(text: "\"a", second: "b\"", labels: ["1"], line: 2)])
        let unlabelled = try pairs("a\tb\n")
        #expect(unlabelled.examples == [LabeledText(text: "a", second: "b", labels: [], line: 1)])
        #expect(unlabelled.notes == ["no column of labels"])
        let chosen = try pairs("1\ta\tb\n") { ($0.textField, $0.secondField, $0.labelField) = ("2", "3", "1") }
        #expect(chosen.examples == [LabeledText(text: "a", second: "b", labels: ["1"], line: 1)])
        #expect(throws: BadRow.self) { try pairs("a\nb\n") }
        #expect(throws: BadRow.self) { try pairs("a\tb\t1\nc\t\t0\n") }
    }
}
