/// A 64-bit digest that tells two contents apart: of a tokenizer, of a body of text.
///
/// It is XXH64 with seed 0 over a fixed layout of bytes, hence the same on every machine and in every release. It
/// detects change and mix-up, not forgery.
public struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
    public let value: UInt64

    public init(_ value: UInt64) { self.value = value }

    /// The digest of `bytes`.
    public init(of bytes: UnsafeRawBufferPointer) {
        var hash = XXHash64()
        hash.update(bytes)
        self.init(hash.digest)
    }

    /// Reads the form that `description` writes; nil for anything else.
    public init?(_ text: String) {
        guard text.utf8.count == 16, text.utf8.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }),
            let value = UInt64(text, radix: 16)
        else { return nil }
        self.value = value
    }

    /// Sixteen lower-case hexadecimal digits.
    public var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// XXH64 (Yann Collet, 2014; specification 0.1.1), fed piece by piece: the digest depends on the bytes alone, not on
/// where they were cut.
public struct XXHash64: Sendable {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    private var lanes: (UInt64, UInt64, UInt64, UInt64)
    /// The bytes of the stripe of 32 that is not complete yet.
    private var stripe: [UInt8] = []
    private var count: UInt64 = 0
    private let seed: UInt64

    public init(seed: UInt64 = 0) {
        self.seed = seed
        lanes = (seed &+ Self.prime1 &+ Self.prime2, seed &+ Self.prime2, seed, seed &- Self.prime1)
        stripe.reserveCapacity(32)
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        count &+= UInt64(bytes.count)
        var rest = bytes[...]
        if !stripe.isEmpty {
            let missing = rest.prefix(32 - stripe.count)
            stripe.append(contentsOf: missing)
            rest = rest.dropFirst(missing.count)
            guard stripe.count == 32 else { return }
            stripe.withUnsafeBytes { Self.consume($0, into: &lanes) }
            stripe.removeAll(keepingCapacity: true)
        }
        let whole = rest.prefix(rest.count & ~31)
        Self.consume(UnsafeRawBufferPointer(rebasing: whole), into: &lanes)
        stripe.append(contentsOf: rest.dropFirst(whole.count))
    }

    /// Adds a number, as eight little-endian bytes.
    public mutating func update(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { update($0) }
    }

    /// Adds a text's length in bytes and its UTF-8, so that no two sequences of texts look alike.
    public mutating func update(_ text: String) {
        var text = text
        text.withUTF8 {
            update(UInt64($0.count))
            update(UnsafeRawBufferPointer($0))
        }
    }

    /// The digest of everything so far.
    public var digest: UInt64 {
        var hash: UInt64
        if count >= 32 {
            hash = Self.rotate(lanes.0, 1) &+ Self.rotate(lanes.1, 7) &+ Self.rotate(lanes.2, 12) &+ Self.rotate(lanes.3, 18)
            for lane in [lanes.0, lanes.1, lanes.2, lanes.3] {
                hash = (hash ^ Self.round(0, lane)) &* Self.prime1 &+ Self.prime4
            }
        } else {
            hash = seed &+ Self.prime5
        }
        hash &+= count
        stripe.withUnsafeBytes { rest in
            var offset = 0
            while rest.count - offset >= 8 {
                let word = UInt64(littleEndian: rest.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                hash = Self.rotate(hash ^ Self.round(0, word), 27) &* Self.prime1 &+ Self.prime4
                offset += 8
            }
            if rest.count - offset >= 4 {
                let word = UInt64(UInt32(littleEndian: rest.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
                hash = Self.rotate(hash ^ (word &* Self.prime1), 23) &* Self.prime2 &+ Self.prime3
                offset += 4
            }
            for byte in rest[offset...] {
                hash = Self.rotate(hash ^ (UInt64(byte) &* Self.prime5), 11) &* Self.prime1
            }
        }
        hash = (hash ^ (hash >> 33)) &* Self.prime2
        hash = (hash ^ (hash >> 29)) &* Self.prime3
        return hash ^ (hash >> 32)
    }

    private static func consume(_ bytes: UnsafeRawBufferPointer, into lanes: inout (UInt64, UInt64, UInt64, UInt64)) {
        var (first, second, third, fourth) = lanes
        var offset = 0
        while offset < bytes.count {
            first = round(first, UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            second = round(second, UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)))
            third = round(third, UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self)))
            fourth = round(fourth, UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self)))
            offset += 32
        }
        lanes = (first, second, third, fourth)
    }

    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotate(lane &+ word &* prime2, 31) &* prime1
    }

    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }
}
