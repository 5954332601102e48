/// Counts the Unicode scalars of a text and makes the `CharacterTokenizer` for it.
public struct CharacterTokenizerTrainer: TokenizerTrainer {
    private struct Counts: ScalarSink {
        /// The slot of each scalar in `scalars` and `frequencies`.
        var slots = ScalarMap()
        var scalars: [UInt32] = []
        var frequencies: [Int] = []

        mutating func scalar(_ value: UInt32, at offset: Int) {
            let slot = slots[value]
            if slot >= 0 {
                frequencies[Int(slot)] += 1
            } else {
                slots[value] = Int32(scalars.count)
                scalars.append(value)
                frequencies.append(1)
            }
        }
    }

    private let options: TokenizerOptions
    private var counts = Counts()
    private var pending = PendingBytes()

    /// - Throws: `TokenizerError.invalidOption`.
    public init(_ options: TokenizerOptions = TokenizerOptions()) throws { self.options = try options.validated() }

    public mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        try pending.feedScalars(bytes, into: &counts)
    }

    public mutating func finishDocument() throws { try pending.finishScalars() }

    public func makeTokenizer() throws -> any Tokenizer {
        let frequent = counts.frequencies.count { $0 >= options.minimumFrequency }
        guard frequent >= 2 else {
            throw TokenizerError.vocabularyTooSmall(
                kind: .character, found: frequent, minimum: 2, minimumFrequency: options.minimumFrequency)
        }
        let mayLeaveOut = options.minimumFrequency > 1 || options.maximumVocabularySize != nil
        let includesUnknown = options.includesUnknown ?? mayLeaveOut
        let byFrequency = counts.scalars.indices.sorted {
            (counts.frequencies[$1], counts.scalars[$0]) < (counts.frequencies[$0], counts.scalars[$1])
        }
        let kept = byFrequency.prefix(options.limit(besides: includesUnknown ? 1 : 0))
            .filter { counts.frequencies[$0] >= options.minimumFrequency }
            .map { counts.scalars[$0] }
        if !includesUnknown, kept.count < byFrequency.count {
            throw TokenizerError.unknownTokenNeeded(kind: .character, example: text(of: counts.scalars[byFrequency[kept.count]]))
        }
        let special = includesUnknown ? [CharacterTokenizer.unknownToken] : []
        return try CharacterTokenizer(
            Vocabulary(special + kept.sorted().map(text(of:)), unknown: special.first))
    }

    private func text(of scalar: UInt32) -> String { Unicode.Scalar(scalar).map(String.init) ?? "" }
}

extension CharacterTokenizer {
    /// Makes the tokenizer for `text`.
    ///
    /// - Throws: `TokenizerError`.
    public init(trainedOn text: String, options: TokenizerOptions = TokenizerOptions()) throws {
        var trainer = try CharacterTokenizerTrainer(options)
        try trainer.append(document: text)
        try self.init(trainer.makeTokenizer().vocabulary)
    }
}
