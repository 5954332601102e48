import SequiturTensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// T queries, S keys, B sequences, H heads

/// What is added to the scores of attention by how far a key stands from its query (Raffel et al. 2020), one table for all layers:
///
///     bias[h, i, j] = W[bucket(j − i), h]
///
/// Near distances have a bucket each, up to half of those of a direction; the others share the rest by the logarithm of the distance,
/// and from `reach` on all fall into the last one. In both directions half of the buckets are for keys behind the query; where keys
/// behind it are not seen, all are for those before.
/// - Shape: weight [buckets, H] → [1, H, T, S], or [B, H, T, S] where sequences have read different lengths.
///
/// Weights begin normal with deviation 0.02.
///
///     let relative = RelativePositions(heads: 4, isCausal: true, random: RandomStream(seed: 1))
///     let pattern = AttentionPattern(isCausal: true, bias: relative(queries: 6, keys: 6))
public final class RelativePositions: Module {
    public let weight: Parameter
    public let isCausal: Bool
    /// The distance from which on all are the same.
    public let reach: Int

    public init(heads: Int, buckets: Int = 32, reach: Int = 128, isCausal: Bool, random: RandomStream) {
        precondition(
            heads > 0 && Self.isPossible(buckets: buckets, reach: reach),
            "RelativePositions: \(buckets) buckets up to a distance of \(reach) for \(heads) heads")
        weight = Parameter(.normal([buckets, heads], deviation: 0.02, from: random.split("weight")))
        self.isCausal = isCausal
        self.reach = reach
    }

    /// Whether so many buckets can be shared out up to that distance in both directions.
    public static func isPossible(buckets: Int, reach: Int) -> Bool { buckets >= 4 && reach > buckets / 2 }

    /// - Parameter offsets: positions that each sequence has read before the first query; 0 where there are none.
    public func callAsFunction(queries: Int, keys: Int, offsets: [Int] = []) -> Tensor {
        let first = offsets.first ?? 0, starts = offsets.allSatisfy { $0 == first } ? [first] : offsets
        // Buckets of the distances −(last query) … last key.
        let least = -((starts.max() ?? 0) + max(0, queries - 1))
        let buckets = (least..<max(keys, least + 1)).map { Int32(bucket(of: $0)) }
        var ids: [Int32] = []
        ids.reserveCapacity(starts.count * queries * keys)
        for start in starts {
            for query in 0..<queries {
                let from = -(start + query) - least
                ids += buckets[from..<(from + keys)]
            }
        }
        return weight().rows(Tensor(ids, shape: [starts.count, queries, keys])).transposed([0, 3, 1, 2])
    }

    /// The bucket of a key that stands `distance` positions behind its query, before it where negative.
    func bucket(of distance: Int) -> Int {
        let all = weight.shape[0], count = isCausal ? all : all / 2
        let start = !isCausal && distance > 0 ? count : 0
        let away = isCausal ? max(0, -distance) : abs(distance), exact = count / 2
        if away < exact { return start + away }
        // In float32, as models were trained.
        let share = Float(log(Double(Float(away) / Float(exact)))) / Float(log(Double(reach) / Double(exact)))
        return start + min(count - 1, exact + Int(share * Float(count - exact)))
    }
}
