import SequiturDatasets
import Testing

@Suite struct EvaluationBatchesTests {
    /// Every target once, each with the token before it as its input, rows in order, nothing else scored.
    @Test(arguments: [1, 2, 3, 4, 7, 10, 11, 64, 1000], [1, 3, 35])
    func everyTokenIsScoredOnce(rowCount: Int, windowLength: Int) throws {
        for count in [1, 2, 3, 10, 11, 12, 65, 100] {
            let tokens = try MemoryTokens((0..<count).map { Int32($0 + 1) }, vocabularySize: count + 1)
            for startToken in [nil, 0] as [Int32?] where count > 1 || startToken != nil {
                var batches = try EvaluationBatches(
                    tokens, rowCount: rowCount, windowLength: windowLength, startToken: startToken)
                let first: Int32 = startToken == nil ? 2 : 1
                #expect(batches.targetCount == count - (startToken == nil ? 1 : 0))
                #expect(batches.rowCount == min(rowCount, batches.targetCount))
                var rows = [[Int32]](repeating: [], count: batches.rowCount)
                var batch = TokenBatch()
                var windowCount = 0
                while try batches.next(into: &batch) {
                    #expect(batch.isFirst == (windowCount == 0))
                    windowCount += 1
                    #expect(batch.length <= windowLength)
                    #expect(batch.targetCount == batch.targets.count { $0 != TokenBatch.ignored })
                    for step in 0..<batch.length {
                        for row in rows.indices {
                            let position = step * batches.rowCount + row
                            guard batch.targets[position] != TokenBatch.ignored else { continue }
                            #expect(batch.inputs[position] == batch.targets[position] - 1)
                            rows[row].append(batch.targets[position])
                        }
                    }
                }
                #expect(windowCount == batches.windowCount)
                #expect(rows.flatMap(\.self) == Array(first...Int32(count)))
                #expect((rows.map(\.count).max() ?? 0) - (rows.map(\.count).min() ?? 0) <= 1)
                #expect(rows.allSatisfy { !$0.isEmpty })
            }
        }
    }

    /// A network without memory gives the same perplexity for every batch size and window length.
    @Test func theSumDoesNotDependOnTheBatchSize() throws {
        let tokens = try MemoryTokens((0..<997).map { Int32(($0 * $0 + 3) % 50) }, vocabularySize: 50)
        func sum(rowCount: Int, windowLength: Int) throws -> Int {
            var batches = try EvaluationBatches(tokens, rowCount: rowCount, windowLength: windowLength, startToken: 7)
            var batch = TokenBatch()
            var sum = 0
            while try batches.next(into: &batch) {
                for (input, target) in zip(batch.inputs, batch.targets) where target >= 0 { sum += Int(input) * 53 + Int(target) }
            }
            return sum
        }
        let expected = try sum(rowCount: 1, windowLength: 997)
        for (rowCount, windowLength) in [(1, 10), (10, 35), (32, 64), (996, 1), (5000, 5)] {
            #expect(try sum(rowCount: rowCount, windowLength: windowLength) == expected)
        }
    }

    @Test func restarts() throws {
        let tokens = try MemoryTokens([0, 1, 2, 3, 4], vocabularySize: 5)
        var batches = try EvaluationBatches(tokens, rowCount: 2, windowLength: 1)
        var first = TokenBatch()
        var again = TokenBatch()
        #expect(try batches.next(into: &first))
        while try batches.next(into: &again) {}
        batches.restart()
        #expect(try batches.next(into: &again))
        #expect(first == again)
        #expect(first.inputs == [0, 2])
        #expect(first.targets == [1, 3])
    }

    @Test func textWithoutTargetsIsRefused() throws {
        for count in [0, 1] {
            let tokens = try MemoryTokens([Int32](repeating: 0, count: count), vocabularySize: 1)
            #expect(throws: DatasetError.tooFewTokens(count: count, minimum: 2)) {
                try EvaluationBatches(tokens, rowCount: 1, windowLength: 1)
            }
        }
        let empty = try MemoryTokens([], vocabularySize: 1)
        #expect(throws: DatasetError.tooFewTokens(count: 0, minimum: 1)) {
            try EvaluationBatches(empty, rowCount: 1, windowLength: 1, startToken: 0)
        }
        let tokens = try MemoryTokens([0, 0], vocabularySize: 1)
        #expect(throws: DatasetError.idOutOfRange(1, position: 0, vocabularySize: 1)) {
            try EvaluationBatches(tokens, rowCount: 1, windowLength: 1, startToken: 1)
        }
    }
}
