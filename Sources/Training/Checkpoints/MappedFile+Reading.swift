import SequiturFiles
import SequiturText

extension MappedFile {
    /// The file as a JSON document.
    ///
    /// - Throws: `JSONError`.
    func json() throws -> JSONValue { try withBytes { try JSONValue.parse($0) } }

    var fingerprint: Fingerprint { withBytes { Fingerprint(of: $0) } }
}
