import SequiturLayers

/// Marian (Junczys-Dowmunt et al. 2018) as OPUS-MT's translators are (Tiedemann & Thottingal 2020): `model_type` "marian". BART's layers
/// without a norm behind the embeddings, positions as waves, and vocabularies that may be apart.
enum Marian: PretrainedArchitecture {
    static func description(_ reader: ConfigurationReader) throws -> ArchitectureDescription {
        try BART.requireKnown(reader, first: false, embeddings: false, last: false, fixedPositions: true)
        var configuration = try BART.common(reader, vocabularySize: 58_101)
        let isShared = try reader.bool("share_encoder_decoder_embeddings", default: true)
        configuration.sharesEmbeddings = isShared && configuration.sharesEmbeddings
        if !isShared {
            configuration.vocabularySize = try reader.integer("decoder_vocab_size", default: configuration.sourceVocabularySize)
        }
        let stored = ["encoder", "decoder"].filter { reader.has("\($0).embed_positions.weight", prefix: "model.") }.count
        guard reader.tensors == nil || stored != 1 else {
            throw reader.error("one of encoder and decoder has \"embed_positions.weight\", but the other has not")
        }
        configuration.positions = .sinusoidal(
            count: try reader.integer("max_position_embeddings", default: 1024), isStored: reader.tensors != nil && stored == 2)
        configuration.normalizesEmbeddings = false
        return try BART.description(configuration, decoderIds: .required, reader)
    }
}
