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

    func benchmarkTokenization(_ command: BenchTokenization, in console: Console) throws -> Summary {
        let path = try resolvedFolder(command.tokenizer, need: .tokenizer, in: console)
        guard let subwords = try TokenizerFile.read(path) as? SubwordTokenizer else {
            throw InputError("'\(path.printable(limit: 1024))' is a tokenizer of characters or words; give one of subwords")
        }
        let tokenizer = subwords.pipeline.adjusted(truncation: nil, padding: nil)
        let text = try readText(command.data), lines = text.textLines.map { TokenizerPipeline.Input($0) }
        var seconds: [Double] = [], tokens = 0
        try Interruption.handled {
            for _ in 0..<command.iterations {
                if Interruption.isRequested { throw Interrupted("nothing was measured") }
                let start = ContinuousClock.now
                let encodings = try tokenizer.encode(batch: lines, threads: command.encoders)
                seconds.append((ContinuousClock.now - start) / .seconds(1))
                tokens = encodings.reduce(0) { $0 + $1.count }
            }
        }
        let median = seconds.sorted()[seconds.count / 2], rate = Double(text.utf8.count) / median
        var summary = Summary()
        summary.add("seconds_median", .number(median), "median", as: "\(Quantity.fixed(median, 3)) s")
        summary.add("bytes_per_second", .number(rate), "bytes/s", as: Quantity.bytes(Int(rate)))
        summary.add("tokens", .integer(Int64(tokens)), "tokens")
        return summary
    }

    func tokenizerInfo(_ path: String) throws -> Summary { Summary(try TokenizerFile.read(path), path: path) }
}
