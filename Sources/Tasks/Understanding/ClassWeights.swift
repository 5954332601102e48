import SequiturModels

/// What the classes weigh in the loss.
public enum ClassWeights: Sendable, Equatable {
    /// One as much as the other.
    case even
    /// N / (C · n_c) of a class with n_c of N examples: rare ones as much as frequent ones (scikit-learn's "balanced").
    case balanced
    /// Those that are named; others weigh 1.
    case named([String: Float])

    /// The weight of each class; nil where all are even.
    ///
    /// - Parameters:
    ///   - counts: how often each class is learnt.
    ///   - group: what several classes are called together: `PER` of `B-PER` and `I-PER`.
    /// - Throws: `ConfigurationError` where something is named that is no class.
    func weights(of classes: [String], counts: [Int], group: (String) -> String? = { _ in nil }) throws -> [Float]? {
        switch self {
        case .even: return nil
        case .balanced:
            let total = Float(counts.reduce(0, +)), present = Float(counts.count { $0 > 0 })
            return counts.map { $0 > 0 ? total / (present * Float($0)) : 1 }
        case .named(let weights):
            let known = Set(classes + classes.compactMap(group))
            if let name = weights.keys.sorted().first(where: { !known.contains($0) }) {
                let names = classes.prefix(20).map { "'\($0.printable(limit: 40))'" }.joined(separator: ", ")
                throw ConfigurationError(
                    reason: "a weight is given for the class '\(name.printable(limit: 40))', but the classes are \(names)"
                        + (classes.count > 20 ? " and \(classes.count - 20) more" : ""))
            }
            return classes.map { weights[$0] ?? group($0).flatMap { weights[$0] } ?? 1 }
        }
    }
}
