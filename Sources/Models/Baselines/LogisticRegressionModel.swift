import SequiturFiles
import SequiturText

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// N texts, C classes, V terms, R rows of weights: C, but 1 of two classes of which a text has one

/// Logistic regression over TF-IDF of words and pairs of words: the linear baseline of classification.
///
///     idf(w) = ln((1 + N) / (1 + N_w)) + 1        x(w) = tf(w) · idf(w) / ‖tf · idf‖₂
///     P(c | x) = softmax_c(W x + b)               loss = Σ −log P(gold | x) + ‖W‖² / 2C
///
/// tf is how often the text has the term, or 1 + ln of that. Two classes have one row of weights and a sigmoid; where texts have any
/// number of classes there is a sigmoid for each. Settings and minimum are those of scikit-learn's `TfidfVectorizer` and
/// `LogisticRegression` (Pedregosa et al. 2011) with C = 1.
///
///     let model = try LogisticRegressionModel(learntFrom: texts, classes: ["bad", "good"])
///     model.probabilities(of: [.init("a fine film")])[0]
public struct LogisticRegressionModel: Sendable {
    public let classes: [String]
    public let terms: TextTerms
    /// Whether a text has any number of classes.
    public let isMultilabel: Bool
    /// Whether tf is 1 + ln(count).
    public let isSublinear: Bool
    private let table: TermTable
    private let idf: [Float]  // [V]
    private let weights: [Float]  // [V, R]
    private let bias: [Float]  // [R]

    public struct Settings: Sendable, Equatable {
        public var terms = TextTerms()
        public var isMultilabel = false
        public var isSublinear = false
        /// The inverse strength of the penalty.
        public var inversePenalty = 1.0
        /// Whether rare classes weigh as much as frequent ones: N / (C · N_c).
        public var isBalanced = false
        /// What an example of each class weighs, where classes are not balanced; 1 where nil.
        public var classWeights: [Double]?
        public var maximumIterations = 500

        public init() {}
    }

    /// - Throws: `BaselineError` where texts and classes do not go together; `CancellationError` where it is interrupted.
    public init(
        learntFrom texts: [ClassifiedText], classes: [String], settings: Settings = Settings(),
        isInterrupted: () -> Bool = { false }
    ) throws {
        try BaselineError.requireClasses(texts, classes, areSingle: !settings.isMultilabel)
        let found = texts.map { settings.terms.terms(of: $0.text, $0.second) }, table = TermTable(countedFrom: found)
        let counts = found.map(table.counts)
        var documents = [Int](repeating: 0, count: table.count)
        for (term, _) in counts.joined() { documents[Int(term)] += 1 }
        let idf = documents.map { Float(log(Double(1 + texts.count) / Double(1 + $0)) + 1) }
        var rows = SparseRows()
        for counts in counts {
            rows.append(counts.lazy.map(\.term), values: Self.values(counts, idf, isSublinear: settings.isSublinear))
        }
        let width = settings.isMultilabel || classes.count > 2 ? classes.count : 1
        let values = try LogisticLoss(rows, texts.map(\.classes), table.count, width, settings, classes.count).minimum(
            isInterrupted)
        (self.classes, terms, isMultilabel, isSublinear) = (classes, settings.terms, settings.isMultilabel, settings.isSublinear)
        (self.table, self.idf) = (table, idf)
        weights = values[..<(table.count * width)].map(Float.init)
        bias = values[(table.count * width)...].map(Float.init)
    }

    public var parameterCount: Int { weights.count + bias.count }

    /// tf · idf of a text's terms, of length 1.
    private static func values(_ counts: [(term: Int32, count: Int)], _ idf: [Float], isSublinear: Bool) -> [Float] {
        let values = counts.map { (isSublinear ? 1 + log(Double($0.count)) : Double($0.count)) * Double(idf[Int($0.term)]) }
        let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return values.map { Float($0 / max(norm, .leastNormalMagnitude)) }
    }

    /// P(c | text) of every class; of many-label models each for itself.
    public func probabilities(of texts: [ClassifiedText]) -> [[Float]] {
        let width = bias.count
        return texts.map { text in
            let counts = table.counts(of: terms.terms(of: text.text, text.second))
            var scores = bias.map(Double.init)
            for ((term, _), value) in zip(counts, Self.values(counts, idf, isSublinear: isSublinear)) {
                for place in 0..<width { scores[place] += Double(value) * Double(weights[Int(term) * width + place]) }
            }
            if isMultilabel { return scores.map { Float(1 / (1 + exp(-$0))) } }
            return NaiveBayesModel.softmax(width == 1 ? [0, scores[0]] : scores)
        }
    }
}

/// What logistic regression minimises, divided by the number of texts.
private struct LogisticLoss {
    let rows, columns: SparseRows
    let classes: [[Int]]
    let termCount, width: Int
    /// Of each text.
    let shares: [Double]
    let settings: LogisticRegressionModel.Settings

