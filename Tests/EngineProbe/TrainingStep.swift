import CSequiturAllocationCounter
import CSequiturKernels
import SequiturLayers
import SequiturTensors

enum TrainingStep {
    /// Prints, for steps after the first few: allocations of the heap, requests and misses of the engine's cache, growth of
    /// the memory in use, and how many products were made anew.
    static func measure() {
        Engine.requestedThreads = 2
        Engine.run {
            withContext(.training, precision: .auto) {
                let model = SmallModel(vocabulary: 211, width: 48), list = model.parameters()
                func step(_ index: Int) {
                    withContext(random: RandomStream(seed: 1).split(index)) {
                        let (_, gradients) = valueWithGradients(of: list) { model.loss(steps: 20, rows: 8) }
                        model.update(gradients.clipped(toNorm: 1), rate: 0.1)
                    }
                }
                for index in 0..<5 { step(index) }
                let measured = 20
                let before = Memory.statistics, heapBefore = sequitur_allocation_count(), madeBefore = productsMade()
                for index in 0..<measured { step(5 + index) }
                let heapAfter = sequitur_allocation_count(), after = Memory.statistics
                print("heap", (Int(heapAfter) - Int(heapBefore)) / measured)
                print("requests", (after.requests - before.requests) / measured)
                print("misses", after.misses - before.misses)
                print("growth", after.bytesInUse - before.bytesInUse)
                print("products", productsMade() - madeBefore)
                print("counted", heapBefore > 0 ? 1 : 0)
            }
        }
    }

    private static func productsMade() -> Int {
        var cached: Int64 = 0, made: Int64 = 0
        sequitur_matrix_product_statistics(&cached, &made)
        return Int(made)
    }
}
