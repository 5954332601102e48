import Foundation
import SequiturFiles
import Testing

/// What the programs of the field say, as `Tools/make_metric_fixtures.py` wrote it down.
enum MetricFixtures {
    static func load(_ name: String) throws -> JSONValue {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try JSONValue.parse(contentsOf: "\(tests.path)/Fixtures/Metrics/\(name).json")
    }

    static func cases(_ name: String) throws -> [JSONValue] { try #require(try load(name).array) }
}

extension JSONValue {
    func list(_ key: String) throws -> [JSONValue] { try #require(self[key]?.array, "\(key)") }

    func ints(_ key: String) throws -> [Int] { try list(key).map { try #require($0.int) } }

    func doubles(_ key: String) throws -> [Double] { try list(key).map { try #require($0.double) } }

    func strings(_ key: String) throws -> [String] { try list(key).map { try #require($0.string) } }

    func lists<Element>(_ key: String, _ element: (JSONValue) throws -> Element) throws -> [[Element]] {
        try list(key).map { try #require($0.array).map(element) }
    }

    func double(_ key: String) throws -> Double { try #require(self[key]?.double, "\(key)") }

    func text(_ key: String) throws -> String { try #require(self[key]?.string, "\(key)") }

    /// The texts of an object, by number of digits.
    func texts(_ key: String) throws -> [(digits: Int, text: String)] {
        try #require(self[key]?.members).map { (try #require(Int($0.key)), try #require($0.value.string)) }
    }
}

/// Within rounding of sums that are taken in another order.
func isClose(_ first: Double, _ second: Double, _ tolerance: Double = 1e-12) -> Bool {
    (first - second).magnitude <= tolerance * max(1e-300, first.magnitude, second.magnitude) || first == second
}

/// Texts byte by byte, since Swift holds canonically equivalent strings equal.
func hasSameBytes(_ first: String, _ second: String) -> Bool { first.utf8.elementsEqual(second.utf8) }
