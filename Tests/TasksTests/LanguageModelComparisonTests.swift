import SequiturModels
import SequiturTasks
import SequiturTensors
import Testing

/// Widths that give models about equal numbers of parameters.
@Suite struct LanguageModelComparisonTests {
    private static let architectures: [ModelArchitecture] = [.rnn, .gru, .lstm, .transformer]

    /// The number that is asked for, within what a step of the width leaves open; it is that of the model.
    @Test(arguments: architectures, [(50_000, 65), (800_000, 65), (3_000_000, 10_000), (20_000_000, 30_000)])
    func widthsFitTheNumberOfParameters(_ architecture: ModelArchitecture, _ size: (target: Int, vocabulary: Int)) throws {
        for layers in [1, 2, 5] {
            var settings = LanguageModelingSettings(data: [], output: "")
            settings.architecture = architecture
            settings.network.layers = layers
            settings.transformer.block = 64
            let count = try settings.fitWidths(to: size.target, vocabularySize: size.vocabulary)
            #expect(abs(Double(count) / Double(size.target) - 1) < (size.target < 100_000 ? 0.1 : 0.03), "\(layers): \(count)")
            #expect(count == settings.parameterCount(vocabularySize: size.vocabulary))
            if architecture == .transformer {
                let ratio = try Double(#require(settings.transformer.feedForwardWidth)) / Double(settings.network.width)
                #expect((2...7).contains(ratio), "\(layers): \(ratio)")
            }
            guard size.target < 1_000_000 else { continue }
            let model = try made(settings, size.vocabulary)
            #expect(model == count)
        }
    }

    private func made(_ settings: LanguageModelingSettings, _ vocabulary: Int) throws -> Int {
        let random = RandomStream(seed: 1)
        return try Engine.run {
            if settings.architecture == .transformer {
                let shape = TransformerConfiguration(
                    vocabularySize: vocabulary, width: settings.network.width, layers: settings.network.layers,
                    heads: settings.transformer.heads, feedForwardWidth: settings.transformer.feedForwardWidth,
                    block: settings.transformer.block)
                return try TransformerLanguageModel(shape, random: random).parameters().count
            }
            let shape = RecurrentConfiguration(
                cell: settings.architecture.cell ?? .lstm, vocabularySize: vocabulary, embeddingSize: settings.network.width,
                hiddenSize: settings.network.width, layers: settings.network.layers, tiesEmbeddings: true)
            return try RecurrentLanguageModel(shape, random: random).parameters().count
        }
    }

    @Test func whatCannotBeFittedIsRefused() {
        var settings = LanguageModelingSettings(data: [], output: "")
        settings.architecture = .lstm
        #expect(throws: ConfigurationError.self) { try settings.fitWidths(to: 1000, vocabularySize: 50_000) }
        settings.network.layers = 200
        #expect(throws: ConfigurationError.self) { try settings.fitWidths(to: 2000, vocabularySize: 65) }
    }
}
