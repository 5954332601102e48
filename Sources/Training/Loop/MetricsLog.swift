import SequiturFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `metrics.jsonl`: one JSON object a line for each step, validation, checkpoint and warning, written at once.
///
/// A line that a kill cut short is dropped when the run goes on, and so are the lines of steps that are made again.
final class MetricsLog {
    private let path: String
    private var descriptor: Int32 = -1

    /// - Parameter step: the step from which the run goes on: lines of later ones are dropped.
    init(path: String, from step: Int) throws {
        self.path = path
        try Self.truncate(path, to: step)
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError(action: "write", path: path, code: errno) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Writes one line.
    func write(_ members: JSONValue) throws {
        let bytes = members.serializedBytes() + [0x0A]
        try bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let chunk = UnsafeRawBufferPointer(rebasing: rest)
                #if canImport(Glibc)
                    let written = Glibc.write(descriptor, chunk.baseAddress, chunk.count)
                #elseif canImport(Musl)
                    let written = Musl.write(descriptor, chunk.baseAddress, chunk.count)
                #else
                    let written = Darwin.write(descriptor, chunk.baseAddress, chunk.count)
                #endif
                if written < 0 {
                    if errno == EINTR { continue }
                    throw FileError(action: "write", path: path, code: errno)
                }
                rest = rest.dropFirst(written)
            }
        }
    }

    /// Keeps the whole lines of steps up to `step`.
    private static func truncate(_ path: String, to step: Int) throws {
        guard Folder.exists(path) else { return }
        let file = try MappedFile(path: path)
        try file.withBytes { bytes in
            try AtomicFile.write(to: path) { writer in
                var start = bytes.startIndex
                while let end = bytes[start...].firstIndex(of: 0x0A) {
                    let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                    if let found = (try? JSONValue.parse(line))?["step"]?.int, found <= step {
                        try writer.write(UnsafeRawBufferPointer(rebasing: bytes[start...end]))
                    }
                    start = end + 1
                }
            }
        }
    }
}
