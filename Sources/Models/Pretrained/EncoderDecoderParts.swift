import SequiturLayers

/// What the encoder–decoders share.
enum EncoderDecoderParts {
    /// - Parameters:
    ///   - languageModel: ends of the names of classes with a head over the vocabulary, which is the model's own.
    ///   - width: of the hidden states.
    static func heads(
        _ reader: ConfigurationReader, languageModel: [String], width: Int, vocabularySize: Int
    ) throws -> [ArchitectureDescription.Head] {
        let labels = try reader.labelCount()
        return [
            .init(
                classes: languageModel, form: .init(.languageModel, reading: .tokens, classes: vocabularySize),
                table: WeightTable([])),
            .init(
                classes: ["ForSequenceClassification"],
                form: .init(.sequenceClassification, reading: .end, denseWidth: width, activation: .tanh, classes: labels),
                table: WeightTable([
                    .map("dense", "classification_head.dense"), .map("output", "classification_head.out_proj"),
                ])),
            .init(
                classes: ["ForQuestionAnswering"], form: .init(.questionAnswering, reading: .tokens, classes: 2),
                table: WeightTable([.map("output", "qa_outputs")])),
        ]
    }

    static func description(
        _ configuration: EncoderDecoderConfiguration, prefix: String, table: WeightTable,
        heads: [ArchitectureDescription.Head], ignored: [String], decoderIds: ArchitectureDescription.DecoderIds,
        isEncoderAlone: Bool = false, _ reader: ConfigurationReader
    ) throws -> ArchitectureDescription {
        do { try configuration.validate() } catch let error as ConfigurationError { throw reader.error(error.reason) }
        return ArchitectureDescription(
            prefix: prefix, parameterCount: configuration.parameterCount(hasDecoder: !isEncoderAlone), width: configuration.width,
            table: table,
            heads: heads, ignored: ignored, decoderIds: decoderIds
        ) { random in
            if isEncoderAlone { return try SourceEncoderModel(configuration, random: random) }
            return try EncoderDecoderModel(configuration, random: random)
        }
    }
}
