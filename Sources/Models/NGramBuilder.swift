/// The memory of a model that is being built. Starts as zeros; the estimator and the ARPA reader fill it.
final class NGramBuilder {
    let layout: NGramLayout
    let tokens: NGramTokenTable
    private let memory: UnsafeMutableRawBufferPointer
    private let base: UnsafeMutableRawPointer

    /// Allocates a model and places its tokens.
    ///
    /// - Parameter tokens: The spelling of each of the layout's tokens; they take `layout.tokenByteCount` bytes.
    /// - Throws: `NGramError.token` for a token that is spelled like an earlier one.
    init(_ layout: NGramLayout, tokens: some Collection<some Collection<UInt8>>) throws {
        self.layout = layout
        base = UnsafeMutableRawPointer.allocate(byteCount: layout.byteCount, alignment: 64)
        memory = UnsafeMutableRawBufferPointer(start: base, count: layout.byteCount)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        layout.writeHeader(to: memory)
        let offsets = (base + layout.tokenOffsets).bindMemory(to: UInt32.self, capacity: layout.vocabularySize + 1)
        var end = 0
        for (id, token) in tokens.enumerated() {
            UnsafeMutableRawBufferPointer(rebasing: memory[(layout.tokenBytes + end)...]).copyBytes(from: token)
            end += token.count
            offsets[id + 1] = UInt32(end)
        }
        precondition(end == layout.tokenByteCount, "tokens of \(end) bytes where the layout has \(layout.tokenByteCount)")
        for (index, level) in layout.levels.enumerated() {
            let count = layout.counts[index]
            (base + level.logProbabilities).bindMemory(to: Float.self, capacity: count)
            if index > 0 { (base + level.words).bindMemory(to: UInt32.self, capacity: count) }
            if index < layout.order - 1 {
                (base + level.backoffs).bindMemory(to: Float.self, capacity: count)
                (base + level.firstChildren).bindMemory(to: UInt32.self, capacity: count + 1)
            }
        }
        do {
            self.tokens = try NGramTokenTable(indexing: layout, base: base)
        } catch {
            base.deallocate()
            throw error
        }
    }

    deinit { base.deallocate() }

    func words(order: Int) -> UnsafeMutablePointer<UInt32> {
        (base + layout.levels[order - 1].words).assumingMemoryBound(to: UInt32.self)
    }

    func logProbabilities(order: Int) -> UnsafeMutablePointer<Float> {
        (base + layout.levels[order - 1].logProbabilities).assumingMemoryBound(to: Float.self)
    }

    func backoffs(order: Int) -> UnsafeMutablePointer<Float> {
        (base + layout.levels[order - 1].backoffs).assumingMemoryBound(to: Float.self)
    }

    func firstChildren(order: Int) -> UnsafeMutablePointer<UInt32> {
        (base + layout.levels[order - 1].firstChildren).assumingMemoryBound(to: UInt32.self)
    }

    /// A view of one order's n-grams, to look up those that are in place already.
    func level(order: Int) -> NGramLevel { NGramLevel(layout, index: order - 1, base: base) }

    /// The finished model, which keeps this builder's memory.
    func finish() -> NGramStorage {
        NGramStorage(layout, bytes: UnsafeRawBufferPointer(memory), base: base, tokens: tokens, owner: self)
    }
}
