import SequiturLayers
import SequiturTensors

/// The most memory that attention holds, both directions, at one length and at twice and four times that.
enum AttentionMemory {
    static func measure() {
        Engine.run {
            for length in [1024, 2048, 4096] {
                let x = (0..<3).map { Tensor.normal([length, 1, 32], from: RandomStream(seed: 3).split($0)) }
                let before = Memory.statistics.bytesInUse
                Memory.resetPeak()
                _ = valueWithGradients(of: x) {
                    $0[0].attention(keys: $0[1], values: $0[2], heads: 2, pattern: AttentionPattern(isCausal: true)).sum()
                }
                print("peak_\(length)", Memory.statistics.peakBytes - before)
            }
        }
    }
}
