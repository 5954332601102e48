import SequiturGeneration
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText

/// An untrained recurrent model whose distributions are far from even.
func smallRecurrentModel(vocabularySize: Int, dropout: Float = 0) throws -> RecurrentLanguageModel {
    let configuration = RecurrentConfiguration(
        vocabularySize: vocabularySize, embeddingSize: 12, hiddenSize: 16, layers: 2, dropout: dropout, inputDropout: dropout,
        layerDropout: dropout)
    let model = try RecurrentLanguageModel(configuration, random: RandomStream(seed: 1))
    for parameter in [model.output.weight, model.embedding.weight] { parameter.assign(parameter() * 12) }
    return model
}

/// Text for tokenizers and counted models.
let riverText = """
    the ferry left the bank and the river took it
    the miller saw the ferry and the river and said nothing
    nothing on the river is as old as the ferry

    """

func characterTokenizer() throws -> CharacterTokenizer { try CharacterTokenizer(trainedOn: riverText) }

func wordTokenizer() throws -> WordTokenizer { try WordTokenizer(trainedOn: riverText) }

func nGramModel(of tokenizer: some Tokenizer, text: String = riverText, order: Int = 3) throws -> NGramModel {
    try NGramModel(
        estimatedFrom: tokenizer.encode(text, ending: .document), vocabulary: tokenizer.vocabulary.tokens,
        endOfSentence: tokenizer.endOfSentence, unknown: tokenizer.unknown, settings: NGramSettings(order: order))
}

/// A generator for each pair of tokenizer and model.
enum Pairing: String, CaseIterable, Sendable {
    case recurrentCharacters, recurrentWords, countedCharacters, countedWords

    func generator(_ settings: GenerationSettings) throws -> TextGenerator {
        switch self {
        case .recurrentCharacters:
            let tokenizer = try characterTokenizer()
            let model = try smallRecurrentModel(vocabularySize: tokenizer.vocabularySize)
            return try TextGenerator(model: model, tokenizer: tokenizer, settings: settings)
        case .recurrentWords:
            let tokenizer = try wordTokenizer()
            let model = try smallRecurrentModel(vocabularySize: tokenizer.vocabularySize)
            return try TextGenerator(model: model, tokenizer: tokenizer, settings: settings)
        case .countedCharacters:
            let tokenizer = try characterTokenizer()
            return try TextGenerator(model: nGramModel(of: tokenizer, order: 5), tokenizer: tokenizer, settings: settings)
        case .countedWords:
            let tokenizer = try wordTokenizer()
            return try TextGenerator(model: nGramModel(of: tokenizer), tokenizer: tokenizer, settings: settings)
        }
    }
}
