import SequiturConsole
import SequiturDatasets
import SequiturFiles
import SequiturText

extension LibraryWork {
    func trainTokenizer(_ command: TokenizerTrain, in console: Console) throws -> Summary {
        let reader = try TextReader(command.data)
        let reporter = console.progress("reading", total: reader.byteCount, unit: "bytes", isShown: command.progress.progress)
        defer { reporter.finish() }
        func report(done: Int) throws {
            if Interruption.isRequested { throw Interrupted("nothing was written") }
            reporter.update(completed: done, work: done)
        }
        let tokenizer = try Interruption.handled { () -> StoredTokenizer in
            switch command.kind {
            case .character, .word:
                let kind: TokenizerKind = command.kind == .word ? .word : .character
                return .own(
                    try reader.trainTokenizer(kind, options: command.vocabulary.options) { done, _ in try report(done: done) })
            case .byteLevel, .wordPiece:
                return .pipeline(
                    try reader.trainTokenizer(
                        command.kind == .byteLevel ? .byteLevel : .wordPiece,
                        vocabularySize: command.vocabulary.vocabularySize ?? TrainedTokenizerKind.defaultSubwords,
                        minimumFrequency: command.vocabulary.minimumFrequency
                    ) { done, _ in try report(done: done) })
            }
        }
        try tokenizer.write(to: command.output)
        return tokenizer.summary(path: command.output)
    }

    func encode(_ text: String, tokenizer path: String) throws -> EncodedText { try StoredTokenizer(path: path).encode(text) }

    func decode(_ ids: [Int32], tokenizer path: String) throws -> String { try StoredTokenizer(path: path).decode(ids) }

    func tokenizerInfo(_ path: String) throws -> Summary { try StoredTokenizer(path: path).summary(path: path) }
}
