/// A token drawn by its probability p = softmax(s): the first i with p_0 + … + p_i > u Σ_j p_j, where u is the draw.
public struct RandomChoice: TokenChoice, Equatable {
    public init() {}

    public func token(from scores: [Float], draw: Double) -> Int32 {
        let probabilities = probabilities(of: scores)
        var sum = 0.0
        for probability in probabilities { sum += Double(probability) }
        var rest = draw * sum
        var last = 0
        for (index, probability) in probabilities.enumerated() where probability > 0 {
            rest -= Double(probability)
            if rest < 0 { return Int32(index) }
            last = index
        }
        // Where rounding leaves a rest.
        return Int32(last)
    }
}
