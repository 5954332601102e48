import SequiturModels
import SequiturText
import SequiturTraining

/// A question and a part of its context, as they are read at once.
package struct QuestionWindow: Sendable, Equatable {
    package let text: EncodedText
    /// The steps of the context.
    package let context: Range<Int>
    /// What each of them stands for in the context, in Unicode code points; empty for pieces that stand for nothing.
    package let places: [Range<Int>]
    /// Whether the context begins, and ends, in it.
    package let isFirst, isLast: Bool

    /// The steps that show an answer; nil where the window does not have all of it.
    package func steps(of answer: Range<Int>) -> ClosedRange<Int>? {
        guard let first = places.firstIndex(where: { !$0.isEmpty && $0.upperBound > answer.lowerBound }),
            let last = places.lastIndex(where: { !$0.isEmpty && $0.lowerBound < answer.upperBound }), first <= last,
            isFirst || places[first].lowerBound <= answer.lowerBound, isLast || places[last].upperBound >= answer.upperBound
        else { return nil }
        return context.lowerBound + first...context.lowerBound + last
    }

    /// The code points that some steps of the context stand for.
    package func place(of steps: ClosedRange<Int>) -> Range<Int> {
        let own = places[steps.lowerBound - context.lowerBound...steps.upperBound - context.lowerBound].filter { !$0.isEmpty }
        guard let first = own.first, let last = own.last, first.lowerBound < last.upperBound else { return 0..<0 }
        return first.lowerBound..<last.upperBound
    }
}

