import SequiturFiles

/// Reads ARPA text strictly: what the header states must be what follows.
///
/// Text before `\data\` is skipped, as the format has it. Orders must be complete from 1 up, every section must have as
/// many lines as the header states, every word must be a unigram, every n-gram's beginning must be an n-gram of the
/// order before, none may stand twice, and no probability may exceed one. A probability of log10 -99 or less is zero.
struct NGramARPAReader {
    private var lines: NGramARPALines
    private var counts: [Int] = []
    /// The fields of the line last read.
    private var fields: [UnsafeRawBufferPointer] = []

    /// - Throws: `NGramError.malformedARPA`.
    static func read(_ bytes: UnsafeRawBufferPointer, file: String) throws -> NGramStorage {
        var reader = NGramARPAReader(lines: NGramARPALines(bytes, file: file))
        if let offset = bytes.firstInvalidUTF8Offset {
            throw reader.lines.malformed(
                "the text is not UTF-8 at byte \(offset) of the file; convert it", line: reader.lines.number(atByte: offset))
        }
        try reader.readCounts()
        let builder = try reader.readUnigrams()
        for order in 1..<reader.counts.count { try reader.readSection(order: order + 1, into: builder) }
        try reader.expect("\\end\\", after: reader.counts.count)
        if let line = reader.lines.nextNonempty() {
            throw reader.lines.malformed("nothing may follow \\end\\ but '\(NGramARPALines.shown(line))' does")
        }
        return builder.finish()
    }

    private init(lines: NGramARPALines) { self.lines = lines }

    /// Reads the line `text`, which the n-grams of `order`, or the header if that is zero, come before.
    private mutating func expect(_ text: String, after order: Int) throws {
        let place = order == 0 ? "the header" : "the \(counts[order - 1]) n-grams of order \(order) that the header states"
        guard let line = lines.nextNonempty() else {
            throw lines.malformed("the text ends after \(place), where \(text) was expected")
        }
        guard line.elementsEqual(text.utf8) else {
            throw lines.malformed("\(text) was expected after \(place) and not '\(NGramARPALines.shown(line))'")
        }
    }

    private mutating func readCounts() throws {
        repeat {
            guard let line = lines.next() else { throw lines.malformed("there is no \\data\\; this is not ARPA text") }
            if line.elementsEqual("\\data\\".utf8) { break }
        } while true
        while let line = lines.next(), !line.isEmpty {
            let order = counts.count + 1
            guard let count = Self.count(line, order: order) else {
                throw lines.malformed("'ngram \(order)=COUNT' was expected and not '\(NGramARPALines.shown(line))'")
            }
            guard order <= NGramSettings.maximumOrder else {
                throw lines.malformed("the model has an order above \(NGramSettings.maximumOrder), the highest that is read")
            }
            // An n-gram takes at least "0", a tab or space and a letter for each word, and the end of the line.
            guard count <= lines.byteCount / (2 * order + 2) else {
                throw lines.malformed(
                    "\(count) n-grams of order \(order) do not fit into the \(lines.byteCount) bytes of the file")
            }
            counts.append(count)
        }
        guard !counts.isEmpty else { throw lines.malformed("'ngram 1=COUNT' was expected") }
    }

    /// COUNT of the line "ngram ORDER=COUNT", in which spaces may stand around the numbers.
    private static func count(_ line: UnsafeRawBufferPointer, order: Int) -> Int? {
        let parts = line.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let left = parts[0].split { $0 == 0x20 || $0 == 0x09 }
        let right = parts[1].split { $0 == 0x20 || $0 == 0x09 }
        guard left.count == 2, right.count == 1, left[0].elementsEqual("ngram".utf8), left[1].elementsEqual("\(order)".utf8),
            right[0].allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int(String(decoding: right[0], as: UTF8.self))
    }

    /// Reads the unigrams, which are the vocabulary, and makes room for the whole model.
    private mutating func readUnigrams() throws -> NGramBuilder {
        try expect("\\1-grams:", after: 0)
        let firstLine = lines.number + 1
        var tokens: [UnsafeRawBufferPointer] = []
        var entries: [(logProbability: Float, backoff: Float)] = []
        var beginning: (logProbability: Float, backoff: Float)?
        var endOfSentence: UInt32?
        var unknown: UInt32?
        for _ in 0..<counts[0] {
            let (logProbability, backoff) = try readEntry(order: 1)
            let word = fields[1]
            if word.elementsEqual("<s>".utf8) {
                guard beginning == nil else { throw lines.malformed("<s> stands here a second time") }
                beginning = (-.infinity, backoff)
                continue
            }
            if word.elementsEqual("</s>".utf8) {
                guard logProbability > -.infinity else { continue }
                endOfSentence = UInt32(tokens.count)
            }
            if word.elementsEqual("<unk>".utf8) || unknown == nil && word.elementsEqual("<UNK>".utf8) {
                unknown = UInt32(tokens.count)
            }
            tokens.append(word)
            entries.append((logProbability, backoff))
        }
        let id = UInt32(tokens.count)
        entries.append(beginning ?? (-.infinity, 0))
        guard
            let layout = NGramLayout(
                vocabularySize: tokens.count, beginningOfSentence: id, endOfSentence: endOfSentence, unknown: unknown,
                tokenByteCount: tokens.reduce(0) { $0 + $1.count }, counts: [entries.count] + counts.dropFirst())
        else { throw lines.malformed("a model of \(tokens.count) words and \(counts) n-grams cannot be held", line: firstLine) }
        do {
            let builder = try NGramBuilder(layout, tokens: tokens)
            for (index, entry) in entries.enumerated() {
                builder.logProbabilities(order: 1)[index] = entry.logProbability
                if counts.count > 1 { builder.backoffs(order: 1)[index] = entry.backoff }
            }
            return builder
        } catch NGramError.token(let id, _) {
            throw lines.malformed(
                "the unigram '\(NGramARPALines.shown(tokens[id]))' stands twice in the section that begins here", line: firstLine)
        }
    }

