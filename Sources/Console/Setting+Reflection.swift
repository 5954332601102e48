import ArgumentParser
import SequiturFiles

// ArgumentParser keeps the definitions of a command to itself, but the command's properties are there to be mirrored:
// each property wrapper tells its value's type before parsing, and its value afterwards.

extension Setting {
    /// The settings of a command, those of its option groups included, in the order of declaration.
    public static func all(of type: any ParsableArguments.Type) -> [Setting] {
        Mirror(reflecting: type.init()).children.flatMap { child -> [Setting] in
            if let group = child.value as? any GroupWrapper { return all(of: group.groupType) }
            guard let wrapper = child.value as? any SettingWrapper, let shape = wrapper.shape else { return [] }
            return [
                Setting(
                    key: key(ofProperty: child.label ?? ""), arity: shape.arity, isPositional: wrapper.isPositional,
                    elementType: shape.element)
            ]
        }
    }

    /// The values of a parsed command, in the order of `all(of:)`.
    static func values(of arguments: any ParsableArguments) -> [(key: String, value: JSONValue)] {
        Mirror(reflecting: arguments).children.flatMap { child -> [(key: String, value: JSONValue)] in
            if let group = child.value as? any GroupWrapper { return values(of: group.group) }
            guard let wrapper = child.value as? any SettingWrapper, wrapper.shape != nil else { return [] }
            return [(key(ofProperty: child.label ?? ""), json(wrapper.anyValue))]
        }
    }

    /// The command itself and all its option groups, groups within groups included.
    static func groups(of arguments: any ParsableArguments) -> [any ParsableArguments] {
        [arguments]
            + Mirror(reflecting: arguments).children.flatMap { child -> [any ParsableArguments] in
                (child.value as? any GroupWrapper).map { groups(of: $0.group) } ?? []
            }
    }

    /// `_learningRate`, as the compiler names the wrapper's storage → `learning-rate`.
    static func key(ofProperty label: String) -> String {
        var key = ""
        for character in label.drop(while: { $0 == "_" }) {
            if character.isUppercase, !key.isEmpty { key += "-" }
            key += character.lowercased()
        }
        return key
    }

    private static func json(_ value: Any) -> JSONValue {
        switch value {
        case let optional as any OptionalValue: optional.anyWrapped.map(json) ?? .null
        case let value as Bool: .bool(value)
        case let value as Int: .integer(Int64(value))
        case let value as Double: .number(value)
        case let value as String: .string(value)
        case let values as [Any]: .array(values.map(json))
        case let value as any ExpressibleByArgument: .string(value.defaultValueDescription)
        default: .string(String(describing: value))
        }
    }
}

private protocol SettingWrapper {
    var shape: (arity: Setting.Arity, element: any ExpressibleByArgument.Type)? { get }
    var isPositional: Bool { get }
    var anyValue: Any { get }
}

extension Option: SettingWrapper {
    fileprivate var shape: (arity: Setting.Arity, element: any ExpressibleByArgument.Type)? { shapeOfValue(Value.self) }
    fileprivate var isPositional: Bool { false }
    fileprivate var anyValue: Any { wrappedValue }
}

extension Argument: SettingWrapper {
    fileprivate var shape: (arity: Setting.Arity, element: any ExpressibleByArgument.Type)? { shapeOfValue(Value.self) }
    fileprivate var isPositional: Bool { true }
    fileprivate var anyValue: Any { wrappedValue }
}

extension Flag: SettingWrapper {
    fileprivate var shape: (arity: Setting.Arity, element: any ExpressibleByArgument.Type)? {
        Value.self is Bool.Type || Value.self is Bool?.Type ? (.flag, Bool.self) : nil
    }
    fileprivate var isPositional: Bool { false }
    fileprivate var anyValue: Any { wrappedValue }
}

private protocol GroupWrapper {
    var groupType: any ParsableArguments.Type { get }
    var group: any ParsableArguments { get }
}

extension OptionGroup: GroupWrapper {
    fileprivate var groupType: any ParsableArguments.Type { Value.self }
    fileprivate var group: any ParsableArguments { wrappedValue }
}

private protocol OptionalValue {
    static var wrappedType: Any.Type { get }
    var anyWrapped: Any? { get }
}

extension Optional: OptionalValue {
    fileprivate static var wrappedType: Any.Type { Wrapped.self }
    fileprivate var anyWrapped: Any? { self }
}

private protocol ListValue {
    static var elementType: Any.Type { get }
}

extension Array: ListValue {
    fileprivate static var elementType: Any.Type { Element.self }
}

private func shapeOfValue(_ type: Any.Type) -> (arity: Setting.Arity, element: any ExpressibleByArgument.Type)? {
    if let optional = type as? any OptionalValue.Type { return shapeOfValue(optional.wrappedType) }
    let list = type as? any ListValue.Type
    guard let element = (list?.elementType ?? type) as? any ExpressibleByArgument.Type else { return nil }
    return (list == nil ? .value : .list, element)
}
