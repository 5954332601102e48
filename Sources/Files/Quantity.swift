/// Numbers as people read them, without a locale: a decimal point, three significant digits.
public enum Quantity {
    /// `value` with `digits` digits after the point: `fixed(1.5, 3)` is `1.500`.
    public static func fixed(_ value: Double, _ digits: Int) -> String {
        precondition((0...15).contains(digits), "Quantity.fixed: \(digits) digits")
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 1e15 else { return String(value) }
        let whole = Int(scaled) / Int(scale)
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return sign + String(whole) }
        let fraction = String(Int(scaled) % Int(scale))
        return "\(sign)\(whole)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// Three significant digits: `0.00200`, `0.250`, `1.00`, `30.0`, and `1.23e-05` below 0.0001.
    public static func significant(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return fixed(value, 0) }
        var exponent = 0, mantissa = abs(value)
        while mantissa >= 9.995 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 0.9995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        if (-4...5).contains(exponent) { return fixed(value, max(0, 2 - exponent)) }
        let digits = String(abs(exponent))
        return fixed(value < 0 ? -mantissa : mantissa, 2) + "e" + (exponent < 0 ? "-" : "+") + (digits.count < 2 ? "0" : "")
            + digits
    }

    /// As few digits as tell it: `0.002`, `0.5`, `2`.
    public static func shortest(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    }

    /// A whole number with its thousands apart: `1,234,567`.
    public static func grouped(_ value: Int) -> String {
        let digits = Array(String(value.magnitude)), first = digits.count % 3
        var groups = first > 0 ? [String(digits[..<first])] : []
        for start in stride(from: first, to: digits.count, by: 3) { groups.append(String(digits[start..<(start + 3)])) }
        return (value < 0 ? "-" : "") + groups.joined(separator: ",")
    }

    /// Three significant digits and a thousands' letter: `950`, `1.23k`, `45.6M`, `7.89G`.
    public static func count(_ value: Double) -> String {
        scaled(value, by: 1000, units: ["", "k", "M", "G", "T", "P"])
    }

    /// Bytes with binary units: `512 B`, `1.50 KiB`, `2.25 GiB`.
    public static func bytes(_ count: Int) -> String {
        scaled(Double(count), by: 1024, units: [" B", " KiB", " MiB", " GiB", " TiB", " PiB"])
    }

    /// A rate: `12.3k tokens/s`.
    public static func rate(_ value: Double, of unit: String) -> String { "\(count(value)) \(unit)/s" }

    /// Minutes and seconds, hours where there are any, days where there are many: `0:07`, `12:34`, `1:02:03`, `2d 1:02:03`.
    public static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
        let total = Int(seconds)
        let (days, hours, minutes) = (total / 86400, total / 3600 % 24, total / 60 % 60)
        let tail = ":" + twoDigits(total % 60)
        if days > 0 { return "\(days)d \(hours):\(twoDigits(minutes))\(tail)" }
        return hours > 0 ? "\(hours):\(twoDigits(minutes))\(tail)" : "\(minutes)\(tail)"
    }

    private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }

    private static func scaled(_ value: Double, by base: Double, units: [String]) -> String {
        guard value.isFinite else { return fixed(value, 0) + units[0] }
        var value = value
        var unit = 0
        // 999.5 would be rounded to four digits.
        while abs(value) >= (base == 1000 ? 999.5 : base), unit < units.count - 1 {
            value /= base
            unit += 1
        }
        let isWhole = unit == 0 && value == value.rounded()
        let digits = isWhole ? 0 : abs(value) < 9.995 ? 2 : abs(value) < 99.95 ? 1 : 0
        return fixed(value, digits) + units[unit]
    }
}
