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

    func encode(_ text: String, tokenizer path: String) throws -> EncodedText { try StoredTokenizer(path: path).encode(text) }

    func decode(_ ids: [Int32], tokenizer path: String) throws -> String { try StoredTokenizer(path: path).decode(ids) }

    func tokenizerInfo(_ path: String) throws -> Summary { try StoredTokenizer(path: path).summary(path: path) }
}
