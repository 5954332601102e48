/// The likeliest token; of several the one with the lowest id.
public struct GreedyChoice: TokenChoice, Equatable {
    public init() {}

    public func token(from scores: [Float], draw: Double) -> Int32 {
        var highest = -Float.infinity
        for score in scores { highest = score > highest ? score : highest }
        return Int32(scores.firstIndex(of: highest) ?? 0)
    }
}
