import SequiturModels

extension LanguageModelingSettings {
    /// Parameters of the model that these settings describe; nil where they cannot be counted.
    package func parameterCount(vocabularySize: Int) -> Int? {
        if let cell = architecture.cell { return network.configuration(cell, vocabularySize: vocabularySize).parameterCount }
        return transformerConfiguration(vocabularySize: vocabularySize).parameterCount
    }

    /// Chooses the widths with which the model, its layers as they are, has as nearly as possible `target` parameters.
    ///
    /// A recurrent net takes the multiple of 8 that comes nearest. A Transformer takes the multiple of four for each head that
    /// comes nearest with feed-forward parts of the usual width, and then the width of those parts, a multiple of 8, takes up the rest.
    ///
    /// - Returns: the number of parameters.
    /// - Throws: `ConfigurationError` where none comes within a tenth.
    package mutating func fitWidths(to target: Int, vocabularySize: Int) throws -> Int {
        network.embeddingWidth = nil
        transformer.feedForwardWidth = nil
        let isRecurrent = architecture.cell != nil, unit = isRecurrent ? 8 : 4 * transformer.heads
        network.width =
            unit
            * nearest(to: target, below: 65536 / unit) { settings, count in
                settings.network.width = unit * count
                return settings.parameterCount(vocabularySize: vocabularySize)
            }
        if !isRecurrent {
            transformer.feedForwardWidth =
                8
                * nearest(to: target, below: 262_144 / 8) { settings, count in
                    settings.transformer.feedForwardWidth = 8 * count
                    return settings.parameterCount(vocabularySize: vocabularySize)
                }
        }
        let found = parameterCount(vocabularySize: vocabularySize) ?? .max
        guard abs(Double(found) - Double(target)) <= 0.1 * Double(target) else {
            let layers = network.layers == 1 ? "1 layer" : "\(network.layers) layers"
            throw ConfigurationError(
                reason:
                    "no \(architecture.rawValue) of \(layers) over \(vocabularySize) tokens has about \(target) parameters, the nearest has \(found): ask for other numbers of parameters, layers or tokens"
            )
        }
        return found
    }

    /// The number, from 1 on, with which a model has most nearly `target` parameters; their number must grow with it.
    private func nearest(to target: Int, below limit: Int, _ count: (inout Self, Int) -> Int?) -> Int {
        func parameters(_ number: Int) -> Int {
            var settings = self
            return count(&settings, number) ?? .max
        }
        var low = 1, high = max(2, limit)  // parameters(low) < target ≤ parameters(high), unless low is 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if parameters(middle) < target { low = middle } else { high = middle }
        }
        let (below, above) = (Double(parameters(low)), Double(parameters(high)))
        return abs(below - Double(target)) <= abs(above - Double(target)) ? low : high
    }
}
