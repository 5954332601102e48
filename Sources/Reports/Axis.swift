import SequiturFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An axis: where values stand on it, and the round ones that are named.
package struct Axis {
    package struct Tick: Equatable {
        package let value: Double
        package let label: String
    }

    private let low: Double
    private let high: Double
    private let isLogarithmic: Bool
    package let ticks: [Tick]

    /// - Parameters:
    ///   - values: those to be shown; what is not finite, or not positive on a logarithmic axis, has no place.
    ///   - count: about how many ticks there are to be.
    ///   - isTight: whether the axis ends with the values instead of at ticks.
    /// - Returns: nil where no value has a place.
    package init?(_ values: [Double], count: Int = 5, isTight: Bool = false, isLogarithmic: Bool = false) {
        // Differences of what is larger are not finite, and steps between what is smaller are zero.
        let shown = values.lazy.map { abs($0) < 1e-290 ? 0 : $0 }.filter { abs($0) < 1e300 && (!isLogarithmic || $0 > 0) }
        guard let least = shown.min(), let most = shown.max() else { return nil }
        self.isLogarithmic = isLogarithmic
        if isLogarithmic {
            (low, high, ticks) = Self.logarithmic(least, most, count)
        } else {
            (low, high, ticks) = Self.linear(least, most, count, isTight)
        }
    }

    /// Where `value` stands, 0 … 1; nil where it has no place.
    package func position(_ value: Double) -> Double? {
        guard value.isFinite, !isLogarithmic || value > 0 else { return nil }
        let place = isLogarithmic ? (log(value) - log(low)) / (log(high) - log(low)) : (value - low) / (high - low)
        return place.isFinite ? min(max(place, 0), 1) : nil
    }

    /// Steps of 1, 2 or 5 times a power of ten.
    private static func linear(_ least: Double, _ most: Double, _ count: Int, _ isTight: Bool) -> (Double, Double, [Tick]) {
        var (least, most) = (least, most)
        // Values that are equal, but for rounding, stand in the middle.
        if most - least <= 1e-9 * max(abs(least), abs(most)) {
            let room = least == 0 ? 1 : abs(least) / 2
            (least, most) = (least - room, most + room)
        }
        let step = roundStep((most - least) / Double(count))
        let firstTick = isTight ? (least / step).rounded(.up) : (least / step).rounded(.down)
        let lastTick = isTight ? (most / step).rounded(.down) : (most / step).rounded(.up)
        let number = max(0, Int(lastTick - firstTick))
        let values = (0...number).map { (firstTick + Double($0)) * step }
        let ticks = values.map {
            Tick(value: $0 == 0 ? 0 : $0, label: label($0, step: step, largest: max(abs(least), abs(most))))
        }
        return isTight ? (least, most, ticks) : (firstTick * step, lastTick * step, ticks)
    }

    /// Powers of ten, and 2 and 5 times them where there are few.
    private static func logarithmic(_ least: Double, _ most: Double, _ count: Int) -> (Double, Double, [Tick]) {
        let bottom = Int(log10(least).rounded(.down)), top = Int(log10(most).rounded(.up))
        let decades = max(1, top - bottom)
        let factors: [Double] = decades <= 2 ? [1, 2, 5] : [1]
        let every = max(1, (decades + count - 1) / count)
        let all = (bottom...(bottom + decades)).flatMap { exponent in
            factors.filter { _ in (exponent - bottom) % every == 0 }.map { $0 * pow(10, Double(exponent)) }
        }
        // From the tick below the values to the one above them.
        let first = all.lastIndex { $0 <= least * (1 + 1e-12) } ?? 0
        var last = all.firstIndex { $0 >= most * (1 - 1e-12) } ?? all.count - 1
        if last == first { last = min(first + 1, all.count - 1) }
        let kept = Array(all[min(first, last)...last])
        let ticks = kept.map { Tick(value: $0, label: label($0, step: $0, largest: $0)) }
        let (low, high) = (kept[0], max(kept[kept.count - 1], most))
        return high > low ? (low, high, ticks) : (low / 2, high * 2, ticks)
    }

    /// The least of 1, 2, 5 times a power of ten that is at least `width`.
    static func roundStep(_ width: Double) -> Double {
        let power = pow(10, log10(width).rounded(.down))
        for factor in [1.0, 2, 5] where factor * power >= width * (1 - 1e-9) { return factor * power }
        return 10 * power
    }

    /// A tick's value with as many digits as tell it from its neighbours: `0.25`, `1.5`, `20k`, `3e-05`.
    private static func label(_ value: Double, step: Double, largest: Double) -> String {
        guard value != 0 else { return "0" }
        let units: [(Double, String)] = [(1e9, "G"), (1e6, "M"), (1e4, "k")]
        if largest >= 1e13 || step < 1e-4 || largest / step > 1e12 { return scientific(value, step: step) }
        for (limit, letter) in units where largest >= limit {
            let unit = letter == "k" ? 1e3 : limit
            return Quantity.fixed(value / unit, digits(of: step / unit)) + letter
        }
        return Quantity.fixed(value, digits(of: step))
    }

    /// Digits after the point that a multiple of `step` needs.
    private static func digits(of step: Double) -> Int { max(0, min(12, Int(-(log10(step) + 1e-9).rounded(.down)))) }

    private static func scientific(_ value: Double, step: Double) -> String {
        var exponent = Int(log10(abs(value)).rounded(.down))
        var mantissa = value / pow(10, Double(exponent))
        if abs(mantissa) >= 9.9999999 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        let digits = digits(of: step / pow(10, Double(exponent)))
        return Quantity.fixed(mantissa, min(digits, 6)) + "e\(exponent)"
    }
}
