/// Writes a model as ARPA text.
struct NGramARPAWriter {
    private let storage: NGramStorage
    /// The spelling of each unigram.
    private let spellings: [[UInt8]]
    /// Whether `</s>` must be added, with the probability zero: other toolkits insist on the symbol.
    private let addsEndOfSentence: Bool

    /// log10 of the probability zero, by convention.
    private static let zero = "-99"
    private static let nonwords: Set<UInt8> = [0, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20]

    /// - Throws: `NGramError.notExpressibleInARPA`.
    init(_ storage: NGramStorage) throws {
        let layout = storage.layout
        let symbols = [(layout.beginningOfSentence, "<s>"), (layout.endOfSentence, "</s>"), (layout.unknown, "<unk>")]
        spellings = try (0..<layout.counts[0]).map { id in
            if let symbol = symbols.first(where: { $0.0 == UInt32(id) }) { return Array(symbol.1.utf8) }
            let spelling = Array(storage.tokens.spelling(of: id))
            func refusal(_ reason: String) -> NGramError {
                .notExpressibleInARPA(token: storage.tokens.string(of: id), id: id, reason: reason)
            }
            guard spelling.allSatisfy({ !Self.nonwords.contains($0) }) else { throw refusal("has white space") }
            if symbols.contains(where: { $0.1.utf8.elementsEqual(spelling) }) {
                throw refusal("is spelled like another token's symbol")
            }
            return spelling
        }
        addsEndOfSentence = layout.endOfSentence == nil
        self.storage = storage
    }

    func write(_ send: ([UInt8]) throws -> Void) throws {
        let counts = storage.layout.counts
        var text: [UInt8] = []
        text += "\\data\\\n".utf8
        for (index, count) in counts.enumerated() {
            text += "ngram \(index + 1)=\(index == 0 && addsEndOfSentence ? count + 1 : count)\n".utf8
        }
        for order in 1...counts.count {
            text += "\n\\\(order)-grams:\n".utf8
            if order == 1, addsEndOfSentence { text += "\(Self.zero)\t</s>\(counts.count > 1 ? "\t0" : "")\n".utf8 }
            // The n-gram's beginnings, one of each length; each advances when the children of its last are done.
            var path = [Int](repeating: 0, count: order)
            for gram in 0..<counts[order - 1] {
                path[order - 1] = gram
                for length in stride(from: order - 1, to: 0, by: -1) {
                    while storage.levels[length - 1].children(of: path[length - 1]).upperBound <= path[length] {
                        path[length - 1] += 1
                    }
                }
                append(path, to: &text)
                if text.count > 1 << 16 {
                    try send(text)
                    text.removeAll(keepingCapacity: true)
                }
            }
        }
        text += "\n\\end\\\n".utf8
        try send(text)
    }

    private func append(_ path: [Int], to text: inout [UInt8]) {
        let level = storage.levels[path.count - 1]
        let gram = path[path.count - 1]
        text += Self.logarithm(level.logProbabilities[gram]).utf8
        for (index, position) in path.enumerated() {
            text.append(index == 0 ? 0x09 : 0x20)
            text += spellings[index == 0 ? position : Int(storage.levels[index].words[position])]
        }
        if path.count < storage.layout.order {
            text.append(0x09)
            text += Self.logarithm(level.backoffs[gram]).utf8
        }
        text.append(0x0A)
    }

    /// log10 of what has the natural logarithm `value`, in as many digits as tell it from its neighbours.
    private static func logarithm(_ value: Float) -> String {
        guard value > -.infinity else { return zero }
        guard value != 0 else { return "0" }
        return (Float(Double(value) * 0.434_294_481_903_251_8)).description
    }
}
