import SequiturFiles
import SequiturText

extension MappedFile {
    /// Gives `body` the file's bytes, and keeps them mapped meanwhile.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(bytes) }
    }

    /// The file as a JSON document.
    ///
    /// - Throws: `JSONError`.
    func json() throws -> JSONValue { try withBytes { try JSONValue.parse($0) } }

    var fingerprint: Fingerprint { withBytes { Fingerprint(of: $0) } }
}