    init(
        _ rows: SparseRows, _ classes: [[Int]], _ termCount: Int, _ width: Int, _ settings: LogisticRegressionModel.Settings,
        _ classCount: Int
    ) {
        (self.rows, self.classes, self.termCount, self.width, self.settings) = (rows, classes, termCount, width, settings)
        columns = rows.transposed(columnCount: termCount)
        var counts = [Int](repeating: 0, count: classCount)
        for index in classes.joined() { counts[index] += 1 }
        let total = Double(classes.count), present = Double(counts.count { $0 > 0 })
        shares = classes.map { own in
            guard !settings.isMultilabel else { return 1 / total }
            if settings.isBalanced { return 1 / (present * Double(counts[own[0]])) }
            return (settings.classWeights?[own[0]] ?? 1) / total
        }
    }

    /// [V·R + R]: weights and biases.
    func minimum(_ isInterrupted: () -> Bool) throws -> [Double] {
        var values = [Double](repeating: 0, count: (termCount + 1) * width)
        var residuals = [Double](repeating: 0, count: classes.count * width)
        let solver = LBFGS(memory: 10, maximumIterations: settings.maximumIterations, gradientTolerance: 1e-7)
        _ = try solver.minimize(&values, isInterrupted: isInterrupted) { values, gradient in
            loss(values, &gradient, &residuals)
        }
        return values
    }

    private func loss(_ values: [Double], _ gradient: inout [Double], _ residuals: inout [Double]) -> Double {
        let first = termCount * width, penalty = 1 / (settings.inversePenalty * Double(classes.count))
        values.withUnsafeBufferPointer { values in
            residuals.withUnsafeMutableBufferPointer { residuals in
                if let values = values.baseAddress, let residuals = residuals.baseAddress {
                    rows.multiply(values, width: width, into: residuals)
                }
            }
        }
        var sum = 0.0
        for index in first..<gradient.count { gradient[index] = 0 }
        for (text, own) in classes.enumerated() {
            let range = (text * width)..<((text + 1) * width)
            for place in range { residuals[place] += values[first + place - range.lowerBound] }
            if settings.isMultilabel || width == 1 {
                for place in range {
                    let score = residuals[place],
                        isOwn = own.contains(width == 1 && !settings.isMultilabel ? 1 : place - range.lowerBound)
                    // ln(1 + exp(score)) without overflow.
                    sum += shares[text] * (max(score, 0) + log1p(exp(-abs(score))) - (isOwn ? score : 0))
                    residuals[place] = shares[text] * (1 / (1 + exp(-score)) - (isOwn ? 1 : 0))
                }
            } else {
                let highest = residuals[range].max() ?? 0, gold = range.lowerBound + own[0], score = residuals[gold]
                var total = 0.0
                for place in range {
                    residuals[place] = exp(residuals[place] - highest)
                    total += residuals[place]
                }
                sum += shares[text] * (highest + log(total) - score)
                for place in range { residuals[place] = shares[text] * (residuals[place] / total - (place == gold ? 1 : 0)) }
            }
            for place in range { gradient[first + place - range.lowerBound] += residuals[place] }
        }
        residuals.withUnsafeBufferPointer { residuals in
            gradient.withUnsafeMutableBufferPointer { gradient in
                if let residuals = residuals.baseAddress, let gradient = gradient.baseAddress {
                    columns.multiply(residuals, width: width, into: gradient)
                }
            }
        }
        var square = 0.0
        for index in 0..<first {
            gradient[index] += penalty * values[index]
            square += values[index] * values[index]
        }
        return sum + penalty / 2 * square
    }
}

// MARK: Files

/// A folder with `config.json`: classes, terms and settings; and `model.safetensors`: float32 `idf` [V], `weights` [V, R] and `bias` [R].
extension LogisticRegressionModel {
    static let modelType = "sequitur-logistic-regression"

    public func write(toFolder folder: String) throws {
        let width = bias.count
        try SafetensorsWriter.write(
            [
                .init("idf", .float32, [table.count], idf), .init("weights", .float32, [table.count, width], weights),
                .init("bias", .float32, [width], bias),
            ], to: "\(folder)/model.safetensors")
        let json: JSONValue = [
            "model_type": .string(Self.modelType), "splitter": .string(terms.splitter.rawValue),
            "multilabel": .bool(isMultilabel),
            "sublinear": .bool(isSublinear), "classes": .array(classes.map { .string($0) }),
            "terms": .array(table.terms.map { .string($0) }),
        ]
        try json.write(to: "\(folder)/config.json")
    }

    /// - Throws: `FileError`, `JSONError`, `SafetensorsError`, `CheckpointError` or `BaselineError`.
    public init(folder: String) throws {
        let file = try BaselineConfiguration(
            folder: folder, type: Self.modelType, keys: ["splitter", "multilabel", "sublinear", "classes", "terms"])
        isMultilabel = try file.bool("multilabel")
        isSublinear = try file.bool("sublinear")
        classes = try file.distinctStrings("classes", atLeast: isMultilabel ? 1 : 2)
        table = try file.terms()
        terms = TextTerms(splitter: try file.choice("splitter"))
        let width = isMultilabel || classes.count > 2 ? classes.count : 1
        let tensors = try BaselineTensors(
            folder: folder,
            shapes: ["idf": (.float32, [table.count]), "weights": (.float32, [table.count, width]), "bias": (.float32, [width])])
        idf = try tensors.floats("idf")
        weights = try tensors.floats("weights")
        bias = try tensors.floats("bias")
    }
}
