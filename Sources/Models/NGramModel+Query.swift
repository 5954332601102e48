/// What a model remembers of the words so far: for each length below the order, the context of that many words, if the
/// model has it.
struct NGramContext {
    /// By length; the empty context, index 0 of length 0, is always there.
    fileprivate(set) var indices: [Int]

    fileprivate static let absent = -1
}

extension NGramModel {
    /// The context `<s>`.
    func beginning() -> NGramContext {
        var indices = [Int](repeating: NGramContext.absent, count: order)
        indices[0] = 0
        if order > 1 { indices[1] = Int(storage.layout.beginningOfSentence) }
        return NGramContext(indices: indices)
    }

    /// The natural-log probability of `word`, which then becomes the end of the context; after `</s>` a sentence begins.
    ///
    /// One search each for the contexts that the model has: the places where the word is found are the next contexts.
    func advance(_ context: inout NGramContext, by word: UInt32) -> Float {
        var backoff: Float = 0
        var found: Float?
        for length in stride(from: order - 1, through: 1, by: -1) {
            let index = context.indices[length]
            var child = NGramContext.absent
            if index >= 0 {
                let next = storage.levels[length]
                child = next.index(of: word, in: storage.levels[length - 1].children(of: index)) ?? NGramContext.absent
                if found == nil {
                    if child >= 0 {
                        found = backoff + next.logProbabilities[child]
                    } else {
                        backoff += storage.levels[length - 1].backoffs[index]
                    }
                }
            }
            if length + 1 < order { context.indices[length + 1] = child }
        }
        if order > 1 { context.indices[1] = Int(word) }
        let result = found ?? backoff + storage.levels[0].logProbabilities[Int(word)]
        if word == storage.layout.endOfSentence { context = beginning() }
        return result
    }

    /// The context after `tokens`, which are the whole text so far or at least its last n − 1 tokens.
    private func context(after tokens: [Int32]) throws -> NGramContext {
        var context = beginning()
        if tokens.count >= order {
            // `<s>` stands before the last n − 1 tokens only if one of them is `</s>`.
            context.indices = [0] + [Int](repeating: NGramContext.absent, count: order - 1)
        }
        let last = tokens.suffix(order - 1)
        for (position, token) in zip(last.indices, last) {
            try check(token, at: position)
            _ = advance(&context, by: UInt32(token))
        }
        return context
    }

    func check(_ token: Int32, at position: Int) throws {
        guard token >= 0, token < vocabularySize else {
            throw NGramError.tokenOutOfRange(id: token, position: position, vocabularySize: vocabularySize)
        }
        guard token != storage.layout.beginningOfSentence else { throw NGramError.beginningInText(position: position) }
    }

    /// log P(`token` | `context`), in nats.
    ///
    /// - Parameter context: The text before the token, of any length. What precedes its last `</s>` is another sentence;
    ///   fewer than n tokens are taken to begin the text, so that `<s>` stands before them.
    /// - Throws: `NGramError.tokenOutOfRange` or `beginningInText`.
    public func logProbability(of token: Int32, context: [Int32]) throws -> Float {
        var context = try self.context(after: context)
        try check(token, at: 0)
        return advance(&context, by: UInt32(token))
    }

    /// The natural-log probability of every token of the vocabulary as the next one, for sampling.
    ///
    /// - Parameter context: As in `logProbability(of:context:)`.
    /// - Returns: `vocabularySize` values whose exponentials sum to one; `-infinity` for `<s>`, where the vocabulary has it.
    /// - Throws: `NGramError.tokenOutOfRange` or `beginningInText`.
    public func logProbabilities(context: [Int32]) throws -> [Float] {
        let context = try self.context(after: context)
        var result = [Float](UnsafeBufferPointer(start: storage.levels[0].logProbabilities, count: vocabularySize))
        // From the shortest context to the longest: words that a context has replace what it backs off to.
        for length in 1..<max(order, 1) {
            let index = context.indices[length]
            guard index >= 0 else { continue }
            let backoff = storage.levels[length - 1].backoffs[index]
            for word in result.indices { result[word] += backoff }
            let next = storage.levels[length]
            for child in storage.levels[length - 1].children(of: index) where next.words[child] < vocabularySize {
                result[Int(next.words[child])] = next.logProbabilities[child]
            }
        }
        return result
    }
}

extension NGramModel: LanguageModelScorer {
    /// Σ log P over all tokens of `stream`, each sentence from the context `<s>`.
    ///
    /// - Throws: `NGramError.tokenOutOfRange` or `beginningInText`.
    public func score(_ stream: UnsafeBufferPointer<Int32>) throws -> LanguageModelScore {
        var score = LanguageModelScore()
        var context = beginning()
        for (position, token) in stream.enumerated() {
            try check(token, at: position)
            score.logProbability += Double(advance(&context, by: UInt32(token)))
            score.count += 1
        }
        return score
    }

    /// log P(S), in nats, of one whole sentence given without its symbols: from `<s>` to `</s>`, where the model has it.
    ///
    /// - Throws: `NGramError.tokenOutOfRange` or `beginningInText`.
    public func logProbability(ofSentence sentence: [Int32]) throws -> Double {
        try score(sentence + (endOfSentence.map { [$0] } ?? [])).logProbability
    }
}
