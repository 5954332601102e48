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
        return Summary(tokenizer, path: command.output)
    }

    func encode(_ text: String, tokenizer path: String) throws -> EncodedText {
        try EncodedText(text, with: TokenizerFile.read(path))
    }

    func decode(_ ids: [Int32], tokenizer path: String) throws -> String {
        let tokenizer = try TokenizerFile.read(path)
        // A pipeline passes over ids that it does not have, as Python's does.
        if let subwords = tokenizer as? SubwordTokenizer { return try subwords.pipeline.decode(ids) }
        return try tokenizer.decode(ids)
    }

    func tokenizerInfo(_ path: String) throws -> Summary { Summary(try TokenizerFile.read(path), path: path) }
}
