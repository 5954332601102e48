/// A trie over bytes: nodes are numbers, and all edges stand in one hash table from (node, byte) to node.
struct ByteTrie: Sendable {
    /// An edge's node (28 bits), byte (8) and target (28); zero is free, since the root, node 0, is no target.
    private var edges = [UInt64](repeating: 0, count: 256)
    /// The value of each node, negative where no key ends.
    private(set) var values: [Int32] = [-1]

    private static let nodeLimit = 1 << 28
    /// Drawn anew for each trie, so that no file can be written whose edges all collide.
    private let multiplier = UInt64.random(in: .min ... .max) | 1

    init() {}

    /// Adds a key or changes its value. False where the trie is full.
    mutating func insert(_ key: some Sequence<UInt8>, value: Int32) -> Bool {
        var node = 0
        for byte in key {
            let edge = UInt64(node) << 36 | UInt64(byte) << 28
            var slot = self.slot(edge)
            if edges[slot] == 0 {
                guard values.count < Self.nodeLimit else { return false }
                if values.count * 2 > edges.count {
                    grow()
                    slot = self.slot(edge)
                }
                edges[slot] = edge | UInt64(values.count)
                values.append(-1)
            }
            node = Int(edges[slot] & 0xFFF_FFFF)
        }
        values[node] = value
        return true
    }

    /// The node that `byte` leads to from `node`, 0 where there is none.
    @inline(__always)
    func next(_ node: Int, _ byte: UInt8) -> Int { Int(edges[slot(UInt64(node) << 36 | UInt64(byte) << 28)] & 0xFFF_FFFF) }

    /// The node of `prefix`, nil where no key begins with it.
    func node(of prefix: some Sequence<UInt8>) -> Int? {
        var node = 0
        for byte in prefix {
            node = next(node, byte)
            if node == 0 { return nil }
        }
        return node
    }

    /// The slot of an edge, or the free one where it belongs.
    @inline(__always)
    private func slot(_ edge: UInt64) -> Int {
        let mask = edges.count - 1
        var place = Int(truncatingIfNeeded: ((edge >> 28) &* multiplier) >> 24) & mask
        while true {
            let found = edges[place]
            if found == 0 || (found ^ edge) >> 28 == 0 { return place }
            place = (place + 1) & mask
        }
    }

    private mutating func grow() {
        let old = edges
        edges = [UInt64](repeating: 0, count: old.count * 2)
        for edge in old where edge != 0 { edges[slot(edge & ~0xFFF_FFFF)] = edge }
    }
}
