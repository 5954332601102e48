#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// T steps, K tags

/// The weights between neighbours of a linear chain in double precision, and the sums over its sequences of one sentence at a time.
///
/// Sums run over probabilities that are scaled to 1 at every step (Rabiner 1989): exponentials are taken of single scores alone, and the
/// work of K² is in products that processors do many of at once.
package struct ChainWeights {
    package let count: Int
    package let transitions: [Double]  // [K, K], from row to column
    package let start, end: [Double]
    /// exp(transitions − their greatest), by rows and by columns.
    private let factors, turned: [Double]
    private let greatest: Double

    package init(transitions: [Double], start: [Double], end: [Double]) {
        let count = start.count, greatest = transitions.max() ?? 0
        (self.transitions, self.start, self.end, self.count, self.greatest) = (transitions, start, end, count, greatest)
        let factors = transitions.map { exp($0 - greatest) }
        self.factors = factors
        turned = factors.indices.map { factors[$0 % count * count + $0 / count] }
    }

    /// Sums over the sentences that training has.
    package struct Expectations {
        var logPartition = 0.0
        /// Expected counts of neighbours, before they are multiplied by `factors`; of first and last tags.
        fileprivate(set) var transitions: [Double]
        fileprivate(set) var start, end: [Double]

        init(count: Int) {
            transitions = [Double](repeating: 0, count: count * count)
            start = [Double](repeating: 0, count: count)
            end = start
        }
    }

    /// Replaces the scores of a sentence by the probability of each tag at each step.
    ///
    ///     α_t(j) ∝ exp(scores[t, j]) Σ_i α_{t−1}(i) exp(transitions[i, j])
    ///     β_t(i) ∝ Σ_j exp(transitions[i, j] + scores[t + 1, j]) β_{t+1}(j)
    ///
    /// - Parameter expectations: takes log Z and the expected counts of neighbours.
    /// - Shape: scores [T, K]
    package func marginals(of scores: UnsafeMutableBufferPointer<Double>, _ expectations: inout Expectations?) {
        let steps = scores.count / max(1, count)
        guard steps > 0, let scores = scores.baseAddress else { return }
        // Emissions, alphas, and two rows of betas.
        withUnsafeTemporaryAllocation(of: Double.self, capacity: (2 * steps + 3) * count) { room in
            guard let emissions = room.baseAddress else { return }
            let alphas = emissions + steps * count, betas = alphas + steps * count, products = betas + count
            var logPartition = Double(steps - 1) * greatest
            for step in 0..<steps {
                let row = scores + step * count, emission = emissions + step * count
                var highest = row[0]
                for tag in 1..<max(1, count) { highest = max(highest, row[tag]) }
                for tag in 0..<count { emission[tag] = exp(row[tag] - highest) }
                logPartition += highest
            }
            for step in 0..<steps {
                let alpha = alphas + step * count, emission = emissions + step * count
                if step == 0 {
                    for tag in 0..<count { alpha[tag] = exp(start[tag]) }
                } else {
                    Self.product(alpha - count, factors, into: alpha, count)
                }
                var sum = 0.0
                for tag in 0..<count {
                    alpha[tag] *= emission[tag]
                    sum += alpha[tag]
                }
                let scale = Self.scale(sum)
                for tag in 0..<count { alpha[tag] *= scale }
                logPartition -= log(scale)
            }
            let last = alphas + (steps - 1) * count
            var sum = 0.0
            for tag in 0..<count {
                betas[tag] = exp(end[tag])
                sum += last[tag] * betas[tag]
            }
            let scale = Self.scale(sum)
            logPartition -= log(scale)
            for tag in 0..<count { betas[tag] *= scale }
            for step in (0..<steps).reversed() {
                let alpha = alphas + step * count, row = scores + step * count
                var total = 0.0
                for tag in 0..<count {
                    row[tag] = alpha[tag] * betas[tag]
                    total += row[tag]
                }
                let scale = Self.scale(total)
                for tag in 0..<count { row[tag] *= scale }
                guard step > 0 else { break }
                let emission = emissions + step * count
                for tag in 0..<count { products[tag] = emission[tag] * betas[tag] * scale }
                Self.product(products, turned, into: betas, count)
                let before = alpha - count
                // Σ_i α(i) β(i) is 1 at every step.
                var whole = 0.0
                for tag in 0..<count { whole += before[tag] * betas[tag] }
                let share = Self.scale(whole)
                for tag in 0..<count { betas[tag] *= share }
                expectations?.transitions.withUnsafeMutableBufferPointer { sums in
                    guard let sums = sums.baseAddress else { return }
                    for from in 0..<count {
                        let factor = before[from] * share, row = sums + from * count
                        for tag in 0..<count { row[tag] += factor * products[tag] }
                    }
                }
            }
            if expectations != nil {
                expectations?.logPartition += logPartition
                for tag in 0..<count {
                    expectations?.start[tag] += scores[tag]
                    expectations?.end[tag] += scores[(steps - 1) * count + tag]
                }
            }
        }
    }

    package func marginals(of scores: UnsafeMutableBufferPointer<Double>) {
        var none: Expectations?
        marginals(of: scores, &none)
    }

    /// Expected counts of neighbours from what `marginals` added up.
    package func transitionCounts(_ expectations: Expectations) -> [Double] {
        factors.indices.map { factors[$0] * expectations.transitions[$0] }
    }

    /// 1 / sum; 1 where nothing is left of it.
    private static func scale(_ sum: Double) -> Double { sum > 1e-290 ? 1 / sum : 1 }

    /// row · matrix
    private static func product(
        _ row: UnsafePointer<Double>, _ matrix: [Double], into result: UnsafeMutablePointer<Double>, _ count: Int
    ) {
        for tag in 0..<count { result[tag] = 0 }
        matrix.withUnsafeBufferPointer { matrix in
            guard let matrix = matrix.baseAddress else { return }
            for from in 0..<count {
                let factor = row[from], other = matrix + from * count
                for tag in 0..<count { result[tag] += factor * other[tag] }
            }
        }
    }

    /// score(tags)
    package func score(of tags: ArraySlice<Int32>, _ scores: UnsafePointer<Double>) -> Double {
        guard let first = tags.first, let last = tags.last else { return 0 }
        var sum = start[Int(first)] + end[Int(last)], before: Int?
        for (step, tag) in tags.map(Int.init).enumerated() {
            sum += scores[step * count + tag]
            if let before { sum += transitions[before * count + tag] }
            before = tag
        }
        return sum
    }

    /// The sequence with the highest score; of equal ones the first.
    ///
    /// - Shape: scores [T, K]
    package func bestPath(_ scores: [Double]) -> [Int] {
        let steps = scores.count / max(1, count)
        guard steps > 0 else { return [] }
        var best = zip(start, scores).map { $0 + $1 }
        var origins = [Int32](repeating: 0, count: steps * count)
        for step in 1..<max(1, steps) {
            var next = [Double](repeating: -.infinity, count: count)
            for from in 0..<count {
                for tag in 0..<count where best[from] + transitions[from * count + tag] > next[tag] {
                    next[tag] = best[from] + transitions[from * count + tag]
                    origins[step * count + tag] = Int32(from)
                }
            }
            for tag in 0..<count { next[tag] += scores[step * count + tag] }
            best = next
        }
        var tag = 0
        for other in 0..<count where best[other] + end[other] > best[tag] + end[tag] { tag = other }
        var path = [tag]
        for step in (1..<max(1, steps)).reversed() {
            tag = Int(origins[step * count + tag])
            path.append(tag)
        }
        return path.reversed()
    }
}
