import SequiturFiles
import SequiturGeneration
import SequiturLayers
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
        case transformer(TransformerLanguageModel)
        case ngram(NGramModel)
    }

    public let model: Model
    public let tokenizer: any Tokenizer
    /// The folder's model in the layout of the ecosystem, whose body `model` is; nil for architectures of this house.
    public let pretrained: PretrainedModel?

    public init(model: Model, tokenizer: any Tokenizer, pretrained: PretrainedModel? = nil) {
        self.model = model
        self.tokenizer = tokenizer
        self.pretrained = pretrained
    }

    /// The architecture of a run or model folder.
    public static func architecture(of folder: String) throws -> ModelArchitecture {
        let path = "\(folder)/config.json"
        return try ModelArchitecture(configuration: try JSONValue.parse(contentsOf: path), path: path)
    }

    /// Reads `config.json`, `tokenizer.json` and the weights; of a counted model `model.ngram`, or `model.arpa` where there is none.
    ///
    /// - Parameter dropout: of a model of the ecosystem: the rates to train on with; those of its configuration where nil.
    /// - Throws: one line for whatever is missing, malformed or does not fit together.
    public init(folder: String, dropout: (Float, attention: Float)? = nil) throws {
        let path = "\(folder)/config.json"
        let configuration = try JSONValue.parse(contentsOf: path)
        let architecture = try ModelArchitecture(configuration: configuration, path: path)
        if architecture.family != nil {
            let pretrained = try Engine.run { try PretrainedModel(folder: folder, dropout: dropout) }
            model = .transformer(try pretrained.languageModel(folder))
            tokenizer = try TokenizerFile.read(folder)
            self.pretrained = pretrained
            guard vocabularySize >= tokenizer.vocabularySize else { throw Self.mismatch(folder, vocabularySize, tokenizer) }
            return
        }
        pretrained = nil
        tokenizer = try TokenizerFile.read("\(folder)/tokenizer.json")
        switch architecture {
        case .gpt2, .llama, .mistral, .qwen2: preconditionFailure("TrainedLanguageModel: \(architecture.rawValue) has a family")
        case .lstm, .gru, .rnn:
            let shape = try Self.shape(of: path) { try RecurrentConfiguration(json: configuration) }
            let weights = try Self.weights(in: folder, of: shape.parameterCount)
            let model = try Engine.run { try RecurrentLanguageModel(shape, random: RandomStream(seed: 0)) }
            try Engine.run { try Checkpoint.read(model.parameters(), from: weights) }
            self.model = .recurrent(model)
        case .transformer:
            let shape = try Self.shape(of: path) { try TransformerConfiguration(json: configuration) }
            let weights = try Self.weights(in: folder, of: shape.parameterCount)
            let model = try Engine.run { try TransformerLanguageModel(shape, random: RandomStream(seed: 0)) }
            try Engine.run { try Checkpoint.read(model.parameters(), from: weights) }
            self.model = .transformer(model)
        case .ngram:
            let counts = "\(folder)/\(TrainedLanguageModel.countsFile)", text = "\(folder)/model.arpa"
            model = .ngram(
                access(counts, F_OK) != 0 && access(text, F_OK) == 0
                    ? try NGramModel(arpa: text) : try NGramModel(contentsOf: counts))
        }
        guard vocabularySize == tokenizer.vocabularySize else { throw Self.mismatch(folder, vocabularySize, tokenizer) }
    }

    private static func mismatch(_ folder: String, _ count: Int, _ tokenizer: any Tokenizer) -> ConfigurationError {
        ConfigurationError(
            reason:
                "\(folder): the model has \(count) tokens, but its tokenizer has \(tokenizer.vocabularySize): the files do not belong together"
        )
    }

    /// Writes what `init(folder:)` reads. The folder must be there.
    public func write(to folder: String) throws {
        if let pretrained {
            try tokenizer.json.write(to: "\(folder)/tokenizer.json")
            return try pretrained.write(to: folder)
        }
        try TokenizerFile.write(tokenizer, to: "\(folder)/tokenizer.json")
        switch model {
        case .recurrent(let model):
            try Self.write(model.parameters(), model.configuration.json, to: folder)
        case .transformer(let model):
            try Self.write(model.parameters(), model.configuration.json, to: folder)
        case .ngram(let model):
            try model.write(to: "\(folder)/\(TrainedLanguageModel.countsFile)")
            let configuration: JSONValue = [
                "model_type": .string(ModelArchitecture.ngram.modelType), "vocab_size": .integer(Int64(model.vocabularySize)),
                "order": .integer(Int64(model.order)),
            ]
            try configuration.write(to: "\(folder)/config.json")
        }
    }

    private static func write(_ parameters: ParameterList, _ configuration: JSONValue, to folder: String) throws {
        try Checkpoint.write(parameters, metadata: ["format": "pt"], to: "\(folder)/\(weightsFile)")
        try configuration.write(to: "\(folder)/config.json")
    }

    /// A configuration, whose errors name the file.
    private static func shape<Shape>(of path: String, _ read: () throws -> Shape) throws -> Shape {
        do { return try read() } catch let error as ConfigurationError {
            throw ConfigurationError(reason: "\(path): \(error.reason)")
        }
    }

    /// The file of the weights, unless it cannot be that of a model of so many parameters: before anything is allocated for it.
    private static func weights(in folder: String, of parameterCount: Int?) throws -> String {
        let path = "\(folder)/\(weightsFile)"
        let elements = try SafetensorsFile(path: path).entries.map(\.elementCount).reduce(0, +)
        guard let parameterCount, parameterCount == elements else {
            throw ConfigurationError(
                reason:
                    "\(path) holds \(elements) numbers, but config.json describes a model of \(parameterCount.map(String.init) ?? "too many"): the files do not belong together"
            )
        }
        return path
    }

    static let weightsFile = "model.safetensors"
    static let countsFile = "model.ngram"

    public var architecture: ModelArchitecture {
        if let family = pretrained?.family, let own = ModelArchitecture(rawValue: family.rawValue) { return own }
        switch model {
        case .recurrent(let model): return model.configuration.architecture
        case .transformer: return .transformer
        case .ngram: return .ngram
        }
    }

    public var vocabularySize: Int {
        switch model {
        case .recurrent(let model): model.vocabularySize
        case .transformer(let model): model.vocabularySize
        case .ngram(let model): model.vocabularySize
        }
    }

    /// What a model of the ecosystem reads before a text, as its configuration says; otherwise the end of a sentence, where there is one.
    var startToken: Int32? {
        let own = pretrained?.configuration["bos_token_id"]?.int.flatMap(Int32.init(exactly:))
        return own.flatMap { $0 >= 0 && Int($0) < vocabularySize ? $0 : nil } ?? tokenizer.endOfSentence
    }

    /// Writes on from `prompt`; `onText` takes the text piece by piece.
    public func generate(
        _ prompt: String, settings: GenerationSettings = GenerationSettings(), onText: (String) throws -> Void = { _ in }
    ) throws -> GeneratedText {
        let generator =
            switch model {
            case .recurrent(let model): try TextGenerator(model: model, tokenizer: tokenizer, settings: settings)
            case .transformer(let model):
                try TextGenerator(model: model, tokenizer: tokenizer, settings: settings, start: startToken)
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
        // A layer that reads `input` columns; products of widths of at most 2¹⁶ do not overflow.
        func layer(_ input: Int) -> Int {
            let rows = cell.gateCount * hiddenSize, cellWidth = cell.hasCellState ? hiddenSize : 0
            let norms = normalizesLayers ? 2 * (rows + cellWidth) : 0
            return rows * (input + outputSize + 2) + norms + projectionSize * hiddenSize
                + (learnsInitialState ? outputSize + cellWidth : 0)
        }
        guard (try? validate()) != nil, let table = product(vocabularySize, embeddingSize),
            let head = tiesEmbeddings ? 0 : product(vocabularySize, outputSize),
            let others = product(layer(outputSize), layers - 1)
        else { return nil }
        return table + head + vocabularySize + layer(embeddingSize) + others
    }
}
