import SequiturFiles

/// A folder of files whose lines belong together: `seq.in` (words), `seq.out` (tags), `label`.
extension ExampleReader {
    func parallelSentences(_ folder: String) throws -> ExampleFile<TaggedSentence> {
        let hasLabels = Folder.exists("\(folder)/label")
        var collector = ExampleCollector<TaggedSentence>(folder, options)
        try parallel(folder, ["seq.in", "seq.out"] + (hasLabels ? ["label"] : [])) { line, fields in
            try collector.add(line: line) {
                let words = fields[0].words, tags = fields[1].words
                guard words.count == tags.count else {
                    throw RowRefusal("seq.in has \(words.count.counted("word")), but seq.out \(tags.count.counted("tag"))")
                }
                guard !words.isEmpty else { throw RowRefusal("the sentence is empty") }
                let label = hasLabels ? try self.labels(of: fields[2].trimmed.text).joined(separator: separator) : nil
                return TaggedSentence(words: words, tags: tags, label: label, line: line)
            }
        }
        return try collector.finished()
    }

    func parallelTexts(_ folder: String) throws -> ExampleFile<LabeledText> {
        var collector = ExampleCollector<LabeledText>(folder, options)
        try parallel(folder, ["seq.in", "label"]) { line, fields in
            try collector.add(line: line) {
                let text = fields[0].trimmed.text
                guard !text.isEmpty else { throw RowRefusal("the text is empty") }
                return LabeledText(text: text, labels: try labels(of: fields[1].trimmed.text), line: line)
            }
        }
        return try collector.finished()
    }

    /// What several labels of one sentence are written with.
    private var separator: String { options.labelSeparator.map(String.init) ?? "" }

    /// Gives `body` the lines of all files, row after row.
    private func parallel(
        _ folder: String, _ names: [String], _ body: (_ line: Int, _ fields: [UnsafeRawBufferPointer]) throws -> Void
    ) throws {
        func open(_ texts: [ExampleText]) throws {
            guard texts.count == names.count else {
                return try ExampleText.read("\(folder)/\(names[texts.count])") { try open(texts + [$0]) }
            }
            var lines = texts.map(\.lines)
            while true {
                let fields = lines.indices.map { lines[$0].next() }
                if fields.allSatisfy({ $0 == nil }) { return }
                let line = lines.map(\.number).max() ?? 0
                if let short = fields.firstIndex(where: { $0 == nil }), let long = fields.firstIndex(where: { $0 != nil }) {
                    throw BadRow(
                        path: folder, line: line, reason: "\(names[short]) ends before \(names[long]), which has this line")
                }
                try body(line, fields.compactMap(\.self))
            }
        }
        try open([])
    }
}
