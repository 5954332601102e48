import SequiturFiles
import SequiturLayers

/// The architectures that `--model` names. A new one is a new case here; the compiler then names every place that must know it.
public enum ModelArchitecture: String, CaseIterable, Sendable {
    case lstm
    case gru
    case rnn
    case transformer
    case ngram
    case gpt2
    case llama
    case mistral
    case qwen2

    /// The cell of a recurrent net; nil for other architectures.
    public var cell: RecurrentCell? {
        switch self {
        case .lstm: .lstm
        case .gru: .gru
        case .rnn: .tanh
        case .transformer, .ngram, .gpt2, .llama, .mistral, .qwen2: nil
        }
    }

    /// What `config.json` calls it.
    public var modelType: String {
        switch self {
        case .lstm: "sequitur-lstm"
        case .gru: "sequitur-gru"
        case .rnn: "sequitur-rnn"
        case .transformer: "sequitur-transformer"
        case .ngram: "sequitur-ngram"
        case .gpt2, .llama, .mistral, .qwen2: rawValue
        }
    }

    /// The family of the ecosystem that it is, whose folders `transformers` can load; nil for architectures of this house.
    public var family: PretrainedFamily? {
        switch self {
        case .lstm, .gru, .rnn, .transformer, .ngram: nil
        case .gpt2: .gpt2
        case .llama: .llama
        case .mistral: .mistral
        case .qwen2: .qwen2
        }
    }

    /// The architecture of a model folder's `config.json`.
    public init(configuration: JSONValue, path: String) throws {
        let names = Self.allCases.map(\.modelType).joined(separator: ", ")
        guard let type = configuration["model_type"]?.string else {
            throw ConfigurationError(reason: "\(path): the key \"model_type\" is missing; known types are \(names)")
        }
        guard let known = Self.allCases.first(where: { $0.modelType == type }) else {
            throw ConfigurationError(
                reason: "\(path): unknown model_type \"\(type.printable(limit: 40))\"; known types are \(names)")
        }
        self = known
    }
}
