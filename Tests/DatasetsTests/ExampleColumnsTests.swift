import SequiturDatasets
import SequiturFiles
import Testing

@Suite struct ExampleColumnsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(
        _ text: String, name: String = "a.txt", _ change: (inout ExampleReadingOptions) -> Void = { _ in }
    ) throws -> ExampleFile<TaggedSentence> {
        var options = ExampleReadingOptions()
        change(&options)
        return try ExampleReader(options).taggedSentences(folder.write(name, text))
    }

    private func refusal(
        _ text: String, name: String = "a.txt", _ change: (inout ExampleReadingOptions) -> Void = { _ in }
    ) -> BadRow? {
        #expect(throws: BadRow.self) { try read(text, name: name, change) }
    }

    @Test func columnsAreRead() throws {
        let file = try read(
            "\u{FEFF}# a comment\n-DOCSTART- -X- O\n\nEU NNP B-ORG\r\nrejects\u{A0}it VBZ O\n# NN O\n\n \t \n"
                + "# sent_id = 2\nTwo   CD\tO\n# sent B-X\n-DOCSTART- -X- O\nx NN O")
        #expect(
            file.examples == [
                TaggedSentence(words: ["EU", "rejects\u{A0}it", "#"], tags: ["B-ORG", "O", "O"], line: 4),
                TaggedSentence(words: ["Two", "#"], tags: ["O", "B-X"], line: 10),
                TaggedSentence(words: ["x"], tags: ["O"], line: 13),
            ])
        #expect(file.badRows.isEmpty && file.notes.isEmpty)
    }

    @Test func tabsDivideWhereThereAreAny() throws {
        #expect(
            try read("#Swift O\nflies O\n\n#tag O\nLisbon B-LOC\n").examples.map(\.words) == [
                ["#Swift", "flies"], ["#tag", "Lisbon"],
            ])
        let odd = try read(String(repeating: "Anna B-PER\nsings O\n\n", count: 12) + "x B_PER\n")
        #expect(odd.examples.count == 13 && odd.notes.contains { $0.contains("'B_PER' in the sentence of line 37 is of none") })
        let file = try read("New York\tB-LOC\nis\tO\n\n#\tO\n")
        #expect(file.examples.map(\.words) == [["New York", "is"], ["#"]])
        #expect(refusal("a\tO\nb O\n")?.line == 2)
        #expect(refusal("a\tO\n \tO\n") == BadRow(path: folder.path + "/a.txt", line: 2, reason: "the word is empty"))
    }

    @Test func whatDividesColumnsMayBeSaid() throws {
        let file = try read("New York|x|B-LOC\nis||O\n") { $0.separator = "|" }
        #expect(file.examples == [TaggedSentence(words: ["New York", "is"], tags: ["B-LOC", "O"], line: 1)])
        #expect(try read("New\tYork B-LOC\n") { $0.separator = " " }.examples[0].words == ["New"])
        #expect(throws: DatasetError.self) { try read("a§O\n") { $0.separator = "§" } }
    }

    @Test func columnsAreChosen() throws {
        let text = "1 a N B-X\n2 b V I-X\n"
        #expect(try read(text) { $0.wordColumn = 2 }.examples[0].words == ["a", "b"])
        #expect(try read(text) { $0.tagColumn = -2 }.examples[0].tags == ["N", "V"])
        #expect(try read(text) { $0.tagColumn = 3 }.examples[0].tags == ["N", "V"])
        let error = refusal(text) { $0.tagColumn = 5 }
        #expect(error?.description == "'\(folder.path)/a.txt' line 1: column 5 was expected, but here are 4 columns")
        #expect(throws: DatasetError.self) { try read(text) { $0.wordColumn = 0 } }
        #expect(throws: DatasetError.self) { try read(text) { $0.wordColumn = .min } }
        // Where all columns count from the beginning, there may be more.
        #expect(try read("a N\nb V more\n") { $0.tagColumn = 2 }.examples[0].tags == ["N", "V"])
    }

    @Test func badRowsAreNamed() {
        #expect(refusal("a N O\nb O\n")?.reason == "3 columns as in line 1 were expected, but here are 2")
        #expect(refusal("word\n")?.reason == "a word and its tag were expected in columns, but here is one column")
        #expect(throws: DatasetError.emptyFile(path: folder.path + "/a.txt")) { try read("") }
        #expect(throws: DatasetError.emptyFile(path: folder.path + "/a.txt")) { try read("\n \n\t\r\n") }
        #expect(throws: DatasetError.emptyFile(path: folder.path + "/a.txt")) { try read("# alone\n") }
        #expect(throws: FileError.self) { try ExampleReader().taggedSentences(folder.path + "/none") }
    }

    @Test func bytesThatAreNotUTF8AreNamed() throws {
        let path = try folder.write("b.txt", [0x61, 0x20, 0x4F, 0x0A, 0xE9, 0x20, 0x4F])
        #expect(throws: DatasetError.notUTF8(path: path, byteOffset: 4, isUTF16: false)) {
            try ExampleReader().taggedSentences(path)
        }
    }

    @Test func aSentenceWithABadRowIsLeftOut() throws {
        let text = "a O\n\nb O\nc\nd O\n\ne O\n"
        #expect(refusal(text)?.line == 4)
        let file = try read(text) { $0.skipsBadRows = true }
        #expect(file.examples.map(\.words) == [["a"], ["e"]])
        #expect(file.badRows.map(\.line) == [4])
        // Where nothing is left, the first bad row says why.
        #expect(refusal("a O x\nb O\n") { $0.skipsBadRows = true }?.line == 2)
    }

    @Test func tagSchemesBecomeBIO() throws {
        let file = try read("a I-X\nb I-X\nc B-X\n\nd O\ne B-Y\n\nf I-Z\n")
        #expect(file.examples.map(\.tags) == [["B-X", "I-X", "B-X"], ["O", "B-Y"], ["B-Z"]])
        #expect(
            file.notes == [
                "tags are IOB1, converted to BIO",
                "1 tag does not follow the scheme (IOB1) where it stands; read as conlleval reads them",
            ])
        #expect(try read("a B-X\nb M-X\nc E-X\nd S-X\n").examples[0].tags == ["B-X", "I-X", "I-X", "B-X"])
        let plain = try read("a NN\nb VB\n")
        #expect(plain.examples[0].tags == ["NN", "VB"] && plain.notes.isEmpty)
    }

    @Test func segmentNumbersAreDropped() throws {
        let file = try read("科0\tO\n技1\tO\n\u{FFFD}\u{FFFD}0\tB-X\n10\tO\n11\tO\n\n。0\tO\n")
        #expect(file.examples.map(\.words) == [["科", "技", "\u{FFFD}\u{FFFD}", "1", "1"], ["。"]])
        #expect(file.notes.count == 1)
        let words = try read("科0\tO\n技1\tO\nab0\tO\n")
        #expect(words.examples[0].words == ["科0", "技1", "ab0"] && words.notes.isEmpty)
        #expect(try read("A4\tO\nB7\tO\n").examples[0].words == ["A4", "B7"])
    }

    private static let universal = """
        # sent_id = 1
        1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
        1\tdo\tdo\tAUX\tVBP\t_\t0\troot\t_\t_
        2\tn't\tnot\tPART\tRB\t_\t1\tadvmod\t_\t_
        2.1\t_\t_\tX\t_\t_\t_\t_\t_\t_

        1\tx y\tx\tNOUN\tNN\t_\t0\troot\t_\t_

        """

    @Test func universalDependenciesAreRead() throws {
        let file = try read(Self.universal, name: "a.conllu")
        #expect(
            file.examples == [
                TaggedSentence(words: ["do", "n't"], tags: ["AUX", "PART"], line: 2),
                TaggedSentence(words: ["x y"], tags: ["NOUN"], line: 7),
            ])
        func change(_ options: inout ExampleReadingOptions) { (options.wordField, options.tagField) = ("LEMMA", "xpos") }
        let lemmas = try read(Self.universal, name: "a.conllu", change).examples[0]
        #expect(lemmas.words == ["do", "not"] && lemmas.tags == ["VBP", "RB"])
        #expect(try read(Self.universal, name: "a.conllu") { $0.tagColumn = 8 }.examples[0].tags == ["root", "advmod"])
        #expect(throws: DatasetError.self) { try read(Self.universal, name: "a.conllu") { $0.tagField = "pos" } }
        #expect(try read(Self.universal).examples.map(\.tags) == [["AUX", "PART"], ["NOUN"]])
        #expect(try read("[ O\n", name: "a").examples[0].words == ["["])
        #expect(try read("a\tO\n", name: "a.tsv").examples[0].words == ["a"])
        #expect(throws: DatasetError.self) { try read("a,O\n", name: "a.csv") }
        #expect(refusal("1\ta\n", name: "a.conllu")?.reason == "CoNLL-U has 10 columns divided by tabs, but here are 2")
        let skipped = Self.universal.replacing("2\tn't", with: "3\tn't")
        #expect(refusal(skipped, name: "a.conllu")?.reason == "word 2 of a sentence was expected, but came '3'")
    }

    @Test func parallelFoldersAreRead() throws {
        try folder.write("set/seq.in", "fly to  new york \r\nhi\n")
        try folder.write("set/seq.out", "O O B-city I-city\nO \n")
        try folder.write("set/label", "flight#fare\ngreet \n")
        let path = folder.path + "/set"
        #expect(
            try ExampleReader().taggedSentences(path).examples == [
                TaggedSentence(
                    words: ["fly", "to", "new", "york"], tags: ["O", "O", "B-city", "I-city"], label: "flight#fare", line: 1),
                TaggedSentence(words: ["hi"], tags: ["O"], label: "greet", line: 2),
            ])
        var options = ExampleReadingOptions()
        options.labelSeparator = "#"
        #expect(try ExampleReader(options).taggedSentences(path).examples[0].label == "flight#fare")
        let texts = try ExampleReader(options).labeledTexts(path).examples
        #expect(texts.map(\.labels) == [["flight", "fare"], ["greet"]])
        #expect(texts[0].text == "fly to  new york")
        try folder.write("set/seq.out", "O O B-city\nO \n")
        #expect(
            #expect(throws: BadRow.self) { try ExampleReader().taggedSentences(path) }?.reason
                == "seq.in has 4 words, but seq.out 3 tags")
        try folder.write("set/seq.out", "O O B-city I-city\n")
        let short = #expect(throws: BadRow.self) { try ExampleReader().taggedSentences(path) }
        #expect(short == BadRow(path: path, line: 2, reason: "seq.out ends before seq.in, which has this line"))
        #expect(throws: FileError.self) { try ExampleReader().labeledTexts(folder.path) }
    }
}
