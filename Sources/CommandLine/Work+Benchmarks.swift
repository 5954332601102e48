import SequiturConsole
import SequiturFiles
import SequiturTasks
import SequiturTensors

extension LibraryWork {
    func benchmarkLSTMTraining(_ command: BenchLSTMTraining, in console: Console) throws -> Summary {
        command.arithmetic.apply()
        var benchmark = LSTMTrainingBenchmark()
        benchmark.cell = command.cell
        benchmark.isBidirectional = command.bidirectional
        benchmark.tags = command.tags
        benchmark.layers = command.layers
        benchmark.width = command.width
        benchmark.vocabulary = command.vocabulary
        benchmark.batch = command.batch
        benchmark.steps = command.steps
        benchmark.dropout = Float(command.dropout)
        benchmark.precision = command.arithmetic.precision
        benchmark.tiesEmbeddings = command.tieEmbeddings
        benchmark.iterations = command.iterations
        benchmark.warmup = command.warmup
        benchmark.weights = command.weights
        let result = try Interruption.handled {
            try benchmark.run { _, _ in if Interruption.isRequested { throw Interrupted("nothing was measured") } }
        }
        return summary(of: result)
    }

    func benchmarkTransformerTraining(_ command: BenchTransformerTraining, in console: Console) throws -> Summary {
        command.arithmetic.apply()
        var benchmark = TransformerTrainingBenchmark()
        benchmark.layers = command.layers
        benchmark.heads = command.heads
        benchmark.width = command.width
        benchmark.block = command.block
        benchmark.batch = command.batch
        benchmark.vocabulary = command.vocabulary
        benchmark.dropout = Float(command.dropout)
        benchmark.precision = command.arithmetic.precision
        benchmark.tiesEmbeddings = command.tieEmbeddings
        benchmark.iterations = command.iterations
        benchmark.warmup = command.warmup
        benchmark.weights = command.weights
        let result = try Interruption.handled {
            try benchmark.run { _, _ in if Interruption.isRequested { throw Interrupted("nothing was measured") } }
        }
        return summary(of: result)
    }

    func benchmarkEncoding(_ command: BenchEncoding) throws -> Summary {
        command.arithmetic.apply()
        var benchmark = EncodingBenchmark(folder: command.folder)
        (benchmark.batch, benchmark.length) = (command.batch, command.length)
        (benchmark.iterations, benchmark.warmup) = (command.iterations, command.warmup)
        benchmark.precision = command.arithmetic.precision
        let result = try Interruption.handled {
            try benchmark.run { if Interruption.isRequested { throw Interrupted("nothing was measured") } }
        }
        var summary = Summary()
        summary.add("milliseconds_median", .number(result.median), "median", as: "\(Quantity.fixed(result.median, 2)) ms")
        summary.add("milliseconds_best", .number(result.best), "best", as: "\(Quantity.fixed(result.best, 2)) ms")
        let rate = Double(command.batch) / result.median * 1000
        summary.add("sequences_per_second", .number(rate), "sequences/s", as: Quantity.count(rate))
        summary.add(
            "mean_magnitude", .number(result.meanMagnitude), "mean |hidden|", as: Quantity.fixed(result.meanMagnitude, 5))
        summary.add("precision", .string(result.precision.rawValue), "precision")
        summary.add("threads", .integer(Int64(Processor.threadCount)), "threads")
        return summary
    }

    private func summary(of result: TrainingBenchmarkResult) -> Summary {
        var summary = Summary()
        summary.add("milliseconds_median", .number(result.median), "median", as: "\(Quantity.fixed(result.median, 2)) ms")
        summary.add("milliseconds_best", .number(result.best), "best", as: "\(Quantity.fixed(result.best, 2)) ms")
        summary.add("tokens_per_second", .number(result.tokensPerSecond), "tokens/s", as: Quantity.count(result.tokensPerSecond))
        summary.add("peak_bytes", .integer(Int64(result.peakBytes)), "peak memory", as: Quantity.bytes(result.peakBytes))
        summary.add(
            "loss_after_20_steps", .number(result.agreedLoss), "loss after 20 steps", as: Quantity.fixed(result.agreedLoss, 5))
        summary.add("allocator_misses", .integer(Int64(result.allocatorMisses)), "allocator misses")
        summary.add("precision", .string(result.precision.rawValue), "precision")
        summary.add("threads", .integer(Int64(Processor.threadCount)), "threads")
        summary.add(
            "versions", ["onednn": .string(Processor.productLibrary), "isa": .string(Processor.instructionSet)], "machine code",
            as: "\(Processor.productLibrary), \(Processor.instructionSet)")
        return summary
    }
}
