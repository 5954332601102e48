import ArgumentParser
import SequiturFiles

/// One setting of a command as all sources know it: a key of a recipe, a flag of the same name, an environment variable
/// (`learning-rate`, `--learning-rate`, `SEQUITUR_LEARNING_RATE`).
///
/// Settings are read off the command's own `@Option`, `@Flag` and `@Argument` properties (`Setting.all(of:)`): there is
/// no second list of them to keep in step.
public struct Setting: Sendable {
    public enum Arity: Sendable, Equatable {
        /// True or false: `--key` and `--no-key`.
        case flag
        case value
        /// A list, whose flag may be repeated; a stronger source replaces the whole list.
        case list
    }

    /// The property's name with hyphens: `learning-rate` for `learningRate`.
    public let key: String
    public let arity: Arity
    /// Given by its place on the command line (`RUN`), so neither a recipe nor the environment can set it.
    public let isPositional: Bool
    /// What one value is parsed as; `Bool` for a flag.
    let elementType: any ExpressibleByArgument.Type

    public var flag: String { "--\(key)" }

    /// The values to choose from, empty where any value of the type will do.
    public var choices: [String] { elementType.allValueStrings }

    /// What a value must be, for messages: `a whole number`.
    public var expectation: String {
        switch elementType {
        case is Bool.Type: return "true or false"
        case is any FixedWidthInteger.Type: return "a whole number"
        case is any BinaryFloatingPoint.Type: return "a number"
        case let described as any DescribedArgument.Type: return described.expectation
        default: return choices.isEmpty ? "text" : "one of \(choices.joined(separator: ", "))"
        }
    }

    /// Whether a value is a number, which a recipe writes without quotation marks.
    var isNumeric: Bool { elementType is any Numeric.Type }

    /// Why `text` cannot be this setting's value, nil where it can.
    public func problem(with text: String) -> String? {
        guard elementType.init(argument: text) == nil else { return nil }
        let near = choices.isEmpty ? "" : "; did you mean '\(NearestName.of(text, in: choices))'?"
        return "must be \(expectation), not '\(text.printable())'\(near)"
    }
}

/// A value type that tells in words what it accepts, where a list of choices does not say it all.
public protocol DescribedArgument: ExpressibleByArgument {
    /// Completes "must be": `character, word or a tokenizer file`.
    static var expectation: String { get }
}
