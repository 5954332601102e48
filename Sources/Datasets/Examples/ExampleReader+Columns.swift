import SequiturFiles
import SequiturText

extension ExampleReader {
    /// CoNLL columns. Divided by what is asked for, or by tabs where the first row of the file has one, else by runs of spaces.
    ///
    /// Lines whose first column is `-DOCSTART-` are left out. So are lines that begin with `#` before the first word of a sentence,
    /// unless they have as many columns as the words.
    func columns(_ text: ExampleText) throws -> ExampleFile<TaggedSentence> {
        let wordColumn = try ColumnNumber(options.wordColumn ?? 1, name: "the word column")
        let tagColumn = try ColumnNumber(options.tagColumn ?? -1, name: "the tag column")
        var collector = ExampleCollector<TaggedSentence>(text.path, options)
        var sentence = PendingSentence()
        var fields: [UnsafeRawBufferPointer] = []
        var layout: ColumnLayout?
        var segments = SegmentNumbers()

        func finishSentence() throws {
            defer { sentence.clear() }
            if let refusal = sentence.refusal { return try collector.refuse(line: refusal.line ?? sentence.line, refusal.reason) }
            guard !sentence.words.isEmpty else { return }
            segments.see(sentence.words)
            collector.add(TaggedSentence(words: sentence.words, tags: sentence.tags, line: sentence.line))
        }

        // How many columns words have is said by the first row that is no comment for certain.
        var ahead = text.lines
        while layout == nil, let line = ahead.next() {
            if !line.isBlank, line[0] != UInt8(ascii: "#") {
                layout = ColumnLayout(firstRow: line, line: ahead.number, separator: try options.separator.map(byte(of:)))
            }
        }
        var lines = text.lines, isHead = true
        while let line = lines.next() {
            if line.isBlank {
                try finishSentence()
                continue
            }
            let mayBeComment = line[0] == UInt8(ascii: "#") && sentence.isEmpty
            guard let layout else { continue }
            line.split(at: layout.separator, into: &fields)
            // In the head of a file `# so` is a comment whatever follows; a word such as #so stands there as anywhere.
            let isRemark = isHead && line.count > 1 && line[1] == UInt8(ascii: " ")
            if mayBeComment, isRemark || fields.count != layout.columnCount { continue }
            isHead = false
            if fields[0].hasSameBytes(as: "-DOCSTART-") {
                try finishSentence()
                continue
            }
            sentence.begin(at: lines.number)
            guard sentence.refusal == nil else { continue }
            do {
                if wordColumn.isFromEnd || tagColumn.isFromEnd { try layout.check(fields.count) }
                sentence.words.append(try wordColumn.cell(of: fields, name: "word"))
                sentence.tags.append(try tagColumn.cell(of: fields, name: "tag"))
            } catch let refusal as RowRefusal {
                sentence.refusal = RowRefusal(refusal.reason, line: lines.number)
            }
        }
        try finishSentence()
        var file = try collector.finished()
        if file.examples.count == 1, Self.looksLikeTable(file.examples[0].words) {
            throw BadRow(
                path: text.path, line: 1,
                reason:
                    "a word and its tag were expected, and blank lines between sentences, but whole texts stand in the column of words: "
                    + "this looks like a table of texts and labels, which `train classification` takes")
        }
        if segments.areNumbered {
            for index in file.examples.indices {
                file.examples[index].words = file.examples[index].words.map(SegmentNumbers.character)
            }
            file.notes.append("words are characters with their number in a segment, which was left out")
        }
        return file
    }

    /// Many words, most of them with spaces in them, and no blank line between them.
    private static func looksLikeTable(_ words: [String]) -> Bool {
        words.count > 1 && 2 * words.count { $0.contains(" ") } > words.count
    }

