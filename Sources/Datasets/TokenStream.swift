/// A sequence of token ids of any length: in memory, in a mapped file, or part of another.
public protocol TokenStream: Sendable {
    var count: Int { get }
    /// All ids are below it.
    var vocabularySize: Int { get }
    /// Copies the tokens at `range`, which must lie within `0..<count`.
    ///
    /// - Parameter destination: has room for `range.count` ids.
    /// - Throws: `DatasetError.idOutOfRange` where the tokens come from a file that was tampered with.
    func copy(_ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Int32>) throws
}

extension TokenStream {
    /// The tokens at `range`, which must lie within `0..<count`.
    public func tokens(at range: Range<Int>) throws -> [Int32] {
        try [Int32](unsafeUninitializedCapacity: range.count) { buffer, count in
            try copy(range, into: UnsafeMutableBufferPointer(rebasing: buffer[..<range.count]))
            count = range.count
        }
    }

    /// A part of this stream that shares its storage. `range` must lie within `0..<count`.
    public func slice(_ range: Range<Int>) -> TokenSlice { TokenSlice(self, range) }

    /// The stream's first part for training and the rest for validation, as every language-modelling corpus without
    /// a split of its own is divided.
    ///
    /// The first ⌊(1 − `fraction`) · `count`⌋ tokens are for training.
    ///
    /// - Throws: `DatasetError.invalidSetting` for a fraction below 0, or 1 and above.
    public func split(validationFraction fraction: Double) throws -> (training: TokenSlice, validation: TokenSlice) {
        guard fraction >= 0, fraction < 1 else {
            throw DatasetError.invalidSetting(
                name: "validation fraction", value: "\(fraction)", allowed: "at least 0 and below 1")
        }
        let trainingCount = min(count, Int((1 - fraction) * Double(count)))
        return (slice(0..<trainingCount), slice(trainingCount..<count))
    }

    func checkRange(_ range: Range<Int>, _ destination: UnsafeMutableBufferPointer<Int32>) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= count && destination.count >= range.count,
            "tokens \(range) of a stream of \(count) asked for, with room for \(destination.count)")
    }
}

/// Token ids in memory.
public struct MemoryTokens: TokenStream {
    private let ids: [Int32]
    public let vocabularySize: Int

    /// - Throws: `DatasetError.idOutOfRange`.
    public init(_ ids: [Int32], vocabularySize: Int) throws {
        if let position = ids.firstIndex(where: { $0 < 0 || Int($0) >= vocabularySize }) {
            throw DatasetError.idOutOfRange(Int(ids[position]), position: position, vocabularySize: vocabularySize)
        }
        self.ids = ids
        self.vocabularySize = vocabularySize
    }

    public var count: Int { ids.count }

    public func copy(_ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Int32>) {
        checkRange(range, destination)
        _ = destination.update(from: ids[range])
    }
}

/// Part of another stream.
public struct TokenSlice: TokenStream {
    private let base: any TokenStream
    private let range: Range<Int>

    init(_ base: any TokenStream, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= base.count, "tokens \(range) of a stream of \(base.count)")
        self.base = base
        self.range = range
    }

    public var count: Int { range.count }
    public var vocabularySize: Int { base.vocabularySize }

    public func copy(_ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Int32>) throws {
        checkRange(range, destination)
        let start = self.range.lowerBound
        try base.copy(start + range.lowerBound..<start + range.upperBound, into: destination)
    }
}
