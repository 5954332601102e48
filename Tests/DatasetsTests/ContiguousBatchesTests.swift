import SequiturDatasets
import Testing

@Suite struct ContiguousBatchesTests {
    private func tokens(_ count: Int) throws -> MemoryTokens {
        try MemoryTokens((0..<count).map { Int32($0) }, vocabularySize: max(1, count))
    }

    private func epoch(_ batches: inout ContiguousBatches) throws -> [TokenBatch] {
        var all: [TokenBatch] = []
        var batch = TokenBatch()
        while try batches.next(into: &batch) { all.append(batch) }
        return all
    }

    /// `batchify` and `get_batch` of PyTorch's word_language_model on `torch.arange(26)` with 4 rows and windows of 3.
    @Test func windowsAreThoseOfPyTorch() throws {
        var batches = try ContiguousBatches(tokens(26), rowCount: 4, windowLength: 3)
        let all = try epoch(&batches)
        #expect(all.map(\.length) == [3, 2])
        #expect(all[0].inputs == [0, 6, 12, 18, 1, 7, 13, 19, 2, 8, 14, 20])
        #expect(all[0].targets == [1, 7, 13, 19, 2, 8, 14, 20, 3, 9, 15, 21])
        #expect(all[1].inputs == [3, 9, 15, 21, 4, 10, 16, 22])
        #expect(all[1].targets == [4, 10, 16, 22, 5, 11, 17, 23])
        #expect(all.map(\.isFirst) == [true, false])
        #expect(all.map(\.targetCount) == [12, 8])
        #expect(all.map(\.learningRateScale) == [1, 1])
        #expect(batches.rowLength == 6)
        #expect(batches.targetsPerEpoch == 20)
        #expect(batches.windowCount(inEpoch: 0) == 2)
        #expect(batches.epochProgress == 1)
        batches.startNextEpoch()
        #expect(batches.position == BatchPosition(epoch: 1, window: 0, offset: 0, rowCount: 4, rowLength: 6))
        #expect(try epoch(&batches) == all)
    }

    /// Every row, windows joined, is the text without its last token, and the targets without its first.
    @Test(
        arguments: [(2, 1, 1), (100, 1, 100), (101, 7, 4), (64, 32, 9), (1000, 3, 11)], [Truncation.fixed, .variable(seed: 3)])
    func rowsAreContiguous(shape: (count: Int, rowCount: Int, windowLength: Int), truncation: Truncation) throws {
        let (count, rowCount, windowLength) = shape
        var batches = try ContiguousBatches(
            tokens(count), rowCount: rowCount, windowLength: windowLength, truncation: truncation)
        let rowLength = count / rowCount
        for number in 0..<3 {
            let all = try epoch(&batches)
            #expect(all.count == batches.windowCount(inEpoch: number))
            #expect(all.allSatisfy { $0.length <= batches.maximumLength })
            #expect(all.reduce(0) { $0 + $1.targetCount } == batches.targetsPerEpoch)
            for row in 0..<rowCount {
                let inputs = all.flatMap { batch in (0..<batch.length).map { batch.inputs[$0 * rowCount + row] } }
                let targets = all.flatMap { batch in (0..<batch.length).map { batch.targets[$0 * rowCount + row] } }
                let start = row * rowLength
                #expect(inputs == (start..<start + rowLength - 1).map { Int32($0) })
                #expect(targets == (start + 1..<start + rowLength).map { Int32($0) })
            }
            batches.startNextEpoch()
        }
    }

