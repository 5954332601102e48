import SequiturTensors

// T steps, B texts, C characters of the longest word, U distinct words, W words of the longest text

/// A text as an encoder reads it.
public struct EncodedText: Sendable, Equatable {
    /// Words, or pieces of words.
    public var ids: [Int32]
    /// Which of a pair of texts each belongs to; empty where all belong to the first.
    public var types: [Int32] = []
    /// The characters of each word; empty where they are not read.
    public var characters: [[Int32]] = []
    /// The step at which each word begins; empty where every step is a word.
    public var firstPieces: [Int32] = []

    public init(ids: [Int32], types: [Int32] = [], characters: [[Int32]] = [], firstPieces: [Int32] = []) {
        self.ids = ids
        self.types = types
        self.characters = characters
        self.firstPieces = firstPieces
    }
}

/// Texts side by side, shorter ones filled up.
public struct TextBatch: Sendable {
    /// [T, B], int32
    public let ids: Tensor
    /// [B], int32; nil where all are equally long.
    public let lengths: Tensor?
    /// [T, B], int32; nil where all are 0.
    public let types: Tensor?
    public let spellings: Spellings?
    /// Where words begin, where they are not steps; see `EncodedText.firstPieces`.
    public let words: Words?

    /// The distinct words of a batch as their characters, and which of them stands where.
    public struct Spellings: Sendable {
        public let characters: Tensor  // [C, U], int32
        public let lengths: Tensor  // [U], int32
        public let places: Tensor  // [T · B], int32
    }

    /// The first pieces of words among all steps.
    public struct Words: Sendable {
        public let places: Tensor  // [W · B], int32, rows of [T · B, D]
        public let steps: Int
        public let lengths: Tensor?  // [B], int32
    }

    public var steps: Int { ids.shape[0] }
    public var rows: Int { ids.shape[1] }

    /// - Parameter padding: the id that fills up.
    public init(_ texts: [EncodedText], padding: Int32 = 0) {
        let rows = texts.count, steps = max(1, texts.map(\.ids.count).max() ?? 0)
        precondition(rows > 0 && texts.allSatisfy { !$0.ids.isEmpty }, "TextBatch: texts with tokens expected")
        var ids = [Int32](repeating: padding, count: steps * rows)
        var types: [Int32]? = texts.contains { !$0.types.isEmpty } ? [Int32](repeating: 0, count: steps * rows) : nil
        for (row, text) in texts.enumerated() {
            for (step, id) in text.ids.enumerated() { ids[step * rows + row] = id }
            for (step, type) in text.types.enumerated() { types?[step * rows + row] = type }
        }
        self.ids = Tensor(ids, shape: [steps, rows])
        self.types = types.map { Tensor($0, shape: [steps, rows]) }
        lengths = Self.lengths(texts.map(\.ids.count), steps)
        spellings = texts.contains { !$0.characters.isEmpty } ? Self.spellings(texts, steps) : nil
        words = texts.contains { !$0.firstPieces.isEmpty } ? Self.words(texts) : nil
    }

    private static func lengths(_ counts: [Int], _ steps: Int) -> Tensor? {
        counts.allSatisfy { $0 == steps } ? nil : Tensor(counts.map(Int32.init))
    }

    private static func spellings(_ texts: [EncodedText], _ steps: Int) -> Spellings {
        let rows = texts.count
        var places = [Int32](repeating: 0, count: steps * rows), distinct: [[Int32]] = [], known: [[Int32]: Int32] = [:]
        for (row, text) in texts.enumerated() {
            for (step, characters) in text.characters.enumerated() {
                let place =
                    known[characters]
                    ?? {
                        let made = Int32(distinct.count)
                        known[characters] = made
                        distinct.append(characters.isEmpty ? [0] : characters)
                        return made
                    }()
                places[step * rows + row] = place
            }
        }
        let longest = distinct.map(\.count).max() ?? 1
        var ids = [Int32](repeating: 0, count: longest * distinct.count)
        for (word, characters) in distinct.enumerated() {
            for (step, id) in characters.enumerated() { ids[step * distinct.count + word] = id }
        }
        return Spellings(
            characters: Tensor(ids, shape: [longest, distinct.count]), lengths: Tensor(distinct.map { Int32($0.count) }),
            places: Tensor(places))
    }

    private static func words(_ texts: [EncodedText]) -> Words {
        let rows = texts.count, steps = max(1, texts.map(\.firstPieces.count).max() ?? 0)
        // Where a text has no more words, its first step stands in, which nobody reads.
        var places = (0..<(steps * rows)).map { Int32($0 % rows) }
        for (row, text) in texts.enumerated() {
            for (word, piece) in text.firstPieces.enumerated() { places[word * rows + row] = piece * Int32(rows) + Int32(row) }
        }
        return Words(places: Tensor(places), steps: steps, lengths: lengths(texts.map(\.firstPieces.count), steps))
    }
}
