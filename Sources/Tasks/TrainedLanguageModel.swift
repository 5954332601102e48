import SequiturFiles
import SequiturGeneration
import SequiturModels
import SequiturTensors
import SequiturText

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A language model with its tokenizer, as a run folder holds them: to be evaluated, prompted, or trained on.
///
///     let model = try TrainedLanguageModel(folder: "runs/tales")
///     print(try model.generate("Once upon a time").text)
public struct TrainedLanguageModel {
    /// Every architecture that models language, and what reads its folder.
    public enum Model {
        case recurrent(RecurrentLanguageModel)
        case ngram(NGramModel)
    }

    public let model: Model
    public let tokenizer: any Tokenizer

    public init(model: Model, tokenizer: any Tokenizer) {
        self.model = model
        self.tokenizer = tokenizer
    }

    /// Reads `config.json`, `tokenizer.json` and the weights; of a counted model `model.ngram`, or `model.arpa` where there is none.
    ///
    /// - Throws: one line for whatever is missing, malformed or does not fit together.
    public init(folder: String) throws {
        let path = "\(folder)/config.json"
        let configuration = try JSONValue.parse(contentsOf: path)
        let architecture = try ModelArchitecture(configuration: configuration, path: path)
        tokenizer = try TokenizerFile.read("\(folder)/tokenizer.json")
        switch architecture {
        case .lstm, .gru, .rnn:
            let shape: RecurrentConfiguration
            do { shape = try RecurrentConfiguration(json: configuration) } catch let error as ConfigurationError {
                throw ConfigurationError(reason: "\(path): \(error.reason)")
            }
            let weights = "\(folder)/\(TrainedLanguageModel.weightsFile)"
            try shape.checkSize(against: weights)
            let model = try Engine.run { try RecurrentLanguageModel(shape, random: RandomStream(seed: 0)) }
            try Engine.run { try Checkpoint.read(model.parameters(), from: weights) }
            self.model = .recurrent(model)
        case .ngram:
            let counts = "\(folder)/\(TrainedLanguageModel.countsFile)", text = "\(folder)/model.arpa"
            model = .ngram(
                access(counts, F_OK) != 0 && access(text, F_OK) == 0
                    ? try NGramModel(arpa: text) : try NGramModel(contentsOf: counts))
        }
        guard vocabularySize == tokenizer.vocabularySize else {
            throw ConfigurationError(
                reason:
                    "\(folder): the model has \(vocabularySize) tokens, but tokenizer.json has \(tokenizer.vocabularySize): the files are of two runs"
            )
        }
    }

    /// Writes what `init(folder:)` reads. The folder must be there.
    public func write(to folder: String) throws {
        try TokenizerFile.write(tokenizer, to: "\(folder)/tokenizer.json")
        switch model {
        case .recurrent(let model):
            try Checkpoint.write(
                model.parameters(), metadata: ["format": "pt"], to: "\(folder)/\(TrainedLanguageModel.weightsFile)")
            try model.configuration.json.write(to: "\(folder)/config.json")
        case .ngram(let model):
            try model.write(to: "\(folder)/\(TrainedLanguageModel.countsFile)")
            let configuration: JSONValue = [
                "model_type": .string(ModelArchitecture.ngram.modelType), "vocab_size": .integer(Int64(model.vocabularySize)),
                "order": .integer(Int64(model.order)),
            ]
            try configuration.write(to: "\(folder)/config.json")
        }
    }

    static let weightsFile = "model.safetensors"
    static let countsFile = "model.ngram"

    public var architecture: ModelArchitecture {
        switch model {
        case .recurrent(let model): model.configuration.architecture
        case .ngram: .ngram
        }
    }

    public var vocabularySize: Int {
        switch model {
        case .recurrent(let model): model.vocabularySize
        case .ngram(let model): model.vocabularySize
        }
    }

    /// Writes on from `prompt`; `onText` takes the text piece by piece.
    public func generate(
        _ prompt: String, settings: GenerationSettings = GenerationSettings(), onText: (String) throws -> Void = { _ in }
    ) throws -> GeneratedText {
        let generator =
            switch model {
            case .recurrent(let model): try TextGenerator(model: model, tokenizer: tokenizer, settings: settings)
            case .ngram(let model): try TextGenerator(model: model, tokenizer: tokenizer, settings: settings)
            }
        return try generator.generate(prompt, onText: onText)
    }
}

extension RecurrentConfiguration {
    /// Parameters of a model of this shape, or nil where they cannot be counted.
    public var parameterCount: Int? {
        func product(_ factors: Int...) -> Int? {
            factors.reduce(1 as Int?) { total, factor in
                guard let (value, overflow) = total?.multipliedReportingOverflow(by: factor), !overflow else { return nil }
                return value
            }
        }
        guard let table = product(vocabularySize, embeddingSize),
            let head = tiesEmbeddings ? 0 : product(vocabularySize, hiddenSize),
            let first = product(cell.gateCount, hiddenSize, embeddingSize + hiddenSize + 2),
            let other = product(cell.gateCount, hiddenSize, 2 * hiddenSize + 2),
            let others = product(other, layers - 1)
        else { return nil }
        return table + head + vocabularySize + first + others
    }

    /// Refuses a configuration whose weights cannot be those of the file, before anything is allocated for it.
    func checkSize(against weights: String) throws {
        let file = try SafetensorsFile(path: weights)
        let elements = file.entries.map(\.elementCount).reduce(0, +)
        guard let parameterCount, parameterCount == elements else {
            throw ConfigurationError(
                reason:
                    "\(weights) holds \(elements) numbers, but config.json describes a model of \(parameterCount.map(String.init) ?? "too many"): the files do not belong together"
            )
        }
    }
}
