import SequiturFiles
import SequiturText

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The tokens of a text, and what the text was.
public struct TokenizedText: Sendable {
    public let tokens: any TokenStream
    public let record: TextRecord

    /// Encodes all files of `reader`.
    ///
    /// - Parameters:
    ///   - cacheFolder: a folder for token caches, made if it is missing. The text is then encoded into a file there, unless
    ///     an up-to-date one stands there, and mapped, so that it may be larger than memory. Nil keeps the tokens in
    ///     memory, four bytes each.
    ///   - progress: told how much has been read; not called where a cache is found.
    /// - Throws: `FileError`, `DatasetError`, what `progress` throws.
    public init(
        _ reader: TextReader, tokenizer: any Tokenizer, cacheFolder: String? = nil, progress: ReadingProgress = { _, _ in }
    ) throws {
        if let cacheFolder {
            try Self.makeFolder(cacheFolder)
            let path = "\(cacheFolder)/\(TokenCache.fileName(for: reader, tokenizer: tokenizer))"
            let cache = try TokenCache.openOrMake(at: path, for: reader, tokenizer: tokenizer, progress: progress)
            tokens = cache.tokens
            record = cache.record
        } else {
            var ids: [Int32] = []
            record = try reader.encode(with: tokenizer, progress: progress) { ids.append(contentsOf: $0) }
            tokens = try MemoryTokens(ids, vocabularySize: tokenizer.vocabularySize)
        }
    }

    private static func makeFolder(_ path: String) throws {
        var end = path.startIndex
        repeat {
            end = path[end...].dropFirst().firstIndex(of: "/") ?? path.endIndex
            guard mkdir(String(path[..<end]), 0o777) == 0 || errno == EEXIST || errno == EISDIR else {
                throw FileError(action: "create", path: path, code: errno)
            }
        } while end < path.endIndex
    }
}
