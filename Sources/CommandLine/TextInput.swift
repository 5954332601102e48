import SequiturConsole
import SequiturFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What was read is not what was expected.
struct InputError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The text of a file, or of standard input where `path` is `-`.
///
/// - Throws: `FileError` where it cannot be read, `InputError` where it is not UTF-8.
func readText(_ path: String) throws -> String {
    guard path == "-" else { return try MappedFile(path: path).text() }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(0, &buffer, buffer.count)
        if count > 0 {
            bytes += buffer[..<count]
        } else if count == 0 {
            break
        } else if errno != EINTR {
            throw InputError("cannot read standard input: \(String(cString: strerror(errno)).lowercased())")
        }
    }
    if let offset = bytes.withUnsafeBytes({ $0.firstInvalidUTF8Offset }) {
        throw InputError("standard input is not UTF-8 at byte \(offset); convert it first (iconv -t UTF-8)")
    }
    return String(decoding: bytes, as: UTF8.self)
}