    /// CoNLL-U (universaldependencies.org/format.html). Ranges of words (`3-4`) and empty nodes (`8.1`) are left out.
    func universalDependencies(_ text: ExampleText) throws -> ExampleFile<TaggedSentence> {
        let wordColumn = try universalColumn(options.wordColumn, options.wordField, 2, name: "word")
        let tagColumn = try universalColumn(options.tagColumn, options.tagField, 4, name: "tag")
        var collector = ExampleCollector<TaggedSentence>(text.path, options)
        var sentence = PendingSentence()
        var fields: [UnsafeRawBufferPointer] = []

        func finishSentence() throws {
            defer { sentence.clear() }
            if let refusal = sentence.refusal { return try collector.refuse(line: refusal.line ?? sentence.line, refusal.reason) }
            guard !sentence.words.isEmpty else { return }
            collector.add(TaggedSentence(words: sentence.words, tags: sentence.tags, line: sentence.line))
        }

        var lines = text.lines
        while let line = lines.next() {
            if line.isBlank {
                try finishSentence()
                continue
            }
            if line[0] == UInt8(ascii: "#"), sentence.isEmpty { continue }
            sentence.begin(at: lines.number)
            guard sentence.refusal == nil else { continue }
            line.split(at: UInt8(ascii: "\t"), into: &fields)
            do {
                guard fields.count == 10 else {
                    throw RowRefusal("CoNLL-U has 10 columns divided by tabs, but here are \(fields.count)")
                }
                let id = fields[0]
                if id.contains(where: { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }) { continue }
                guard let number = Int(id.text), number == sentence.words.count + 1 else {
                    throw RowRefusal(
                        "word \(sentence.words.count + 1) of a sentence was expected, but came '\(id.text.printable())'")
                }
                sentence.words.append(try wordColumn.cell(of: fields, name: "word"))
                sentence.tags.append(try tagColumn.cell(of: fields, name: "tag"))
            } catch let refusal as RowRefusal {
                sentence.refusal = RowRefusal(refusal.reason, line: lines.number)
            }
        }
        try finishSentence()
        return try collector.finished()
    }

    private func universalColumn(_ number: Int?, _ field: String?, _ usual: Int, name: String) throws -> ColumnNumber {
        guard let field else { return try ColumnNumber(number ?? usual, name: "the \(name) column") }
        let names = ["id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc"]
        guard let index = names.firstIndex(of: field.lowercased()) else {
            throw DatasetError.invalidSetting(
                name: "the \(name) field", value: "'\(field.printable())'", allowed: "one of \(names.joined(separator: ", "))")
        }
        return try ColumnNumber(index + 1, name: "the \(name) column")
    }
}

/// A sentence whose lines are being read.
private struct PendingSentence {
    private(set) var line = 0
    private(set) var isEmpty = true
    var words: [String] = []
    var tags: [String] = []
    /// Why the sentence cannot be used; the rest of it is passed over.
    var refusal: RowRefusal?

    mutating func begin(at line: Int) {
        if isEmpty { self.line = line }
        isEmpty = false
    }

    mutating func clear() { self = PendingSentence() }
}

/// How the rows of a file of columns are divided, which its first row shows.
private struct ColumnLayout {
    /// Nil for runs of spaces.
    let separator: UInt8?
    let columnCount: Int
    private let line: Int

    init(firstRow row: UnsafeRawBufferPointer, line: Int, separator asked: UInt8?) {
        let tab = UInt8(ascii: "\t"), space = UInt8(ascii: " "), found = asked ?? (row.contains(tab) ? tab : space)
        separator = found == space ? nil : found
        var fields: [UnsafeRawBufferPointer] = []
        row.split(at: separator, into: &fields)
        columnCount = fields.count
        self.line = line
    }

    func check(_ count: Int) throws {
        guard columnCount > 1 else { throw RowRefusal("a word and its tag were expected in columns, but here is one column") }
        guard count == columnCount else {
            throw RowRefusal("\(columnCount.counted("column")) as in line \(line) were expected, but here are \(count)")
        }
    }
}

/// A column as users number them: from 1, or from -1 for the last.
struct ColumnNumber {
    private let number: Int

    init(_ number: Int, name: String) throws {
        guard number != 0, number > -1 << 20, number < 1 << 20 else {
            throw DatasetError.invalidSetting(
                name: name, value: String(number), allowed: "a number from 1, or from -1 for the last column")
        }
        self.number = number
    }

