import SequiturTensors

/// The settings and tensors that a fixture hands to what it tests. Whoever runs the fixture asks at the end what was left over:
/// a setting or a tensor that nobody read is one that the subject does not have.
public final class FixtureArguments {
    private let path: String
    private let settings: [String: String]
    fileprivate let tensors: [String: Tensor]
    private var unread: Set<String>

    /// - Parameter tensors: by kind, dot and name, such as `input.x`.
    public init(path: String, settings: [String: String], tensors: [String: Tensor]) {
        self.path = path
        self.settings = settings
        self.tensors = tensors
        unread = Set(settings.keys.map { "setting \($0)" }).union(tensors.keys)
    }

    /// The input `name`.
    public subscript(_ name: String) -> Tensor {
        get throws {
            guard let tensor = optional(name) else { throw FixtureError("\(path): tensor input.\(name) is missing") }
            return tensor
        }
    }

    /// The input `name`, nil where the file has none.
    public func optional(_ name: String) -> Tensor? {
        unread.remove("input.\(name)")
        return tensors["input.\(name)"]
    }

    /// The inputs that are numbered from 0.
    public var numbered: [Tensor] {
        var found: [Tensor] = []
        while let next = optional("\(found.count)") { found.append(next) }
        return found
    }

    public func text(_ key: String) throws -> String {
        guard let value = optionalText(key) else { throw FixtureError("\(path): setting \(key) is missing") }
        return value
    }

    public func optionalText(_ key: String) -> String? {
        unread.remove("setting \(key)")
        return settings[key]
    }

    public func integer(_ key: String) throws -> Int { try parsed(key, text(key), Int.init) }
    public func integers(_ key: String) throws -> [Int] {
        try text(key).split(separator: ",").map { try parsed(key, String($0), Int.init) }
    }
    public func number(_ key: String) throws -> Float { try parsed(key, text(key), Float.init) }
    public func truth(_ key: String) throws -> Bool { try parsed(key, text(key), Bool.init) }

    /// The value of a setting that must be one of those that the subject knows.
    public func require(_ key: String, _ expected: String) throws {
        let value = try text(key)
        guard value == expected else { throw FixtureError("\(path): setting \(key) is \(value); only \(expected) is known") }
    }

    public func optionalInteger(_ key: String) throws -> Int? { try optionalText(key).map { try parsed(key, $0, Int.init) } }
    public func optionalNumber(_ key: String) throws -> Float? { try optionalText(key).map { try parsed(key, $0, Float.init) } }
    public func optionalTruth(_ key: String) throws -> Bool? { try optionalText(key).map { try parsed(key, $0, Bool.init) } }

    private func parsed<Value>(_ key: String, _ text: String, _ parse: (String) -> Value?) throws -> Value {
        guard let value = parse(text) else { throw FixtureError("\(path): setting \(key) is \(text), no \(Value.self)") }
        return value
    }

    /// - Throws: where a setting or an input was not read.
    public func requireAllRead() throws {
        guard unread.isEmpty else {
            throw FixtureError("\(path): unknown here: \(unread.sorted().joined(separator: ", "))")
        }
    }
}

extension FixtureArguments {
    /// All inputs, by name.
    public var named: [(key: String, value: Tensor)] {
        let names = tensors.keys.filter { $0.hasPrefix("input.") }.map { String($0.dropFirst("input.".count)) }
        return names.sorted().compactMap { name in optional(name).map { (name, $0) } }
    }
}
