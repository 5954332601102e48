#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The name of a file or folder that stands aside until the one it is meant for can have its own:
/// `.NAME-PROCESS-RANDOM.KIND`, which no other process chooses.
struct AsideName: Equatable, CustomStringConvertible {
    enum Kind: String {
        /// Not finished yet, or being removed.
        case unfinished = "tmp"
        /// Whole, while its successor takes its place.
        case replaced = "old"
    }

    let name: String
    let process: pid_t
    let kind: Kind
    private let random: Substring

    init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
        process = getpid()
        random = Substring(String(UInt64.random(in: 0 ... .max), radix: 16))
    }

    /// Nil for every other name.
    init?(reading text: String) {
        guard text.hasPrefix("."), let dot = text.lastIndex(of: "."), let kind = Kind(rawValue: String(text[dot...].dropFirst()))
        else { return nil }
        let parts = text[..<dot].dropFirst().split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, let process = pid_t(parts[parts.count - 2]), process > 0 else { return nil }
        name = parts.dropLast(2).joined(separator: "-")
        self.process = process
        self.kind = kind
        random = parts[parts.count - 1]
    }

    var description: String { ".\(name)-\(process)-\(random).\(kind.rawValue)" }

    /// Nobody is at work on it: the process has ended, or it is this one, whose own work is done when it looks.
    var isAbandoned: Bool { process == getpid() || kill(process, 0) != 0 && errno == ESRCH }
}