    @Test func aBatchLargerThanTheDataIsRefused() throws {
        for (count, rowCount) in [(57, 32), (63, 32), (1, 1), (0, 1), (10, Int.max)] {
            let error = #expect(throws: DatasetError.batchTooLarge(tokenCount: count, batchSize: rowCount)) {
                try ContiguousBatches(tokens(count), rowCount: rowCount, windowLength: 5)
            }
            #expect(error?.description.contains("\(count) token") == true)
            #expect(error?.description.contains("\(rowCount)") == true)
        }
        #expect(
            DatasetError.batchTooLarge(tokenCount: 57, batchSize: 32).description
                == "the text has 57 tokens, but a batch of 32 streams needs at least 2 each; use a batch size of at most 28, or more text"
        )
        _ = try ContiguousBatches(tokens(64), rowCount: 32, windowLength: 5)
    }

    @Test(arguments: [(0, 5), (-1, 5), (2, 0), (2, -3), (2, .max)]) func sizesOutOfRangeAreRefused(
        rowCount: Int, windowLength: Int
    ) throws {
        let tokens = try tokens(100)
        #expect(throws: DatasetError.self) { try ContiguousBatches(tokens, rowCount: rowCount, windowLength: windowLength) }
        #expect(throws: DatasetError.self) { try EvaluationBatches(tokens, rowCount: rowCount, windowLength: windowLength) }
    }

    /// Mean, spread and the share of half windows of the draws, and the scale that goes with them.
    @Test func lengthsAreDrawnAsInTheReference() throws {
        var batches = try ContiguousBatches(tokens(400_000), rowCount: 1, windowLength: 70, truncation: .variable(seed: 11))
        let all = try epoch(&batches).dropLast()
        let full = all.map(\.length).filter { $0 > 52 }
        let half = all.map(\.length).filter { $0 <= 52 }
        #expect(abs(Double(half.count) / Double(all.count) - 0.05) < 0.012)
        let mean = Double(full.reduce(0, +)) / Double(full.count)
        // Rounding down takes half a step off.
        #expect(abs(mean - 69.5) < 0.3)
        let variance = full.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(full.count)
        #expect(abs(variance.squareRoot() - 5) < 0.3)
        #expect(all.allSatisfy { $0.learningRateScale == Double($0.length) / 70 })
        #expect(all.allSatisfy { (5...95).contains($0.length) })
    }

    @Test func lengthsFollowSeedAndEpoch() throws {
        func lengths(seed: UInt64, epoch number: Int) throws -> [Int] {
            var batches = try ContiguousBatches(tokens(5000), rowCount: 1, windowLength: 30, truncation: .variable(seed: seed))
            for _ in 0..<number { batches.startNextEpoch() }
            return try epoch(&batches).map(\.length)
        }
        #expect(try lengths(seed: 1, epoch: 2) == lengths(seed: 1, epoch: 2))
        #expect(try lengths(seed: 1, epoch: 2) != lengths(seed: 2, epoch: 2))
        #expect(try lengths(seed: 1, epoch: 2) != lengths(seed: 1, epoch: 1))
    }

    @Test(arguments: [Truncation.fixed, .variable(seed: 5)]) func aRunGoesOnWhereItWasSaved(truncation: Truncation) throws {
        var batches = try ContiguousBatches(tokens(3000), rowCount: 4, windowLength: 35, truncation: truncation)
        batches.startNextEpoch()
        var batch = TokenBatch()
        for _ in 0..<6 { _ = try batches.next(into: &batch) }
        let saved = batches.position
        let rest = try epoch(&batches)
        var resumed = try ContiguousBatches(tokens(3000), rowCount: 4, windowLength: 35, truncation: truncation)
        try resumed.restore(saved)
        #expect(try epoch(&resumed) == rest)
        // At the end of an epoch, too.
        try resumed.restore(batches.position)
        #expect(try epoch(&resumed).isEmpty)
    }

    @Test func foreignPositionsAreRefused() throws {
        var batches = try ContiguousBatches(tokens(3000), rowCount: 4, windowLength: 35, truncation: .variable(seed: 5))
        var batch = TokenBatch()
        for _ in 0..<6 { _ = try batches.next(into: &batch) }
        let saved = batches.position
        var wrong: [BatchPosition] = []
        for change: (inout BatchPosition) -> Void in [
            { $0.offset += 1 }, { $0.window += 1 }, { $0.epoch += 2 }, { $0.epoch = -1 }, { $0.window = -1 }, { $0.offset = -1 },
            { $0.rowCount = 5 }, { $0.rowLength -= 1 }, { $0.window = .max }, { $0.offset = .max },
        ] {
            var position = saved
            change(&position)
            wrong.append(position)
        }
        for position in wrong {
            #expect(throws: DatasetError.positionMismatch(saved: position, rowCount: 4, rowLength: 750)) {
                try batches.restore(position)
            }
        }
        var fixed = try ContiguousBatches(tokens(3000), rowCount: 4, windowLength: 35)
        #expect(throws: DatasetError.self) { try fixed.restore(saved) }
        #expect(throws: DatasetError.self) {
            try fixed.restore(BatchPosition(epoch: 0, window: .max, offset: 749, rowCount: 4, rowLength: 750))
        }
        try fixed.restore(BatchPosition(epoch: 0, window: 2, offset: 70, rowCount: 4, rowLength: 750))
    }
}
