import SequiturModels

/// A plain computation of interpolated Kneser–Ney, with dictionaries, that follows the definition word by word.
struct NGramReference {
    let order: Int
    let smoothing: NGramSettings.Smoothing
    let minimumCounts: [Int]
    /// All words that can be predicted.
    let outcomes: [Int32]
    /// Occurrences of each n-gram; `<s>` is −1.
    private var occurrences: [[Int32]: Int] = [:]
    private var counts: [[Int32]: Int] = [:]
    private var discounts: [[Double]] = []
    /// The n-grams that continue each context.
    private var continuations: [[Int32]: [[Int32]]] = [:]

    init(sentences: [[Int32]], outcomes: [Int32], order: Int, smoothing: NGramSettings.Smoothing, minimumCounts: [Int]) {
        self.order = order
        self.smoothing = smoothing
        self.minimumCounts = (0..<order).map { minimumCounts[min($0, minimumCounts.count - 1)] }
        self.outcomes = outcomes
        for sentence in sentences {
            let words = [-1] + sentence
            for start in words.indices {
                for end in start..<min(start + order, words.count) { occurrences[Array(words[start...end]), default: 0] += 1 }
            }
        }
        occurrences[[-1]] = nil
        let grams = occurrences.keys
        for gram in grams {
            continuations[Array(gram.dropLast()), default: []].append(gram)
            let usesOccurrences = gram.count == order || gram[0] == -1 || smoothing == .maximumLikelihood
            counts[gram] =
                usesOccurrences
                ? occurrences[gram] : grams.count { $0.count == gram.count + 1 && $0.dropFirst().elementsEqual(gram) }
        }
        for length in 1...order {
            let n = (0...4).map { k in Double(counts.count { $0.key.count == length && $0.value == k }) }
            let y = n[1] > 0 && n[2] > 0 ? n[1] / (n[1] + 2 * n[2]) : nil
            discounts.append(
                (0...3).map { k in
                    switch smoothing {
                    case .maximumLikelihood: return 0
                    case .kneserNey: return k == 0 ? 0 : y ?? 0.5
                    case .modifiedKneserNey:
                        guard k > 0, let y, n[k] > 0, n[k + 1] > 0 else { return Double(k) / 2 }
                        let discount = Double(k) - Double(k + 1) * y * n[k + 1] / n[k]
                        return discount > 0 ? discount : Double(k) / 2
                    }
                })
        }
    }

    func probability(of word: Int32, after context: [Int32]) -> Double {
        let length = context.count + 1
        let lower = context.isEmpty ? 1 / Double(outcomes.count) : probability(of: word, after: Array(context.dropFirst()))
        guard let siblings = continuations[context] else { return lower }
        let isKept = context.isEmpty || context == [-1] || occurrences[context, default: 0] >= minimumCounts[length - 2]
        guard isKept else { return lower }
        var total = 0.0
        var kept = 0.0
        var own = 0.0
        for gram in siblings {
            let count = counts[gram, default: 0]
            total += Double(count)
            guard occurrences[gram, default: 0] >= minimumCounts[length - 1] else { continue }
            let discounted = Double(count) - discounts[length - 1][min(count, 3)]
            kept += discounted
            if gram.last == word { own = discounted }
        }
        return own / total + (1 - kept / total) * lower
    }

    /// The context that a model of this order sees after `history` from the beginning of a sentence.
    func context(_ history: [Int32]) -> [Int32] { Array(([-1] + history).suffix(order - 1)) }
}

/// Random text: `count` sentences of up to `longest` of the words 1 … `words`, small words more often than great ones.
func randomNGramSentences(count: Int, longest: Int, words: Int32, seed: UInt64) -> [[Int32]] {
    var random = NGramRandom(state: seed)
    return (0..<count).map { _ in
        (0..<Int.random(in: 0...longest, using: &random)).map { _ in
            min(Int32.random(in: 1...words, using: &random), Int32.random(in: 1...words, using: &random))
        }
    }
}

/// The same numbers in every run: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
struct NGramRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
