extension BytePairModel {
    /// Up to so many symbols, the best merge is searched for anew each time; beyond, a heap keeps the merges in order.
    private static let searchLimit = 48

    /// Merges pairs by rank, pairs of the same rank from left to right, until no pair can be merged.
    func mergeAll(_ symbols: inout [Symbol], _ queue: inout Queue) {
        guard symbols.count > 1 else { return }
        symbols.withUnsafeMutableBufferPointer { symbols in
            for index in 0..<symbols.count - 1 { symbols[index].merge = merges[symbols[index].id, symbols[index + 1].id] }
            if symbols.count <= Self.searchLimit { search(symbols) } else { drain(symbols, &queue) }
        }
    }

    @inline(__always)
    private func search(_ symbols: UnsafeMutableBufferPointer<Symbol>) {
        while true {
            var best = -1
            var rank = UInt32.max
            var index = 0
            while index >= 0 {
                if symbols[index].merge.rank < rank { (best, rank) = (index, symbols[index].merge.rank) }
                index = Int(symbols[index].next)
            }
            if best < 0 { return }
            join(symbols, best)
        }
    }

    private func drain(_ symbols: UnsafeMutableBufferPointer<Symbol>, _ queue: inout Queue) {
        queue.removeAll()
        for index in 0..<symbols.count where symbols[index].merge != .none { queue.push(symbols[index].merge.rank, index) }
        while let (rank, index) = queue.pop() {
            // An entry is stale once either of its symbols has changed.
            guard symbols[index].length > 0, symbols[index].merge.rank == rank else { continue }
            join(symbols, index)
            if symbols[index].merge != .none { queue.push(symbols[index].merge.rank, index) }
            let previous = Int(symbols[index].previous)
            if previous >= 0, symbols[previous].merge != .none { queue.push(symbols[previous].merge.rank, previous) }
        }
    }

    /// Merges the symbol at `index` with the one after it.
    @inline(__always)
    private func join(_ symbols: UnsafeMutableBufferPointer<Symbol>, _ index: Int) {
        let right = symbols[Int(symbols[index].next)]
        symbols[Int(symbols[index].next)].length = 0
        symbols[index].id = symbols[index].merge.id
        symbols[index].length += right.length
        symbols[index].next = right.next
        if right.next >= 0 {
            symbols[Int(right.next)].previous = Int32(truncatingIfNeeded: index)
            symbols[index].merge = merges[symbols[index].id, symbols[Int(right.next)].id]
        } else {
            symbols[index].merge = .none
        }
        let previous = Int(symbols[index].previous)
        if previous >= 0 { symbols[previous].merge = merges[symbols[previous].id, symbols[index].id] }
    }

    /// A binary heap of (rank, place), the least first.
    struct Queue {
        private var entries: [UInt64] = []

        mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

        mutating func push(_ rank: UInt32, _ index: Int) {
            entries.append(UInt64(rank) << 32 | UInt64(index))
            var child = entries.count - 1
            while child > 0, entries[(child - 1) / 2] > entries[child] {
                entries.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
        }

        mutating func pop() -> (rank: UInt32, index: Int)? {
            guard let top = entries.first else { return nil }
            let last = entries.removeLast()
            if !entries.isEmpty {
                var parent = 0
                while 2 * parent + 1 < entries.count {
                    var child = 2 * parent + 1
                    if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
                    if last <= entries[child] { break }
                    entries[parent] = entries[child]
                    parent = child
                }
                entries[parent] = last
            }
            return (UInt32(top >> 32), Int(top & 0xFFFF_FFFF))
        }
    }

    /// The merges of a vocabulary, by the pair that they merge: open addressing.
    struct MergeTable: Sendable {
        private struct Slot {
            var pair: UInt64
            var merge: Merge
        }

        private var slots: [Slot]
        private static let free = UInt64.max
        /// Drawn anew for each table, so that no file can be written whose pairs all collide.
        private let multiplier = UInt64.random(in: .min ... .max) | 1

        /// Reads merges written as `["a", "b"]`, or as `"a b"` by older versions.
        init(_ reader: ComponentReader, vocabulary: TokenVocabulary, prefixLength: Int) throws {
            guard let values = reader.value.array else { throw reader.error(expected: "an array of merges") }
            var capacity = 16
            while capacity < values.count * 2 { capacity *= 2 }
            slots = [Slot](repeating: Slot(pair: Self.free, merge: .none), count: capacity)
            for (rank, value) in values.enumerated() {
                func fail(_ expected: String, _ found: String) -> TokenizerFormatError {
                    TokenizerFormatError(key: "\(reader.key)[\(rank)]", expected: expected, found: found)
                }
                let parts: [String.UTF8View.SubSequence]
                if let text = value.string {
                    parts = text.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
                } else {
                    parts = (value.array ?? []).compactMap { $0.string.map { $0.utf8[...] } }
                }
                guard parts.count == 2 else { throw fail("two tokens", value.serialized()) }
                func id(_ bytes: [UInt8]) throws -> Int32 {
                    guard let id = vocabulary.id(of: bytes) else {
                        throw fail("tokens of the vocabulary", "'\(String(decoding: bytes, as: UTF8.self))'")
                    }
                    return id
                }
                let (left, right) = (Array(parts[0]), Array(parts[1]))
                let pair = (try id(left), try id(right))
                guard right.count >= prefixLength else { throw fail("a second token with the prefix", value.serialized()) }
                let merged = try id(left + right[prefixLength...])
                let key = Self.key(pair.0, pair.1)
                let slot = slot(key)
                slots[slot] = Slot(pair: key, merge: Merge(rank: UInt32(rank), id: merged))
            }
        }

        @inline(__always)
        subscript(left: Int32, right: Int32) -> Merge { slots[slot(Self.key(left, right))].merge }

        @inline(__always)
        private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
            UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
        }

        @inline(__always)
        private func slot(_ pair: UInt64) -> Int {
            let mask = slots.count - 1
            var place = Int(truncatingIfNeeded: (pair &* multiplier) >> 20) & mask
            while true {
                let found = slots[place].pair
                if found == pair || found == Self.free { return place }
                place = (place + 1) & mask
            }
        }
    }
}
