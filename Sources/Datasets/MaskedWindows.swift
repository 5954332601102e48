/// Windows of text in which tokens are hidden, to be found again from both sides (Devlin et al. 2019).
///
/// The text is cut and shuffled as `ShuffledWindows` does. Of every window a share of the tokens is chosen anew in every epoch: of
/// those 80 % become the mask, 10 % a random token, and 10 % stay what they are. Which ones follows from the seed, the epoch and the
/// window's place in it alone.
public struct MaskedWindows: Sendable {
    /// How tokens are hidden.
    public struct Masking: Sendable {
        /// The share of the tokens that are to be found again.
        public var probability: Double
        /// The id of the mask.
        public var mask: Int32
        /// Ids that a random token may have.
        public var vocabularySize: Int
        /// True for the ids that are never chosen, such as padding and separators.
        public var isSpecial: [Bool]
        /// True for the ids that go on with the word of the token before: a word is chosen whole. Every token on its own where nil.
        public var continuesWord: [Bool]?

        public init(
            probability: Double = 0.15, mask: Int32, vocabularySize: Int, isSpecial: [Bool], continuesWord: [Bool]? = nil
        ) {
            self.probability = probability
            self.mask = mask
            self.vocabularySize = vocabularySize
            self.isSpecial = isSpecial
            self.continuesWord = continuesWord
        }
    }

    private var windows: ShuffledWindows
    private let masking: Masking
    /// Put before and after every window, where there are such tokens.
    private let beginning, end: Int32?
    private let seed: UInt64
    private var batch = TokenBatch()

    /// - Parameter windowLength: tokens of a sequence, those before and after the text among them.
    /// - Throws: `DatasetError`.
    public init(
        _ tokens: any TokenStream, rowCount: Int, windowLength: Int, masking: Masking, beginning: Int32?, end: Int32?,
        seed: UInt64
    ) throws {
        let added = (beginning == nil ? 0 : 1) + (end == nil ? 0 : 1)
        guard windowLength > added + 1 else {
            throw DatasetError.invalidSetting(name: "window length", value: "\(windowLength)", allowed: "at least \(added + 2)")
        }
        windows = try ShuffledWindows(tokens, rowCount: rowCount, windowLength: windowLength - added, seed: seed)
        self.masking = masking
        self.beginning = beginning
        self.end = end
        self.seed = seed
    }

    public var epoch: Int { windows.epoch }
    /// Batches of the epoch that were read.
    public var batchIndex: Int { windows.batch }
    public var batchCount: Int { windows.batchCount }
    public var epochProgress: Double { windows.epochProgress }
    public mutating func startNextEpoch() { windows.startNextEpoch() }
    public mutating func restore(epoch: Int, batch: Int) throws { try windows.restore(epoch: epoch, batch: batch) }

    /// The next batch of the epoch: `inputs` with tokens hidden, `targets` what they were, −1 where nothing is to be found.
    ///
    /// - Returns: false, with `made` unchanged, at the end of the epoch.
    public mutating func next(into made: inout TokenBatch) throws -> Bool {
        let index = windows.batch
        guard try windows.next(into: &batch) else { return false }
        let before = beginning == nil ? 0 : 1, length = batch.length + before + (end == nil ? 0 : 1), rows = batch.rowCount
        made.reshape(rowCount: rows, length: length)
        made.targetCount = 0
        var tokens = [Int32](repeating: 0, count: batch.length)
        for row in 0..<rows {
            for step in tokens.indices { tokens[step] = batch.inputs[step * rows + row] }
            var random = EpochRandom(seed: seed &+ 0x6D61_736B, epoch: epoch, place: index * rows + row)
            let hidden = masking.hide(&tokens, &random)
            if let beginning { (made.inputs[row], made.targets[row]) = (beginning, -1) }
            if let end { (made.inputs[(length - 1) * rows + row], made.targets[(length - 1) * rows + row]) = (end, -1) }
            for step in tokens.indices {
                made.inputs[(step + before) * rows + row] = tokens[step]
                made.targets[(step + before) * rows + row] = hidden[step]
                if hidden[step] >= 0 { made.targetCount += 1 }
            }
        }
        made.isFirst = true
        made.learningRateScale = 1
        return true
    }
}

extension MaskedWindows.Masking {
    /// Hides tokens in their place and gives what they were, −1 for those that stayed; at least one is chosen where one can be.
    fileprivate func hide(_ tokens: inout [Int32], _ random: inout EpochRandom) -> [Int32] {
        var hidden = [Int32](repeating: -1, count: tokens.count)
        // Words: ranges of tokens that are chosen together.
        var words: [Range<Int>] = []
        for (place, id) in tokens.enumerated() where !isSpecial[Int(id)] {
            if let continuesWord, continuesWord[Int(id)], let last = words.last, last.upperBound == place {
                words[words.count - 1] = last.lowerBound..<(place + 1)
            } else {
                words.append(place..<(place + 1))
            }
        }
        guard !words.isEmpty else { return hidden }
        for place in stride(from: words.count - 1, to: 0, by: -1) { words.swapAt(place, random.below(place + 1)) }
        let wanted = max(1, Int((Double(words.reduce(0) { $0 + $1.count }) * probability).rounded()))
        var count = 0
        for word in words where count == 0 || count + word.count <= wanted {
            for place in word {
                hidden[place] = tokens[place]
                switch random.below(10) {
                case 0..<8: tokens[place] = mask
                case 8: tokens[place] = Int32(random.below(vocabularySize))
                default: break
                }
            }
            count += word.count
            if count >= wanted { break }
        }
        return hidden
    }
}
