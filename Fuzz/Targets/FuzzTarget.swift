import SequiturFiles
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The parsers of outside bytes that are fuzzed. A new one is a new case here, a function in a file beside this, and seeds under
/// `Fuzz/Corpus`. A target takes any bytes: what is accepted must be consistent, what is refused must be told in one line.
enum FuzzTarget: String, CaseIterable {
    case json
    case safetensors
    case index
    case configuration
    case ownConfiguration = "own-configuration"
    case tokenizer
    case sentencePiece = "sentencepiece"
    case vocabulary
    case tokenizerConfiguration = "tokenizer-configuration"
    case sentenceModules = "sentence-modules"
    case arpa
    case ngram
    case hiddenMarkov = "hidden-markov"
    case hub
    case exampleColumns = "example-columns"
    case exampleTables = "example-tables"
    case exampleRecords = "example-records"

    var body: (UnsafeRawBufferPointer) throws -> Void {
        switch self {
        case .json: fuzzJSON
        case .safetensors: fuzzSafetensors
        case .index: fuzzIndex
        case .configuration: fuzzConfiguration
        case .ownConfiguration: fuzzOwnConfiguration
        case .tokenizer: fuzzTokenizer
        case .sentencePiece: fuzzSentencePiece
        case .vocabulary: fuzzVocabulary
        case .tokenizerConfiguration: fuzzTokenizerConfiguration
        case .sentenceModules: fuzzSentenceModules
        case .arpa: fuzzARPA
        case .ngram: fuzzNGram
        case .hiddenMarkov: fuzzHiddenMarkov
        case .hub: fuzzHub
        case .exampleColumns: fuzzExampleColumns
        case .exampleTables: fuzzExampleTables
        case .exampleRecords: fuzzExampleRecords
        }
    }

    /// The one that `SEQUITUR_FUZZ` names.
    static let chosen: FuzzTarget = {
        let name = getenv("SEQUITUR_FUZZ").map { String(cString: $0) } ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            let known = allCases.map(\.rawValue).joined(separator: " ")
            fatalError("SEQUITUR_FUZZ must name a fuzz target: \(known)")
        }
        return target
    }()
}

/// libFuzzer's loop, as its own `main` runs it; SwiftPM wants a `main` of ours.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

@main enum Fuzz {
    static func main() {
        var count = CommandLine.argc, arguments = CommandLine.unsafeArgv
        exit(runFuzzer(&count, &arguments, fuzz))
    }
}

/// What libFuzzer calls with every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try FuzzTarget.chosen.body(UnsafeRawBufferPointer(start: start, count: count))
    } catch {
        let line = "\(error)", isOneLine = !line.unicodeScalars.contains { $0.properties.generalCategory == .control }
        precondition(isOneLine && !line.isEmpty && line.utf8.count < 1 << 16, "an error is not one line: \(line)")
    }
    return 0
}

/// A folder in memory for parsers that read files.
final class FuzzFolder: Sendable {
    let path: String

    init(_ name: String) {
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        path = "\(parent)/sequitur-fuzz-\(getpid())/\(name)"
        do { try Folder.make(path) } catch { fatalError("\(error)") }
    }

    /// The files' contents, one after the other; a file that is not given is removed.
    func put(_ bytes: some Collection<UInt8>, as name: String) {
        let file = "\(path)/\(name)"
        guard let stream = fopen(file, "w") else { fatalError("cannot write \(file)") }
        defer { fclose(stream) }
        let bytes = Array(bytes)
        guard fwrite(bytes, 1, bytes.count, stream) == bytes.count else { fatalError("cannot write \(file)") }
    }

    /// An input of several files, with zero bytes between them; those that it does not have are removed.
    func put(parts bytes: UnsafeRawBufferPointer, as names: [String]) {
        let parts = bytes.split(separator: 0, maxSplits: names.count - 1, omittingEmptySubsequences: false)
        for (index, name) in names.enumerated() {
            if index < parts.count { put(parts[index], as: name) } else { unlink("\(path)/\(name)") }
        }
    }
}
