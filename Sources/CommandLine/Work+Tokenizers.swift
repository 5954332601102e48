import SequiturConsole
import SequiturDatasets
import SequiturFiles
import SequiturText

extension LibraryWork {
    func trainTokenizer(_ command: TokenizerTrain, in console: Console) throws -> Summary {
        let reader = try TextReader(command.data)
        let reporter = console.progress("reading", total: reader.byteCount, unit: "bytes", isShown: command.progress.progress)
        defer { reporter.finish() }
        let tokenizer = try Interruption.handled {
            try reader.trainTokenizer(command.kind, options: command.vocabulary.options) { done, _ in
                if Interruption.isRequested { throw Interrupted("nothing was written") }
                reporter.update(completed: done, work: done)
            }
        }
        try TokenizerFile.write(tokenizer, to: command.output)
        var summary = Summary()
        summary.add("tokenizer", .string(command.output), "tokenizer")
        summary.add("kind", .string(tokenizer.kind.rawValue), "kind")
        summary.add("vocabulary", .integer(Int64(tokenizer.vocabularySize)), "vocabulary")
        summary.add("fingerprint", .string(tokenizer.fingerprint.description), "fingerprint")
        return summary
    }

    func encode(_ text: String, tokenizer path: String) throws -> [(id: Int32, text: String)] {
        let tokenizer = try tokenizer(at: path)
        return try tokenizer.encode(text).map { ($0, tokenizer.token(for: $0) ?? "") }
    }

    func decode(_ ids: [Int32], tokenizer path: String) throws -> String { try tokenizer(at: path).decode(ids) }

    /// A tokenizer.json, or that of a run folder.
    private func tokenizer(at path: String) throws -> any SequiturText.Tokenizer {
        try TokenizerFile.read(path.hasSuffix(".json") ? path : "\(path)/tokenizer.json")
    }
}
