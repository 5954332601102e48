import ArgumentParser
import SequiturFiles

/// Settings whose values have limits beyond their types.
///
/// The checks run after parsing, so that their messages can name the flag, the variable or the line of the recipe that
/// gave the value.
public protocol CheckedSettings: ParsableArguments {
    /// - Throws: `SettingError` for the first value that is out of its limits.
    func check() throws

    /// Keys that do nothing under the other settings' values: `momentum` under `optimizer: adamw`.
    var unused: [UnusedSettings] { get }
}

extension CheckedSettings {
    public func check() throws {}
    public var unused: [UnusedSettings] { [] }
}

/// Keys that do nothing because of another key's value.
public struct UnusedSettings: Sendable {
    public let keys: [String]
    public let because: String
    /// The value of `because`, as it would be written.
    public let value: String

    public init(_ keys: [String], because key: String, is value: String) {
        self.keys = keys
        because = key
        self.value = value
    }
}

extension CheckedSettings {
    /// Refuses a number outside `range`.
    public func check<Value: Comparable & LosslessStringConvertible>(
        _ key: String, _ value: Value?, in range: some RangeExpression<Value>, _ words: String
    ) throws {
        guard let value, !range.contains(value) else { return }
        throw SettingError(key: key, problem: "must be \(words), not \(value)")
    }

    /// Refuses a whole number below `minimum`.
    public func check(_ key: String, _ value: Int?, atLeast minimum: Int) throws {
        try check(key, value, in: minimum..., "at least \(minimum)")
    }

    /// Refuses a number below `minimum`, and infinity and NaN.
    public func check(_ key: String, _ value: Double?, atLeast minimum: Double) throws {
        try check(key, value, in: minimum ... .greatestFiniteMagnitude, "at least \(Quantity.shortest(minimum)) and finite")
    }

    /// Refuses a number that is not above zero, and infinity and NaN.
    public func check(positive key: String, _ value: Double?) throws {
        try check(key, value, in: Double.leastNonzeroMagnitude ... .greatestFiniteMagnitude, "above 0 and finite")
    }

    /// Refuses what is not a probability below one: 0 ≤ value < 1.
    public func check(fraction key: String, _ value: Double?) throws {
        try check(key, value, in: 0..<1, "at least 0 and below 1")
    }
}
