/// Names of files in a model's repository, which come from the network and become paths here.
enum HubFileName {
    /// Whether a name is a plain relative path: not absolute, without empty parts, `.`, `..` and control characters, and no longer
    /// than file systems allow.
    static func isSafe(_ name: String) -> Bool {
        name.utf8.count <= 1024 && !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
            && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
                !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255
            }
    }

    /// Whether an etag can be the name of a blob.
    static func isSafe(etag: String) -> Bool {
        (1...128).contains(etag.utf8.count) && etag.utf8.first != UInt8(ascii: ".")
            && etag.utf8.allSatisfy { $0.isASCIIWord || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    }

    /// `name` percent-encoded as part of an address (RFC 3986, section 2.3); slashes stay where `keepsSlashes` says so.
    static func percentEncoded(_ name: String, keepsSlashes: Bool) -> String {
        let digits = Array("0123456789ABCDEF".unicodeScalars)
        var result = String.UnicodeScalarView()
        for byte in name.utf8 {
            if byte.isASCIIWord || "-.~".utf8.contains(byte) || keepsSlashes && byte == UInt8(ascii: "/") {
                result.append(Unicode.Scalar(byte))
            } else {
                result += [Unicode.Scalar("%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(result)
    }
}
