#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard output could not be written.
public enum OutputError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The reader has gone, as in `sequitur generate … | head`: a reason to stop, not to complain.
    case closed
    case failed(code: Int32)

    public var description: String {
        switch self {
        case .closed: "standard output was closed"
        case .failed(let code): "cannot write standard output: \(String(cString: strerror(code)).lowercased())"
        }
    }
}

/// Writes to file descriptors without buffering, so that text appears when it is written and errors are seen.
enum OutputStream {
    static func write(_ text: String, to descriptor: Int32) throws(OutputError) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(count)
            } else if errno == EPIPE {
                throw .closed
            } else if errno != EINTR, errno != EAGAIN {
                throw .failed(code: errno)
            }
        }
    }

    private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes, count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes, count)
        #else
            Darwin.write(descriptor, bytes, count)
        #endif
    }
}
