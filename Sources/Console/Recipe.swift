import SequiturFiles
import Yams

/// A recipe: a YAML file of `key: value` lines that set what the flags of the same names set.
///
/// It is read strictly, as a subset of YAML 1.2: one mapping from keys to scalars or lists of scalars; no key twice, no
/// nesting, no tags, no second document. What a value may be is known to the `Setting`, not guessed from its looks.
///
/// - SeeAlso: https://yaml.org/spec/1.2.2/
struct Recipe {
    struct Scalar {
        let text: String
        /// Without quotation marks, so that it may be a number, true, false or nothing.
        let isPlain: Bool
        let line: Int

        /// YAML's null: nothing at all, `~` or `null`.
        var isNull: Bool { isPlain && ["", "~", "null", "Null", "NULL"].contains(text) }
    }

    enum Value {
        case scalar(Scalar)
        case list([Scalar])
    }

    struct Entry {
        let key: String
        let value: Value
        let line: Int
    }

    let path: String
    let entries: [Entry]

    /// The size above which a file is taken for something else than a recipe.
    static let maximumByteCount = 1 << 20

    /// - Throws: `FileError` where the file cannot be read, `UsageError` with path and line where it is no recipe.
    init(path: String) throws {
        let file = try MappedFile(path: path)
        guard file.count <= Self.maximumByteCount else {
            throw UsageError(
                "'\(path.printable())' has \(file.count) bytes; a recipe has at most \(Self.maximumByteCount): is it a recipe?")
        }
        try self.init(path: path, yaml: file.text())
    }

    init(path: String, yaml: String) throws {
        self.path = path
        var reader = RecipeReader(path: path, yaml: yaml)
        entries = try reader.read()
    }
}

private struct RecipeReader {
    let path: String
    let yaml: String

    mutating func read() throws -> [Recipe.Entry] {
        try refuseAliases()
        let root: Node?
        do {
            // The basic resolver guesses no types. The encoding is named because its default is to ask the environment.
            root = try Parser(yaml: yaml, resolver: .basic, encoding: .utf8).singleRoot()
        } catch let error as YamlError {
            throw problem(with: error)
        }
        guard let root else { return [] }
        switch root {
        case .mapping(let mapping): return try mapping.map { try entry(key: $0.key, value: $0.value) }
        case .scalar(let scalar) where scalar.string.isEmpty: return []
        default: throw error(line(of: root), "a recipe is a list of 'key: value' lines")
        }
    }

    private func entry(key: Node, value: Node) throws -> Recipe.Entry {
        let line = line(of: key)
        guard case .scalar(let name) = key else { throw error(line, "a key must be a plain word") }
        switch value {
        case .scalar(let scalar):
            return Recipe.Entry(key: name.string, value: .scalar(try read(scalar, of: name.string, at: line)), line: line)
        case .sequence(let sequence):
            let scalars = try sequence.map { element in
                guard case .scalar(let scalar) = element else {
                    throw error(
                        self.line(of: element), "\(name.string.printable()): a list holds single values, not lists or maps")
                }
                return try read(scalar, of: name.string, at: line)
            }
            return Recipe.Entry(key: name.string, value: .list(scalars), line: line)
        case .mapping, .alias:
            throw error(line, "\(name.string.printable()): expected a value or a list; a recipe has no nested keys")
        }
    }

    private func read(_ scalar: Node.Scalar, of key: String, at line: Int) throws -> Recipe.Scalar {
        let line = scalar.mark?.line ?? line
        guard ["", Tag.Name.str.rawValue].contains(scalar.tag.rawValue) else {
            throw error(line, "\(key.printable()): remove the tag '\(scalar.tag.rawValue.printable())'; a recipe has none")
        }
        return Recipe.Scalar(text: scalar.string, isPlain: scalar.style == .plain, line: line)
    }

    private func line(of node: Node) -> Int { node.mark?.line ?? 1 }

    private func error(_ line: Int, _ problem: String) -> UsageError {
        UsageError("\(path.printable(limit: 1024)):\(line): \(problem)")
    }

    private func problem(with failure: YamlError) -> UsageError {
        switch failure {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            return error(mark.line, "not valid YAML: \(problem.printable())")
        case .duplicatedKeysInMapping(let keys, let context):
            let key = keys.first ?? ""
            return error(
                secondLine(of: key, after: context.mark.line),
                "'\(key.printable())' was already given on line \(context.mark.line); remove one of them")
        case .reader(let problem, let offset, _, let yaml):
            let before = yaml.prefix(offset ?? 0).utf8
            return error(1 + before.count { $0 == UInt8(ascii: "\n") }, "not valid YAML: \(problem.printable())")
        default:
            return error(1, "not valid YAML")
        }
    }

    /// The parser names the first of two equal keys; this finds the second.
    private func secondLine(of key: String, after first: Int) -> Int {
        let lines = yaml.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let second = lines.indices.dropFirst(first).first { index in
            let text = Substring(lines[index]).drop { " \"'".contains($0) }
            return text.hasPrefix(key) && text.dropFirst(key.count).drop { " \"'".contains($0) }.hasPrefix(":")
        }
        return second.map { $0 + 1 } ?? first
    }

    /// Aliases of aliases make a short file stand for a huge one; a recipe has no use for them.
    private func refuseAliases() throws {
        var line = 1
        var count = 0
        var previous = UInt8(ascii: "\n")
        for byte in yaml.utf8 {
            if previous == UInt8(ascii: "*"), byte != UInt8(ascii: " ") { count += 1 }
            guard count <= 32 else { throw error(line, "too many asterisks; a recipe has no aliases") }
            if byte == UInt8(ascii: "\n") { line += 1 }
            previous = byte
        }
    }
}
