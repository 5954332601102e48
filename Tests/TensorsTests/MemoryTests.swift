import CSequiturKernels
import SequiturTensors
import SequiturTestSupport
import Testing

/// The allocator's own functions, away from what other tests allocate meanwhile.
@Suite struct MemoryTests {
    /// In a process of its own: one training step after another of a two-layer LSTM language model.
    @Test func aTrainingStepMissesTheCacheNever() throws {
        let found = try EngineProbe.measurements(["step"])
        #expect(found["misses"] == 0)
        #expect(found["growth"] == 0)
        #expect(found["products"] == 0)
        #expect(try #require(found["requests"]) > 50)
    }

    @Test func heapAllocationsOfATrainingStepAreBounded() throws {
        let found = try EngineProbe.measurements(["step"])
        guard found["counted"] == 1 else { return }
        #expect(try #require(found["heap"]) <= 2_500)
    }

    @Test func blocksAreAlignedAndHoldWhatWasAskedFor() {
        for bytes: Int64 in [0, 1, 63, 64, 65, 1_000, 1_024, 1_025, 2_048, 2_049, 100_000, 5 << 20] {
            var capacity: Int64 = 0
            let block = sequitur_allocate(bytes, &capacity)
            #expect(block != nil)
            #expect(UInt(bitPattern: block) % 64 == 0)
            // A large block may be one of up to twice the size that was free.
            let most = bytes < 256 << 10 ? bytes + bytes / 8 + 64 : 2 * (bytes + bytes / 8)
            #expect(capacity >= bytes && capacity <= most)
            if let block { block.initializeMemory(as: UInt8.self, repeating: 0xA5, count: Int(capacity)) }
            sequitur_release(block, capacity)
        }
        var capacity: Int64 = 0
        #expect(sequitur_allocate(-1, &capacity) == nil)
        #expect(sequitur_allocate(.max, &capacity) == nil)
    }

    /// Batches of other lengths find blocks of a like size. No other test asks for as much; none of it is touched.
    @Test func aLargerBlockDoesWhereNoneFits() {
        var capacity: Int64 = 0
        let large = sequitur_allocate(3 << 29, &capacity), whole = capacity
        sequitur_release(large, capacity)
        let smaller = sequitur_allocate(1 << 30, &capacity)
        #expect(smaller == large && capacity == whole)
        sequitur_release(smaller, capacity)
        let muchSmaller = sequitur_allocate(1 << 29, &capacity)
        #expect(muchSmaller != large && capacity < whole)
        sequitur_release(muchSmaller, capacity)
        sequitur_memory_trim()
    }
}
