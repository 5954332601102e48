import SequiturDatasets
import SequiturText

/// Calls `body` with readers of one of a few kinds, as the input's bytes have it: strict and forgiving, with and without options.
private func readers(
    _ bytes: UnsafeRawBufferPointer, _ kinds: [(inout ExampleReadingOptions) -> Void], _ body: (ExampleReader) throws -> Void
) throws {
    let choice = bytes.reduce(0) { $0 &+ Int($1) }
    var options = ExampleReadingOptions()
    kinds[choice % kinds.count](&options)
    var failure: (any Error)?
    do { try body(ExampleReader(options)) } catch { failure = error }
    options.skipsBadRows = true
    try body(ExampleReader(options))
    if let failure { throw failure }
}

/// What was read has lines in order and can be written and read again.
///
/// - Parameter moved: an example as it stands on another line.
private func check<Example: JSONExample & Equatable>(
    _ examples: [Example], line: (Example) -> Int, moved: (Example, Int) -> Example,
    again: (String) throws -> ExampleFile<Example>
) throws {
    precondition(!examples.isEmpty, "a file without examples was accepted")
    precondition(zip(examples, examples.dropFirst()).allSatisfy { line($0) <= line($1) }, "lines are out of order")
    let path = writtenAgain.path + "/rows.jsonl"
    try ExampleWriter.write(examples, to: path)
    let copy = try? again(path).examples
    precondition(copy == examples.enumerated().map { moved($1, $0 + 1) }, "examples do not read back the same")
}

private let writtenAgain = FuzzFolder("examples-again")

private func check(_ sentences: [TaggedSentence]) throws {
    for sentence in sentences {
        precondition(sentence.words.count == sentence.tags.count && !sentence.words.isEmpty, "words and tags do not fit")
        precondition(
            sentence.words.allSatisfy { !$0.isEmpty } && sentence.tags.allSatisfy { !$0.isEmpty }, "a word or a tag is empty")
    }
    let found = TagScheme.recognized(in: sentences.map(\.tags))
    precondition(found.scheme == nil || found.scheme == .bio && found.illFormedCount == 0, "the tags are not BIO: \(found)")
    try check(
        sentences, line: { $0.line }, moved: { TaggedSentence(words: $0.words, tags: $0.tags, label: $0.label, line: $1) },
        again: { try ExampleReader().taggedSentences($0) })
}

private func check(_ texts: [LabeledText], isPair: Bool) throws {
    precondition(texts.allSatisfy { ($0.second != nil) == isPair && $0.labels.allSatisfy { !$0.isEmpty } })
    try check(
        texts, line: { $0.line }, moved: { LabeledText(text: $0.text, second: $0.second, labels: $0.labels, line: $1) },
        again: { try isPair ? ExampleReader().textPairs($0) : ExampleReader().labeledTexts($0) })
}

private func check(_ examples: [RelationExample]) throws {
    for example in examples {
        let whole = 0..<example.text.unicodeScalars.count
        precondition(
            [example.first, example.second].allSatisfy { !$0.isEmpty && $0.clamped(to: whole) == $0 }, "an entity lies outside")
    }
    try check(
        examples, line: { $0.line },
        moved: { RelationExample(text: $0.text, first: $0.first, second: $0.second, relation: $0.relation, line: $1) },
        again: { try ExampleReader().relations($0) })
}

private func check(_ examples: [QuestionExample]) throws {
    for example in examples {
        for answer in example.answers {
            let found = example.context.unicodeScalars.dropFirst(answer.start).prefix(answer.text.unicodeScalars.count)
            precondition(found.elementsEqual(answer.text.unicodeScalars), "an answer is not in its context")
        }
    }
    try check(examples, line: { _ in 0 }, moved: { example, _ in example }, again: { try ExampleReader().questions($0) })
}

/// CoNLL columns and CoNLL-U.
func fuzzExampleColumns(_ bytes: UnsafeRawBufferPointer) throws {
    enum Place { static let folder = FuzzFolder("example-columns") }
    Place.folder.put(bytes, as: "file")
    let kinds: [(inout ExampleReadingOptions) -> Void] = [
        { _ in }, { $0.format = .conllu }, { ($0.format, $0.wordColumn, $0.tagColumn) = (.conll, 2, -2) },
        { ($0.format, $0.wordField, $0.tagField) = (.conllu, "lemma", "deprel") },
    ]
    try readers(bytes, kinds) { try check($0.taggedSentences(Place.folder.path + "/file").examples) }
}

/// TSV, CSV, lines that begin or end with labels, and what is recognised as one of them.
func fuzzExampleTables(_ bytes: UnsafeRawBufferPointer) throws {
    enum Place { static let folder = FuzzFolder("example-tables") }
    Place.folder.put(bytes, as: "file")
    let path = Place.folder.path + "/file"
    let kinds: [(inout ExampleReadingOptions) -> Void] = [
        { _ in }, { $0.format = .tsv }, { $0.format = .csv }, { $0.format = .labelFirst }, { $0.format = .labelLast },
        { ($0.format, $0.textField, $0.labelField) = (.csv, "2,3", "1") },
        { ($0.format, $0.textField, $0.labelSeparator) = (.csv, "text", "|") },
        { ($0.format, $0.hasHeader, $0.labelDelimiter) = (.tsv, true, ":") },
    ]
    try readers(bytes, kinds) { reader in
        if bytes.count % 2 == 0, reader.options.format != .labelFirst, reader.options.format != .labelLast {
            try check(reader.textPairs(path).examples, isPair: true)
        } else {
            try check(reader.labeledTexts(path).examples, isPair: false)
        }
    }
}

/// JSON and JSON lines of all examples, SQuAD and SemEval.
func fuzzExampleRecords(_ bytes: UnsafeRawBufferPointer) throws {
    enum Place { static let folder = FuzzFolder("example-records") }
    Place.folder.put(bytes, as: "file")
    let path = Place.folder.path + "/file"
    let kinds: [(inout ExampleReadingOptions) -> Void] = [
        { _ in }, { $0.split = "train" }, { $0.format = .json }, { $0.format = .jsonl },
    ]
    try readers(bytes, kinds) { reader in
        switch bytes.count % 5 {
        case 0: try check(reader.taggedSentences(path).examples)
        case 1: try check(reader.labeledTexts(path).examples, isPair: false)
        case 2: try check(reader.textPairs(path).examples, isPair: true)
        case 3: try check(reader.relations(path).examples)
        default: try check(reader.questions(path).examples)
        }
    }
}
