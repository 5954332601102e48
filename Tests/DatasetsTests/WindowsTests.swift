import SequiturDatasets
import Testing

@Suite struct WindowsTests {
    private func counting(_ count: Int) throws -> MemoryTokens {
        try MemoryTokens((0..<count).map { Int32($0 + 1) }, vocabularySize: count + 1)
    }

    // MARK: Overlapping windows

    /// Every target once, with the token before it as its input, and half a window before that but at the beginning.
    @Test(arguments: [1, 2, 3, 7], [1, 2, 3, 8, 35])
    func everyTokenIsScoredOnce(rowCount: Int, windowLength: Int) throws {
        for count in [1, 2, 3, 8, 9, 10, 16, 17, 65, 100] {
            for startToken in [nil, 0] as [Int32?] where count > 1 || startToken != nil {
                var windows = try OverlappingWindows(
                    counting(count), rowCount: rowCount, windowLength: windowLength, startToken: startToken)
                let first: Int32 = startToken == nil ? 2 : 1
                #expect(windows.targetCount == count - Int(first) + 1)
                var scored: [Int32] = [], batch = TokenBatch()
                while try windows.next(into: &batch) {
                    #expect(batch.isFirst && batch.length <= windowLength && batch.rowCount == windows.rowCount)
                    #expect(batch.targetCount == batch.targets.count { $0 != TokenBatch.ignored })
                    for row in 0..<batch.rowCount {
                        for step in 0..<batch.length {
                            let place = step * batch.rowCount + row
                            guard batch.targets[place] != TokenBatch.ignored else { continue }
                            #expect(batch.inputs[place] == batch.targets[place] - 1)
                            #expect(step + 1 >= windowLength - windowLength / 2 || Int(batch.targets[place] - first) == step)
                            scored.append(batch.targets[place])
                        }
                    }
                }
                #expect(scored == Array(first...Int32(count)))
            }
        }
    }

    @Test func whatCannotBeScoredIsRefused() throws {
        let one = try counting(1)
        #expect(throws: DatasetError.tooFewTokens(count: 1, minimum: 2)) {
            try OverlappingWindows(one, rowCount: 1, windowLength: 4)
        }
        #expect(throws: DatasetError.self) { try OverlappingWindows(one, rowCount: 0, windowLength: 4, startToken: 0) }
        #expect(throws: DatasetError.self) { try OverlappingWindows(one, rowCount: 1, windowLength: 0, startToken: 0) }
        #expect(throws: DatasetError.self) { try OverlappingWindows(one, rowCount: 1, windowLength: 4, startToken: 9) }
    }

    // MARK: Shuffled windows

    private func epoch(_ windows: inout ShuffledWindows) throws -> [[Int32]] {
        var rows: [[Int32]] = [], batch = TokenBatch()
        while try windows.next(into: &batch) {
            #expect(batch.targetCount == batch.rowCount * batch.length)
            for row in 0..<batch.rowCount {
                let places = (0..<batch.length).map { $0 * batch.rowCount + row }
                #expect(places.allSatisfy { batch.targets[$0] == batch.inputs[$0] + 1 })
                rows.append(places.map { batch.inputs[$0] })
            }
        }
        return rows
    }

    /// An epoch reads neighbouring tokens, each at most once and all but for the ends, in another order every time.
    @Test func anEpochReadsEveryWindowOnce() throws {
        var windows = try ShuffledWindows(counting(1000), rowCount: 3, windowLength: 16, seed: 4)
        var orders: [[Int32]] = []
        for _ in 0..<4 {
            #expect(windows.epochProgress == 0)
            let rows = try epoch(&windows)
            #expect(windows.epochProgress == 1 && rows.count == windows.batchCount * 3)
            #expect(rows.allSatisfy { row in row.count == 16 && zip(row, row.dropFirst()).allSatisfy { $0 + 1 == $1 } })
            let tokens = rows.flatMap(\.self)
            #expect(Set(tokens).count == tokens.count && tokens.count > 1000 - 5 * 16)
            orders.append(tokens)
            windows.startNextEpoch()
        }
        #expect(Set(orders).count == 4 && orders.allSatisfy { $0 != $0.sorted() })
    }

    @Test func goesOnWhereItWas() throws {
        var whole = try ShuffledWindows(counting(500), rowCount: 2, windowLength: 8, seed: 9), batch = TokenBatch()
        _ = try epoch(&whole)
        whole.startNextEpoch()
        for _ in 0..<5 { _ = try whole.next(into: &batch) }
        var other = try ShuffledWindows(counting(500), rowCount: 2, windowLength: 8, seed: 9)
        try other.restore(epoch: whole.epoch, batch: whole.batch)
        #expect(try epoch(&other) == epoch(&whole))
        for (epoch, place) in [(-1, 0), (0, -1), (1, 10_000)] {
            #expect(throws: DatasetError.self) { try other.restore(epoch: epoch, batch: place) }
        }
    }

    @Test func aTextTooShortIsRefused() throws {
        #expect(throws: DatasetError.tooFewWindows(tokenCount: 47, needed: 48, batchSize: 2, windowLength: 16)) {
            try ShuffledWindows(counting(47), rowCount: 2, windowLength: 16, seed: 1)
        }
        var fits = try ShuffledWindows(counting(48), rowCount: 2, windowLength: 16, seed: 1), batch = TokenBatch()
        for _ in 0..<50 {
            #expect(try fits.next(into: &batch))
            fits.startNextEpoch()
        }
    }
}
