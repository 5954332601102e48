import SequiturDatasets
import Testing

@Suite struct LengthBatchesTests {
    private func epoch(_ batches: inout LengthBatches) -> [[Int]] {
        var found: [[Int]] = []
        while let batch = batches.next() { found.append(batch) }
        return found
    }

    @Test(arguments: [(1000, 32), (7, 32), (1, 1), (64, 8)]) func everyExampleComesOnceAnEpoch(count: Int, size: Int) {
        let sizes = (0..<count).map { $0 * 37 % 50 + 1 }
        var batches = LengthBatches(sizes: sizes, batchSize: size, seed: 3)
        let first = epoch(&batches)
        #expect(first.joined().sorted() == Array(0..<count) && first.allSatisfy { (1...size).contains($0.count) })
        #expect(batches.epochProgress == 1)
        batches.startNextEpoch()
        #expect(batches.epochProgress == 0)
        let second = epoch(&batches)
        #expect(second.joined().sorted() == Array(0..<count))
        if count > 10 { #expect(first != second) }
    }

    @Test func littleIsPadding() {
        let sizes = (0..<2000).map { $0 * 7919 % 100 + 1 }
        var batches = LengthBatches(sizes: sizes, batchSize: 16, seed: 1)
        let padded = epoch(&batches).map { batch in batch.count * batch.map { sizes[$0] }.max()! }.reduce(0, +)
        #expect(Double(padded) < 1.05 * Double(sizes.reduce(0, +)))
    }

    /// Batches as they are drawn hold examples of all sizes.
    @Test func sizesMayMeet() {
        let sizes = (0..<2000).map { $0 * 7919 % 100 + 1 }
        var batches = LengthBatches(sizes: sizes, batchSize: 16, pool: 1, seed: 1)
        let found = epoch(&batches), padded = found.map { batch in batch.count * batch.map { sizes[$0] }.max()! }.reduce(0, +)
        #expect(found.joined().sorted() == Array(0..<2000) && Double(padded) > 1.7 * Double(sizes.reduce(0, +)))
    }

    @Test func tokensLimitABatch() {
        let sizes = [50, 3, 4, 5, 6, 7, 200, 8]
        for batch in LengthBatches.inOrder(sizes: sizes, batchSize: 4, maximumSize: 20) {
            #expect(batch.count == 1 || batch.count * batch.map { sizes[$0] }.max()! <= 20)
        }
        #expect(LengthBatches.inOrder(sizes: sizes, batchSize: 4, maximumSize: 20).joined().sorted() == Array(0..<8))
        #expect(LengthBatches.inOrder(sizes: [], batchSize: 4).isEmpty)
    }

    @Test func goesOnWhereItStood() throws {
        let sizes = (0..<100).map { $0 % 9 + 1 }
        var whole = LengthBatches(sizes: sizes, batchSize: 8, seed: 5)
        _ = epoch(&whole)
        whole.startNextEpoch()
        _ = whole.next()
        var other = LengthBatches(sizes: sizes, batchSize: 8, seed: 5)
        try other.restore(epoch: whole.epoch, batch: whole.batch)
        #expect(epoch(&whole) == epoch(&other))
        #expect(throws: DatasetError.self) { try other.restore(epoch: 0, batch: 1000) }
        #expect(throws: DatasetError.self) { try other.restore(epoch: -1, batch: 0) }
    }
}
