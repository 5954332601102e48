#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Minimises a smooth function with limited memory (L-BFGS: Nocedal 1980; Liu & Nocedal 1989).
///
///     x ← x − t · H ∇f(x)
///
/// H approximates the inverse Hessian from the last `memory` changes of x and of the gradient. The step t meets the weak Wolfe conditions,
/// found by bisection (Lewis & Overton 2013). Changes are kept in single precision, which does not limit how exact the minimum is.
package struct LBFGS {
    package var memory: Int
    package var maximumIterations: Int
    /// Ends where no element of the gradient is greater.
    package var gradientTolerance: Double
    /// Ends where ten iterations together lowered f by a smaller share; 0 never does.
    package var improvementTolerance: Double

    package init(
        memory: Int = 7, maximumIterations: Int = 500, gradientTolerance: Double = 1e-6, improvementTolerance: Double = 0
    ) {
        self.memory = memory
        self.maximumIterations = maximumIterations
        self.gradientTolerance = gradientTolerance
        self.improvementTolerance = improvementTolerance
    }

    package struct Outcome: Equatable {
        package var value: Double
        package var iterations: Int
    }

    /// - Parameters:
    ///   - point: where to begin, then the minimum.
    ///   - isInterrupted: asked before every evaluation.
    ///   - objective: f at a point; writes the gradient over its second argument.
    /// - Throws: `CancellationError` where it is interrupted.
    package func minimize(
        _ point: inout [Double], isInterrupted: () -> Bool = { false }, _ objective: ([Double], inout [Double]) -> Double
    ) throws -> Outcome {
        let count = point.count
        var gradient = [Double](repeating: 0, count: count), direction = gradient
        var value = objective(point, &gradient), values = [value]
        var history: [Change] = [], iteration = 0
        while iteration < maximumIterations, gradient.contains(where: { abs($0) > gradientTolerance }) {
            Self.descend(&direction, gradient, history)
            var slope = Self.dot(direction, gradient)
            if slope >= 0 {
                // Rounding spoiled the approximation: begin with the gradient again.
                history.removeAll()
                Self.descend(&direction, gradient, history)
                slope = Self.dot(direction, gradient)
            }
            var low = 0.0, high = Double.infinity
            var step = history.isEmpty ? min(1, 1 / sqrt(-slope)) : 1
            var next = point, nextGradient = gradient, nextValue = value, isFound = false
            for _ in 0..<40 {
                if isInterrupted() { throw CancellationError() }
                for index in 0..<count { next[index] = point[index] + step * direction[index] }
                nextValue = objective(next, &nextGradient)
                if !(nextValue <= value + 1e-4 * step * slope) {
                    high = step
                } else if Self.dot(nextGradient, direction) < 0.9 * slope {
                    low = step
                } else {
                    isFound = true
                    break
                }
                step = high.isFinite ? (low + high) / 2 : 2 * low
            }
            // Where no step lowers f any more, rounding is all that is left.
            guard isFound || nextValue < value else { break }
            iteration += 1
            if let change = Change(from: point, to: next, gradient, nextGradient) {
                if history.count == memory { history.removeFirst() }
                history.append(change)
            }
            swap(&point, &next)
            swap(&gradient, &nextGradient)
            value = nextValue
            values.append(value)
            if values.count > 10, values[values.count - 11] - value < improvementTolerance * abs(value) { break }
        }
        return Outcome(value: value, iterations: iteration)
    }

    /// s = Δx, y = Δ∇f.
    private struct Change {
        let point, gradient: [Float]
        let product: Double  // s · y
        let scale: Double  // s · y / y · y

        /// Nil where the curvature is lost in rounding.
        init?(from start: [Double], to end: [Double], _ startGradient: [Double], _ endGradient: [Double]) {
            point = start.indices.map { Float(end[$0] - start[$0]) }
            gradient = start.indices.map { Float(endGradient[$0] - startGradient[$0]) }
            product = zip(point, gradient).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            let square = gradient.reduce(0) { $0 + Double($1) * Double($1) }
            guard product > 1e-30, square > 1e-30 else { return nil }
            scale = product / square
        }
    }

    /// direction = −H · gradient, by the two loops of Nocedal (1980).
    private static func descend(_ direction: inout [Double], _ gradient: [Double], _ history: [Change]) {
        for index in gradient.indices { direction[index] = -gradient[index] }
        guard let last = history.last else { return }
        var shares: [Double] = []
        for change in history.reversed() {
            let share = dot(direction, change.point) / change.product
            shares.append(share)
            add(-share, change.gradient, to: &direction)
        }
        for index in direction.indices { direction[index] *= last.scale }
        for (change, share) in zip(history, shares.reversed()) {
            add(share - dot(direction, change.gradient) / change.product, change.point, to: &direction)
        }
    }

    /// Four sums at a time, in the same order on every machine.
    private static func dot<Scalar: BinaryFloatingPoint>(_ left: [Double], _ right: [Scalar]) -> Double {
        var (first, second, third, fourth) = (0.0, 0.0, 0.0, 0.0), index = 0
        while index + 4 <= left.count {
            first += left[index] * Double(right[index])
            second += left[index + 1] * Double(right[index + 1])
            third += left[index + 2] * Double(right[index + 2])
            fourth += left[index + 3] * Double(right[index + 3])
            index += 4
        }
        while index < left.count {
            first += left[index] * Double(right[index])
            index += 1
        }
        return (first + second) + (third + fourth)
    }

    private static func add(_ factor: Double, _ values: [Float], to sum: inout [Double]) {
        for index in sum.indices { sum[index] += factor * Double(values[index]) }
    }
}
