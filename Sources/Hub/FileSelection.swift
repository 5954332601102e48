#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Which files of a model are wanted.
///
/// Patterns are those of Python's `fnmatch`, as huggingface_hub has them: `*` matches slashes as well, and a pattern that ends in
/// a slash means all of a folder.
public struct FileSelection: Sendable, Equatable {
    /// Empty for what a model folder needs.
    public var include: [String]
    public var exclude: [String]

    public init(include: [String] = [], exclude: [String] = []) {
        self.include = include
        self.exclude = exclude
    }

    /// What a tokenizer may need, without the model's weights.
    static let tokenizer = FileSelection(
        include: [
            "tokenizer*.json", "special_tokens_map.json", "added_tokens.json", "config.json", "vocab.*", "merges.txt", "*.model",
            "*.spm", "*.jinja",
        ], exclude: ["*/*"])

    /// The selected ones of all names of a repository, in their order.
    public func select(from names: [String]) -> [String] {
        let wanted =
            include.isEmpty ? Self.modelFiles(of: names) : names.filter { name in include.contains { Self.matches(name, $0) } }
        return wanted.filter { name in !exclude.contains { Self.matches(name, $0) } }
    }

    private static func matches(_ name: String, _ pattern: String) -> Bool {
        fnmatch(pattern.hasSuffix("/") ? pattern + "*" : pattern, name, 0) == 0
    }

    /// Configurations, tokenizers and safetensors weights, those of sentence-transformers' numbered folders too (`1_Pooling`):
    /// neither the same weights for other programs, nor what training left.
    private static func modelFiles(of names: [String]) -> [String] {
        let hasWeights = names.contains("model.safetensors") || names.contains("model.safetensors.index.json")
        return names.filter { name in
            let parts = name.split(separator: "/")
            guard let file = parts.last, parts.count == 1 || parts.count == 2 && isModuleFolder(parts[0]) else { return false }
            if file == "vocab.txt" || file == "merges.txt" { return true }
            guard let dot = file.lastIndex(of: ".") else { return false }
            let stem = file[..<dot]
            switch file[dot...] {
            case ".json": return ![".bin.index", ".h5.index", ".msgpack.index"].contains { stem.hasSuffix($0) }
            // `consolidated` and names with a variant (`model.fp16`) hold what `model` holds.
            case ".safetensors": return !hasWeights || !stem.hasPrefix("consolidated") && !stem.contains(".")
            case ".model", ".spm", ".jinja", ".ngram": return true
            default: return false
            }
        }
    }

    /// `0_Transformer`, `1_Pooling`, `2_Dense`.
    private static func isModuleFolder(_ name: Substring) -> Bool {
        let digits = name.prefix { $0.isASCII && $0.isNumber }
        return !digits.isEmpty && name.dropFirst(digits.count).hasPrefix("_")
    }
}
