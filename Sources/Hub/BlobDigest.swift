/// The hash by which the hub names a file's bytes.
///
/// A large file's etag is the SHA-256 of its bytes; any other's is git's name of the blob, the SHA-1 of `blob LENGTH`, a zero byte
/// and the bytes. Both hashes: FIPS 180-4.
struct BlobDigest {
    private enum Hash {
        case sha256(SHA256)
        case git(SHA1)
        /// An etag of another kind, which says nothing of the bytes.
        case none
    }

    private var hash: Hash

    /// - Parameters:
    ///   - etag: 64 or 40 hexadecimal digits; every other is not compared.
    ///   - size: of the file in bytes.
    init(etag: String, size: Int) {
        guard Self.canTell(etag) else {
            hash = .none
            return
        }
        if etag.utf8.count == 64 {
            hash = .sha256(SHA256())
        } else {
            var header = SHA1()
            Array("blob \(size)\0".utf8).withUnsafeBytes { header.update($0) }
            hash = .git(header)
        }
    }

    /// Whether an etag is a hash of the bytes.
    static func canTell(_ etag: String) -> Bool {
        [40, 64].contains(etag.utf8.count) && etag.utf8.allSatisfy { $0.hexadecimalValue != nil }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch hash {
        case .sha256(var value):
            hash = .none  // The hash moves, so that its buffer is not copied.
            value.update(bytes)
            hash = .sha256(value)
        case .git(var value):
            hash = .none
            value.update(bytes)
            hash = .git(value)
        case .none: break
        }
    }

    /// Whether all bytes were those that `etag` names.
    func matches(_ etag: String) -> Bool {
        switch hash {
        case .sha256(var value): value.finalized().elementsEqual(Self.bytes(etag))
        case .git(var value): value.finalized().elementsEqual(Self.bytes(etag))
        case .none: true
        }
    }

    private static func bytes(_ digits: String) -> [UInt8] {
        let values = digits.utf8.map { $0.hexadecimalValue ?? 0 }
        return stride(from: 0, to: values.count - 1, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}
