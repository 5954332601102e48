/// Byte strings numbered 0, 1, 2 … in order of insertion, and found again by their bytes.
///
/// Tokens are told apart by bytes: `String` compares by canonical equivalence and would merge `é` written as one code
/// point with `é` written as two. All bytes stand in one arena; the table is open addressing with linear probing.
struct ByteStringTable: Sendable {
    private var arena: [UInt8] = []
    /// Byte string `i` is `arena[bounds[i]..<bounds[i + 1]]`.
    private var bounds: [Int] = [0]
    /// The upper half of a string's hash above its number plus one; zero is free. The count is a power of two.
    private var slots = [UInt64](repeating: 0, count: 16)

    var count: Int { bounds.count - 1 }
    /// The bytes of all strings together.
    var byteCount: Int { arena.count }

    func bytes(at index: Int) -> ArraySlice<UInt8> { arena[bounds[index]..<bounds[index + 1]] }

    func string(at index: Int) -> String { String(decoding: bytes(at: index), as: UTF8.self) }

    /// The number of `bytes`, nil where they were never inserted.
    func index(of bytes: UnsafeRawBufferPointer) -> Int? {
        let entry = slots[slot(of: bytes, hash: Self.hash(bytes))]
        return entry == 0 ? nil : Int(entry & 0xFFFF_FFFF) - 1
    }

    func index(of text: String) -> Int? {
        var text = text
        return text.withUTF8 { index(of: UnsafeRawBufferPointer($0)) }
    }

    /// The number of `bytes`, a new one where they are new. At most 2³² − 2 strings.
    mutating func insert(_ bytes: UnsafeRawBufferPointer) -> (index: Int, isNew: Bool) {
        let hash = Self.hash(bytes)
        let place = slot(of: bytes, hash: hash)
        guard slots[place] == 0 else { return (Int(slots[place] & 0xFFFF_FFFF) - 1, false) }
        let index = count
        precondition(index < 0xFFFF_FFFE, "a table of byte strings holds at most 4294967294 of them")
        arena.append(contentsOf: bytes)
        bounds.append(arena.count)
        slots[place] = Self.entry(hash: hash, index: index)
        if count * 2 > slots.count { grow() }
        return (index, true)
    }

    @discardableResult
    mutating func insert(_ text: String) -> (index: Int, isNew: Bool) {
        var text = text
        return text.withUTF8 { insert(UnsafeRawBufferPointer($0)) }
    }

    /// The slot that holds `bytes`, or the free one where they belong.
    private func slot(of bytes: UnsafeRawBufferPointer, hash: UInt64) -> Int {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = slots[place]
            if entry == 0 { return place }
            if entry >> 32 == hash >> 32, isEqual(Int(entry & 0xFFFF_FFFF) - 1, bytes) { return place }
            place = (place + 1) & mask
        }
    }

    private func isEqual(_ index: Int, _ other: UnsafeRawBufferPointer) -> Bool {
        let start = bounds[index]
        guard bounds[index + 1] - start == other.count else { return false }
        return arena.withUnsafeBytes { arena in
            for position in 0..<other.count where arena[start + position] != other[position] { return false }
            return true
        }
    }

    private mutating func grow() {
        var grown = [UInt64](repeating: 0, count: slots.count * 2)
        arena.withUnsafeBytes { arena in
            for index in 0..<count {
                let hash = Self.hash(UnsafeRawBufferPointer(rebasing: arena[bounds[index]..<bounds[index + 1]]))
                var place = Int(truncatingIfNeeded: hash) & (grown.count - 1)
                while grown[place] != 0 { place = (place + 1) & (grown.count - 1) }
                grown[place] = Self.entry(hash: hash, index: index)
            }
        }
        slots = grown
    }

    private static func entry(hash: UInt64, index: Int) -> UInt64 { hash & 0xFFFF_FFFF_0000_0000 | UInt64(index + 1) }

    /// Drawn anew in every process, so that no text can be written whose words all collide. Numbers do not depend on it.
    private static let seed = UInt64.random(in: .min ... .max)

    /// Eight bytes a step, each folded by a full multiplication as in wyhash (Wang Yi, 2019).
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let count = bytes.count
        var hash = seed ^ UInt64(truncatingIfNeeded: count) &* 0xA076_1D64_78BD_642F
        var offset = 0
        while count - offset > 8 {
            hash = fold(hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self), 0xE703_7ED1_A0B4_28DB)
            offset += 8
        }
        var last: UInt64 = 0
        if count >= 8 {
            last = bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
        } else if count >= 4 {
            last = UInt64(bytes.loadUnaligned(as: UInt32.self))
            last |= UInt64(bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)) << 32
        } else if count > 0 {
            last = UInt64(bytes[0]) | UInt64(bytes[count >> 1]) << 8 | UInt64(bytes[count - 1]) << 16
        }
        return fold(hash ^ last, 0x8EBC_6AF0_9C88_C6E3)
    }

    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}

extension ByteStringTable: Equatable {
    static func == (left: ByteStringTable, right: ByteStringTable) -> Bool {
        left.bounds == right.bounds && left.arena == right.arena
    }
}
