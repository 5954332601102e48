import SequiturLayers

/// What decoders without an encoder share.
enum DecoderParts {
    /// - Parameters:
    ///   - languageModel: ends of the names of classes with a head over the vocabulary, which is the model's own.
    ///   - tokenLayer: the name of the map of a tagger.
    static func heads(
        _ reader: ConfigurationReader, languageModel: [String], tokenLayer: String, vocabularySize: Int
    ) throws -> [ArchitectureDescription.Head] {
        let labels = try reader.labelCount()
        return [
            .init(
                classes: languageModel, form: .init(.languageModel, reading: .tokens, classes: vocabularySize),
                table: WeightTable([])),
            .init(
                classes: ["ForSequenceClassification"],
                form: .init(.sequenceClassification, reading: .last, classes: labels, hasBias: false),
                table: WeightTable([.map("output", "score")])),
            .init(
                classes: ["ForTokenClassification"], form: .init(.tokenClassification, reading: .tokens, classes: labels),
                table: WeightTable([.map("output", tokenLayer)])),
            .init(
                classes: ["ForQuestionAnswering"], form: .init(.questionAnswering, reading: .tokens, classes: 2),
                table: WeightTable([.map("output", "qa_outputs")])),
        ]
    }

    static func description(
        _ configuration: TransformerConfiguration, prefix: String, table: WeightTable, heads: [ArchitectureDescription.Head],
        ignored: [String], _ reader: ConfigurationReader
    ) throws -> ArchitectureDescription {
        do { try configuration.validate() } catch let error as ConfigurationError { throw reader.error(error.reason) }
        return ArchitectureDescription(
            prefix: prefix, parameterCount: configuration.parameterCount, width: configuration.width, table: table, heads: heads,
            ignored: ignored
        ) { try TransformerLanguageModel(configuration, random: $0) }
    }
}
