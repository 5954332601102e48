/// The best spans of a window by the sum of the scores of their ends.
package struct SpanSearch: Sendable, Equatable {
    /// The most steps of a span, and how many spans are wanted.
    package let maximumLength, count: Int

    package init(maximumLength: Int, count: Int) {
        self.maximumLength = maximumLength
        self.count = count
    }

    package struct Span: Sendable, Equatable {
        package let steps: ClosedRange<Int>
        package let score: Float
    }

    /// The best first; of equal ones the first in the text, and of those the shortest. All are looked at: O(T · maximumLength).
    ///
    /// - Parameters:
    ///   - starts: the score of each step as the first of a span.
    ///   - ends: as the last.
    ///   - context: the steps that spans may have.
    package func best(starts: [Float], ends: [Float], context: Range<Int>) -> [Span] {
        var best: [Span] = []
        best.reserveCapacity(count + 1)
        for first in context {
            for last in first..<min(context.upperBound, first + maximumLength) {
                let score = starts[first] + ends[last]
                guard best.count < count ? !score.isNaN : score > best[count - 1].score else { continue }
                var place = best.count
                while place > 0, best[place - 1].score < score { place -= 1 }
                best.insert(Span(steps: first...last, score: score), at: place)
                if best.count > count { best.removeLast() }
            }
        }
        return best
    }
}