/// Cuts questions and contexts into windows that overlap by `stride` steps.
package struct QuestionReader: Sendable {
    let features: TextFeatures
    /// The most steps of a window, and of its question.
    package let limit, questionLimit: Int
    /// How many steps of the context neighbouring windows share.
    package let stride: Int
    /// Cuts the second text of a pair alone.
    private let cutting: TokenizerPipeline?
    private let plain: TokenizerPipeline?

    /// The most pieces of a question.
    private static let longestQuestion = 64
    /// What words are in a window's types.
    private enum Kind { static let question: Int32 = 0, context: Int32 = 1, shared: Int32 = 2, count = 3 }
    static let kindCount = Kind.count

    /// - Parameter stride: 128 where nil, or half of what has room.
    /// - Throws: where the maximum leaves no room for a context, or the stride none to go on.
    init(_ features: TextFeatures, maximumLength: Int, stride: Int?) throws {
        self.features = features
        limit = min(maximumLength, features.limit)
        var added = 1
        if case .pieces(let tokenizer, _) = features.source {
            let plain = tokenizer.adjusted(truncation: nil, padding: nil)
            added = try plain.encode("a", pair: "a").specialTokensMask.count { $0 != 0 }
            self.plain = plain
        } else {
            plain = nil
        }
        guard limit >= added + 4 else {
            throw ConfigurationError(
                reason: "a maximum length of \(limit) leaves no room for a question and its context: give more")
        }
        questionLimit = min(Self.longestQuestion, (limit - added) / 2)
        let room = limit - added - questionLimit
        self.stride = stride ?? min(128, room / 2)
        guard (0..<room).contains(self.stride) else {
            throw ConfigurationError(
                reason:
                    "a stride of \(self.stride) must be less than the \(room) steps that a maximum length of \(limit) leaves for the "
                    + "context: give less, or a greater maximum length")
        }
        let truncation = TokenTruncation(maximumLength: limit, stride: self.stride, strategy: .onlySecond)
        cutting = plain?.adjusted(truncation: truncation, padding: nil)
    }

    /// Pieces of a tokenizer.
    package init(_ tokenizer: TokenizerPipeline, maximumLength: Int, stride: Int? = nil) throws {
        let frame = try PieceFrame(tokenizer.adjusted(truncation: nil, padding: nil))
        try self.init(
            TextFeatures(source: .pieces(tokenizer, frame), splitter: .words, limit: maximumLength), maximumLength: maximumLength,
            stride: stride)
    }

    /// Words of a lexicon.
    package init(_ lexicon: Lexicon, splitter: WordSplitter, maximumLength: Int, stride: Int? = nil) throws {
        try self.init(
            TextFeatures(source: .words(lexicon, readsCharacters: false), splitter: splitter, limit: .max),
            maximumLength: maximumLength,
            stride: stride)
    }

    /// One window, or several where the context is longer than one; every piece of the context is in one of them.
    package func windows(question: String, context: String) throws -> [QuestionWindow] {
        guard let plain, let cutting else { return words(question, context) }
        let (question, count) = try shortened(question, plain), whole = try cutting.encode(question, pair: context)
        let parts = [whole] + whole.overflowing
        return try parts.enumerated().map { index, part in
            let own = part.ids.indices.filter { part.specialTokensMask[$0] == 0 }
            let steps = own.dropFirst(count), lower = steps.first ?? part.count
            guard own.count >= count, steps.last.map({ $0 - lower + 1 == steps.count }) ?? true else {
                throw ConfigurationError(
                    reason: "the tokenizer does not put a pair's second text behind its first: it cannot be used here")
            }
            var text = EncodedText(ids: part.ids.isEmpty ? [0] : part.ids)
            if part.typeIDs.contains(where: { $0 != 0 }) { text.types = part.typeIDs }
            return QuestionWindow(
                text: text, context: lower..<lower + steps.count, places: steps.map { part.offsets[$0] }, isFirst: index == 0,
                isLast: index == parts.count - 1)
        }
    }

    /// As much of a question as may be read, and its pieces.
    private func shortened(_ question: String, _ plain: TokenizerPipeline) throws -> (String, count: Int) {
        let encoding = try plain.encode(question, addsSpecialTokens: false)
        guard encoding.count > questionLimit else { return (question, encoding.count) }
        let scalars = Array(question.unicodeScalars)
        // What is cut off may change how the rest is cut into pieces.
        for kept in (0..<questionLimit).reversed() {
            let text = String(String.UnicodeScalarView(scalars[..<encoding.offsets[kept].upperBound]))
            let count = try plain.encode(text, addsSpecialTokens: false).count
            if count <= questionLimit { return (text, count) }
        }
        return ("", try plain.encode("", addsSpecialTokens: false).count)
    }

    private func words(_ question: String, _ context: String) -> [QuestionWindow] {
        guard case .words(let lexicon, let readsCharacters) = features.source else { return [] }
        let asked = features.splitter.split(question).prefix(questionLimit).map(\.text)
        let told = features.splitter.split(context), shared = Set(asked.map { $0.lowercased() })
        let before = asked + [TextFeatures.separator], room = limit - before.count
        var windows: [QuestionWindow] = [], start = 0
        repeat {
            let end = min(told.count, start + room), part = told[start..<end], words = before + part.map(\.text)
            var text = EncodedText(ids: words.map(lexicon.id(of:)))
            text.types = before.map { _ in Kind.question }
            text.types += part.map { shared.contains($0.text.lowercased()) ? Kind.shared : Kind.context }
            if readsCharacters { text.characters = words.map(lexicon.characterIDs(of:)) }
            windows.append(
                QuestionWindow(
                    text: text, context: before.count..<words.count, places: part.map(\.range), isFirst: start == 0,
                    isLast: end == told.count))
            start = end == told.count ? end : end - stride
        } while start < told.count
        return windows
    }
}

/// A context and where its characters begin.
package struct AnswerText {
    private let scalars: [Unicode.Scalar]
    /// Whether a character begins at a code point, or the text ends; nil where each is one.
    private let begins: [Bool]?

    package init(_ text: String) {
        scalars = Array(text.unicodeScalars)
        guard scalars.contains(where: { !$0.isASCII }) else {
            begins = nil
            return
        }
        var begins = [Bool](repeating: false, count: scalars.count + 1), place = 0
        for character in text {
            begins[place] = true
            place += character.unicodeScalars.count
        }
        begins[scalars.count] = true
        self.begins = begins
    }

    package func text(_ range: Range<Int>) -> String {
        String(String.UnicodeScalarView(scalars[range.clamped(to: scalars.indices)]))
    }

    /// A span without white space at its ends, and with whole characters: tokenizers may take marks from their letters.
    package func span(_ range: Range<Int>) -> Range<Int> {
        var (lower, upper) = (max(0, range.lowerBound), min(range.upperBound, scalars.count))
        guard lower < upper else { return 0..<0 }
        if let begins {
            while !begins[lower] { lower -= 1 }
            while !begins[upper] { upper += 1 }
        }
        while lower < upper, scalars[lower].properties.isWhitespace { lower += 1 }
        while lower < upper, scalars[upper - 1].properties.isWhitespace { upper -= 1 }
        return lower < upper ? lower..<upper : 0..<0
    }
}