    private mutating func readSection(order: Int, into builder: NGramBuilder) throws {
        try expect("\\\(order)-grams:", after: order - 1)
        let firstLine = lines.number + 1
        let contexts = (1..<order).map { builder.level(order: $0) }
        var entries: [NGramARPAEntry] = []
        entries.reserveCapacity(counts[order - 1])
        var isSorted = true
        for _ in 0..<counts[order - 1] {
            let (logProbability, backoff) = try readEntry(order: order)
            var context = Int(try word(fields[1], in: builder))
            for length in 2..<order {
                let children = contexts[length - 2].children(of: context)
                guard let next = contexts[length - 1].index(of: try word(fields[length], in: builder), in: children) else {
                    throw lines.malformed("its first \(order - 1) words are not an n-gram of order \(order - 1)")
                }
                context = next
            }
            let entry = NGramARPAEntry(
                context: UInt32(context), word: try word(fields[order], in: builder), logProbability: logProbability,
                backoff: backoff)
            if let last = entries.last, last.key >= entry.key { isSorted = false }
            entries.append(entry)
        }
        if !isSorted { try sort(&entries, firstLine: firstLine) }
        var context = 0
        let firstChildren = builder.firstChildren(order: order - 1)
        for (index, entry) in entries.enumerated() {
            while context < entry.context {
                context += 1
                firstChildren[context] = UInt32(index)
            }
            builder.words(order: order)[index] = entry.word
            builder.logProbabilities(order: order)[index] = entry.logProbability
            if order < counts.count { builder.backoffs(order: order)[index] = entry.backoff }
        }
        while context < builder.layout.counts[order - 2] {
            context += 1
            firstChildren[context] = UInt32(entries.count)
        }
    }

    /// The id of a word of an n-gram.
    private func word(_ spelling: UnsafeRawBufferPointer, in builder: NGramBuilder) throws -> UInt32 {
        if let id = builder.tokens.id(of: spelling) { return id }
        guard spelling.elementsEqual("<s>".utf8) else {
            throw lines.malformed("the word '\(NGramARPALines.shown(spelling))' is not among the unigrams")
        }
        return builder.layout.beginningOfSentence
    }

    private func sort(_ entries: inout [NGramARPAEntry], firstLine: Int) throws {
        let places = (0..<entries.count).sorted { (entries[$0].key, $0) < (entries[$1].key, $1) }
        for (place, next) in zip(places, places.dropFirst()) where entries[place].key == entries[next].key {
            throw lines.malformed("this n-gram stands in line \(firstLine + place) already", line: firstLine + next)
        }
        entries = places.map { entries[$0] }
    }

    /// Reads one line into `fields`: a log10 probability, `order` words and, below the highest order, a back-off weight or
    /// none.
    private mutating func readEntry(order: Int) throws -> (logProbability: Float, backoff: Float) {
        guard let line = lines.next(), !line.isEmpty, line.first != UInt8(ascii: "\\") else {
            throw lines.malformed(
                "the n-grams of order \(order) end here, before the \(counts[order - 1]) that the header states")
        }
        NGramARPALines.split(line, into: &fields)
        guard fields.count == order + 1 || fields.count == order + 2 && order < counts.count else {
            throw lines.malformed(
                "a probability, \(order) words\(order < counts.count ? " and perhaps a back-off weight" : "") were expected, "
                    + "in all \(order + 1)\(order < counts.count ? " or \(order + 2)" : "") fields and not \(fields.count)")
        }
        let logProbability = try number(fields[0])
        guard logProbability <= 0 else {
            throw lines.malformed("the probability 10^\(NGramARPALines.shown(fields[0])) is above one")
        }
        return (logProbability, fields.count == order + 2 ? try number(fields[order + 1]) : 0)
    }

    /// The natural logarithm of what has the log10 `field`.
    private func number(_ field: UnsafeRawBufferPointer) throws -> Float {
        let isDecimal = field.allSatisfy {
            (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: ".")
                || $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E")
        }
        guard isDecimal, field.count <= 64, let value = Double(String(decoding: field, as: UTF8.self)), abs(value) < 1e9 else {
            throw lines.malformed("'\(NGramARPALines.shown(field))' is not a decimal number")
        }
        return value <= -99 ? -.infinity : Float(value * 2.302_585_092_994_046)
    }
}

/// One n-gram as read: its context's place in the order below, and its last word.
private struct NGramARPAEntry {
    let context: UInt32
    let word: UInt32
    let logProbability: Float
    let backoff: Float

    var key: UInt64 { UInt64(context) << 32 | UInt64(word) }
}
