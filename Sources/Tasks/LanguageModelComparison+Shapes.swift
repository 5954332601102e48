import SequiturModels

extension LanguageModelingSettings {
    /// Parameters of the model that these settings describe; nil where they cannot be counted.
    package func parameterCount(vocabularySize: Int) -> Int? {
        if let cell = architecture.cell { return network.configuration(cell, vocabularySize: vocabularySize).parameterCount }
        return transformerConfiguration(vocabularySize: vocabularySize).parameterCount
    }

    /// Chooses the widths with which the model, its layers as they are, has as nearly as possible `target` parameters.
    ///
    /// A recurrent net takes the multiple of 8 that comes nearest; where that is off by more than a twentieth, the number that does. A
    /// Transformer takes the multiple of four for each head that comes nearest with feed-forward parts of the usual width, and then the
    /// width of those parts, a multiple of 8, takes up the rest.
    ///
    /// - Returns: the number of parameters.
    /// - Throws: `ConfigurationError` where none comes within a tenth.
    package mutating func fitWidths(to target: Int, vocabularySize: Int) throws -> Int {
        network.embeddingWidth = nil
        transformer.feedForwardWidth = nil
        var count = 0
        for unit in architecture.cell == nil ? [4 * transformer.heads] : [8, 1] {
            count = fit(\.network.width, inStepsOf: unit, below: 65536, to: target, vocabularySize)
            if abs(Double(count) / Double(target) - 1) <= 0.05 { break }
        }
        if architecture.cell == nil {
            count = fit(\.feedForwardWidth, inStepsOf: 8, below: 262_144, to: target, vocabularySize)
        }
        guard abs(Double(count) / Double(target) - 1) <= 0.1 else {
            let layers = network.layers == 1 ? "1 layer" : "\(network.layers) layers"
            throw ConfigurationError(
                reason:
                    "no \(architecture.rawValue) of \(layers) over \(vocabularySize) tokens has about \(target) parameters, the nearest has \(count): ask for other numbers of parameters, layers or tokens"
            )
        }
        return count
    }

    private var feedForwardWidth: Int {
        get { transformer.feedForwardWidth ?? 4 * network.width }
        set { transformer.feedForwardWidth = newValue }
    }

    /// The parameters of the model that has `value` as its `width`.
    private func parameters(with value: Int, in width: WritableKeyPath<Self, Int>, _ vocabularySize: Int) -> Int {
        var settings = self
        settings[keyPath: width] = value
        return settings.parameterCount(vocabularySize: vocabularySize) ?? .max
    }

    /// Gives `width` the multiple of `unit` with which the model has most nearly `target` parameters.
    ///
    /// - Returns: their number.
    private mutating func fit(
        _ width: WritableKeyPath<Self, Int>, inStepsOf unit: Int, below limit: Int, to target: Int, _ vocabularySize: Int
    ) -> Int {
        // parameters(low) < target ≤ parameters(high), unless the least or the greatest width is it
        var low = 1, high = max(2, limit / unit)
        while high - low > 1 {
            let middle = (low + high) / 2
            if parameters(with: unit * middle, in: width, vocabularySize) < target { low = middle } else { high = middle }
        }
        let counts = [low, high].map { parameters(with: unit * $0, in: width, vocabularySize) }
        let distances = counts.map { abs(Double($0) - Double(target)) }, isLow = distances[0] <= distances[1]
        self[keyPath: width] = unit * (isLow ? low : high)
        return isLow ? counts[0] : counts[1]
    }
}
