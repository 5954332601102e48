import SequiturModels
import SequiturTensors

/// One file of reference values, as Documentation/Fixtures.md describes it.
public struct Fixture: Sendable {
    /// What a fixture is about: the metadata key that names it.
    public enum Kind: String, Sendable, CaseIterable { case operation, layer, optimizer, run }

    public let path: String
    public let kind: Kind
    /// The name of the operation, layer, optimiser or run.
    public let subject: String
    public let toleranceFloat32: Double
    /// Nil where the file is run in float32 alone.
    public let toleranceBFloat16: Double?
    /// The metadata but for the subject and the tolerances.
    public let settings: [String: String]
    /// All tensors, by the whole of their names, such as `gradient.input.x`.
    public let tensors: [String: Tensor]

    /// A fixture that stands in no file.
    public init(
        path: String, kind: Kind, subject: String, settings: [String: String] = [:], tensors: [String: Tensor],
        toleranceFloat32: Double = 1e-5, toleranceBFloat16: Double? = nil
    ) {
        self.path = path
        self.kind = kind
        self.subject = subject
        self.toleranceFloat32 = toleranceFloat32
        self.toleranceBFloat16 = toleranceBFloat16
        self.settings = settings
        self.tensors = tensors
    }

    /// - Throws: where the file cannot be read or does not describe one subject.
    public init(path: String) throws {
        let file = try SafetensorsFile(path: path)
        var settings = file.metadata
        let kinds = Kind.allCases.filter { settings[$0.rawValue] != nil }
        guard let kind = kinds.first, let subject = settings.removeValue(forKey: kind.rawValue), kinds.count == 1 else {
            throw FixtureError(
                "\(path): metadata names \(kinds.count) subjects; exactly one of operation, layer, optimizer, run expected")
        }
        guard let tolerance = settings.removeValue(forKey: "tolerance_float32").flatMap(Double.init) else {
            throw FixtureError("\(path): metadata key tolerance_float32 is missing or no number")
        }
        if let bound = settings.removeValue(forKey: "tolerance_bfloat16") {
            guard let number = Double(bound) else { throw FixtureError("\(path): tolerance_bfloat16 is \(bound), no number") }
            toleranceBFloat16 = number
        } else {
            toleranceBFloat16 = nil
        }
        self.path = path
        self.kind = kind
        self.subject = subject
        toleranceFloat32 = tolerance
        self.settings = settings
        tensors = try Dictionary(
            uniqueKeysWithValues: file.entries.map { ($0.name, try Checkpoint.tensor(named: $0.name, in: file)) })
    }

    /// Tensors whose names begin with `prefix` and a dot, under the rest of their names.
    public func tensors(under prefix: String) -> [String: Tensor] {
        let start = prefix + "."
        return Dictionary(
            uniqueKeysWithValues: tensors.filter { $0.key.hasPrefix(start) }.map {
                (String($0.key.dropFirst(start.count)), $0.value)
            })
    }
}

/// A fixture that cannot be run: one line with the file, what is wrong and what was expected.
public struct FixtureError: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