    var isFromEnd: Bool { number < 0 }

    func index(in count: Int) throws -> Int {
        let index = number > 0 ? number - 1 : count + number
        guard index >= 0, index < count else {
            throw RowRefusal("column \(number) was expected, but here \(count == 1 ? "is" : "are") \(count.counted("column"))")
        }
        return index
    }

    fileprivate func cell(of fields: [UnsafeRawBufferPointer], name: String) throws -> String {
        let cell = fields[try index(in: fields.count)]
        guard !cell.isBlank else { throw RowRefusal("the \(name) is empty") }
        return cell.text
    }
}

/// Whether every word of a file is one character with its number in a segment, as in the Weibo corpus (`科0 技1`).
///
/// A number is 0 or follows the one before it, but for one in a hundred: corpora are edited.
private struct SegmentNumbers {
    private var isPossible = true
    private var wordCount = 0
    private var irregularCount = 0

    var areNumbered: Bool { isPossible && wordCount > 0 && irregularCount * 100 <= wordCount }

    mutating func see(_ words: [String]) {
        guard isPossible else { return }
        var previous = -1
        for word in words {
            guard let number = Self.number(of: word) else {
                isPossible = false
                return
            }
            if number != 0, number != previous + 1 { irregularCount += 1 }
            previous = number
        }
        wordCount += words.count
    }

    /// The number after the character; a character that was lost on the way is two U+FFFD.
    private static func number(of word: String) -> Int? {
        let digits = word.unicodeScalars.dropFirst(characterLength(of: word))
        guard !digits.isEmpty, digits.count < 10 else { return nil }
        var number = 0
        for digit in digits {
            guard ("0"..."9").contains(digit) else { return nil }
            number = number * 10 + Int(digit.value - 0x30)
        }
        return number
    }

    private static func characterLength(of word: String) -> Int {
        word.unicodeScalars.first == "\u{FFFD}" ? word.unicodeScalars.prefix { $0 == "\u{FFFD}" }.count : 1
    }

    static func character(of word: String) -> String {
        String(String.UnicodeScalarView(word.unicodeScalars.prefix(characterLength(of: word))))
    }
}

extension ExampleFile<TaggedSentence> {
    /// Says so where a few tags keep the others from being spans.
    private mutating func noteOddTag() {
        let all = examples.lazy.flatMap(\.tags)
        func isOfSpans(_ tag: String) -> Bool {
            tag == "O" || TagScheme.bioes.parse(tag) != nil || TagScheme.bmes.parse(tag) != nil
        }
        let count = all.count, odd = all.count { !isOfSpans($0) }
        guard 10 * odd < count, all.contains(where: { $0 != "O" && isOfSpans($0) }) else { return }
        let place = examples.lazy.compactMap { sentence in sentence.tags.first { !isOfSpans($0) }.map { (sentence.line, $0) } }
            .first
        let cause = place.map { "'\($1.printable(limit: 40))' in the sentence of line \($0) is of none" } ?? "they mix several"
        notes.append("tags look like spans of a scheme (BIO, IOB1, BIOES, BMES), but \(cause): all are read as plain tags")
    }

    /// Brings tags that mark spans into BIO, and notes what they were.
    mutating func convertTags() {
        let found = TagScheme.recognized(in: examples.lazy.map(\.tags))
        guard let scheme = found.scheme else { return noteOddTag() }
        if scheme != .bio { notes.append("tags are \(scheme.rawValue.uppercased()), converted to BIO") }
        if found.illFormedCount > 0 {
            let count = found.illFormedCount
            notes.append(
                "\(count) tag\(count == 1 ? " does" : "s do") not follow the scheme (\(scheme.rawValue.uppercased())) where "
                    + "\(count == 1 ? "it stands" : "they stand"); read as conlleval reads them")
        }
        guard scheme != .bio || found.illFormedCount > 0 else { return }
        var converter = TagConverter(from: scheme, to: .bio)
        for index in examples.indices { examples[index].tags = converter.converted(examples[index].tags) }
    }
}
