import ArgumentParser
import SequiturFiles

/// The values that a command runs with, each with where it comes from.
public struct ResolvedSettings: Sendable {
    public struct Entry: Sendable {
        public let key: String
        /// `null` where the setting is left open.
        public let value: JSONValue
        public let origin: Origin
        let isPositional: Bool
    }

    /// The words that choose the command: `train`, `language-modeling`.
    public let commandPath: [String]
    /// In the order of declaration, without the keys that do nothing under the others' values.
    public let entries: [Entry]

    /// Checks a parsed command's values and joins them with their origins.
    ///
    /// - Throws: `UsageError` for a value out of its limits and for a key that was given but does nothing.
    package init(_ command: any ParsableCommand, resolution: Resolution) throws {
        commandPath = resolution.commandPath
        let origins = resolution.origins
        var unusedKeys: Set<String> = []
        for case let group as any CheckedSettings in Setting.groups(of: command) {
            for unused in group.unused {
                try Self.refuse(unused, origins: origins)
                unusedKeys.formUnion(unused.keys)
            }
            do {
                try group.check()
            } catch let error as SettingError {
                throw UsageError("\((origins[error.key] ?? .standard).name(of: error.key)) \(error.problem)")
            }
        }
        let positional = Set(Setting.all(of: type(of: command)).filter(\.isPositional).map(\.key))
        entries = Setting.values(of: command).compactMap { key, value in
            guard key != "show-config", !unusedKeys.contains(key) else { return nil }
            let origin = positional.contains(key) ? Origin.flag : origins[key] ?? .standard
            return Entry(key: key, value: value, origin: origin, isPositional: positional.contains(key))
        }
    }

    /// What is given in vain is a mistake, unless a stronger source overruled what it was given for: a recipe's
    /// `momentum` after `--optimizer adamw`. A variable may be meant for other calls.
    private static func refuse(_ unused: UnusedSettings, origins: [String: Origin]) throws {
        let cause = origins[unused.because] ?? .standard
        for key in unused.keys {
            guard let origin = origins[key], origin.strength >= cause.strength else { continue }
            if case .environment = origin { continue }
            throw UsageError("\(origin.name(of: key)) does nothing with \(unused.because) \(unused.value); remove it")
        }
    }

    /// All values as a recipe, each with its origin as a comment, so that what `--show-config` prints can be kept and used.
    public var recipe: String {
        let lines = entries.filter { $0.key != "recipe" }.map { entry in
            let open = entry.isPositional || entry.value.isNull || entry.value == .array([]) || entry.value == .string("")
            let text = entry.value.isNull ? "" : " \(SettingText.yaml(entry.value))"
            return (setting: (open ? "# " : "") + "\(entry.key):\(text)", origin: entry.origin.description)
        }
        let width = lines.map { displayWidth($0.setting) }.filter { $0 <= 48 }.max() ?? 0
        return lines.map { line in
            line.setting + String(repeating: " ", count: max(0, width - displayWidth(line.setting))) + "  # \(line.origin)\n"
        }.joined()
    }

    /// `{"layers": {"value": 2, "origin": "default"}, …}`
    public var json: JSONValue {
        .object(
            entries.map {
                JSONValue.Member(key: $0.key, value: ["value": $0.value, "origin": .string($0.origin.description)])
            })
    }

    /// `{"layers": 2, …}`: the values alone, as a run keeps them.
    public var values: JSONValue {
        .object(entries.map { JSONValue.Member(key: $0.key, value: $0.value) })
    }
}

/// Settings as text that reads back the same.
enum SettingText {
    /// `value` as a recipe writes it.
    static func yaml(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): isPlain(text) ? text : value.serialized()
        case .number(let number): Quantity.shortest(number)
        case .array(let elements): "[" + elements.map(yaml).joined(separator: ", ") + "]"
        default: value.serialized()
        }
    }

    /// Whether `text` needs no quotation marks: words, numbers and paths made of characters that mean nothing to YAML.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, isWordByte(first) || first == UInt8(ascii: "/") || first == UInt8(ascii: ".") else {
            return false
        }
        return text.utf8.allSatisfy { isWordByte($0) || "/.-_+".utf8.contains($0) } && text.lowercased() != "null"
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
