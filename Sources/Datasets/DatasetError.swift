import SequiturFiles
import SequiturText

/// Why data could not be used: one line that says what, where, the limit and what to do.
///
/// What the operating system refuses (a file that is missing or cannot be read) is a `FileError`.
public enum DatasetError: Error, Equatable, Sendable, CustomStringConvertible {
    case noPaths
    case emptyFile(path: String)
    /// A folder without any text file, or whose text files are all empty.
    case emptyFolder(path: String)
    case notUTF8(path: String, byteOffset: Int, isUTF16: Bool)
    /// The tokenizer cannot encode this file, or cannot be trained on it.
    case tokenizer(path: String, TokenizerError)
    case damagedCache(path: String, reason: String)
    case idOutOfRange(Int, position: Int, vocabularySize: Int)
    case batchTooLarge(tokenCount: Int, batchSize: Int)
    case tooFewWindows(tokenCount: Int, needed: Int, batchSize: Int, windowLength: Int)
    case tooFewTokens(path: String? = nil, count: Int, minimum: Int)
    case invalidSetting(name: String, value: String, allowed: String)
    case positionMismatch(saved: BatchPosition, rowCount: Int, rowLength: Int)

    public var description: String {
        switch self {
        case .noPaths: "no data was given; name at least one text file or folder"
        case .emptyFile(let path): "'\(path.printable(limit: 1024))' is empty; give a file with text in it"
        case .emptyFolder(let path):
            "folder '\(path.printable(limit: 1024))' has no .txt file with text in it; add one, or name the files one by one"
        case .notUTF8(let path, let byteOffset, let isUTF16):
            "'\(path.printable(limit: 1024))' is not UTF-8 at byte \(byteOffset); "
                + (isUTF16
                    ? "it begins as UTF-16 does: convert it (iconv -f UTF-16 -t UTF-8)"
                    : "convert it from its own encoding (for example iconv -f WINDOWS-1252 -t UTF-8)")
        case .tokenizer(let path, let error): "'\(path.printable(limit: 1024))': \(error)"
        case .damagedCache(let path, let reason):
            "'\(path.printable(limit: 1024))' is not a usable token cache: \(reason); delete it, it will be made again"
        case .idOutOfRange(let id, let position, let vocabularySize):
            "token \(id) at position \(position) is not in the vocabulary of \(vocabularySize); "
                + "encode the text again with the model's tokenizer"
        case .batchTooLarge(let tokenCount, let batchSize):
            "the text has \(tokenCount) token\(tokenCount == 1 ? "" : "s"), but a batch of \(batchSize) streams needs at least 2 each; "
                + (tokenCount < 2 ? "give more text" : "use a batch size of at most \(tokenCount / 2), or more text")
        case .tooFewWindows(let tokenCount, let needed, let batchSize, let windowLength):
            "the text has \(tokenCount) tokens, but a batch of \(batchSize) sequences of \(windowLength) needs at least \(needed); "
                + "use shorter sequences, a smaller batch, or more text"
        case .tooFewTokens(let path, let count, let minimum):
            (path.map { "'\($0.printable(limit: 1024))'" } ?? "the text")
                + " has \(count) token\(count == 1 ? "" : "s"), but at least \(minimum) are needed; give more text"
        case .invalidSetting(let name, let value, let allowed): "\(name) is \(value), but must be \(allowed)"
        case .positionMismatch(let saved, let rowCount, let rowLength):
            "the saved position (epoch \(saved.epoch), window \(saved.window), token \(saved.offset) of \(saved.rowCount) rows of "
                + "\(saved.rowLength)) does not fit \(rowCount) rows of \(rowLength) with this window length and truncation; "
                + "resume with the data and the settings of the run"
        }
    }
}
