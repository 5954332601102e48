import SequiturFiles

/// The architectures whose folders the ecosystem shares, by the `model_type` of their `config.json`. A new one is a new case here; the
/// compiler then names every place that must know it.
public enum PretrainedFamily: String, CaseIterable, Sendable {
    case bert
    case roberta
    case xlmRoberta = "xlm-roberta"
    case camembert
    case distilbert
    case electra
    case gpt2
    case llama
    case mistral
    case qwen2
    case t5
    case mt5
    case bart
    case mbart
    case marian

    var architecture: any PretrainedArchitecture.Type {
        switch self {
        case .bert: BERT.self
        case .roberta, .xlmRoberta, .camembert: RoBERTa.self
        case .distilbert: DistilBERT.self
        case .electra: ELECTRA.self
        case .gpt2: GPT2.self
        case .llama: Llama.self
        case .mistral: Mistral.self
        case .qwen2: Qwen2.self
        case .t5: T5.self
        case .mt5: MT5.self
        case .bart: BART.self
        case .mbart: MBART.self
        case .marian: Marian.self
        }
    }

    /// What the names of its classes begin with.
    var classPrefix: String {
        switch self {
        case .bert: "Bert"
        case .roberta: "Roberta"
        case .xlmRoberta: "XLMRoberta"
        case .camembert: "Camembert"
        case .distilbert: "DistilBert"
        case .electra: "Electra"
        case .gpt2: "GPT2"
        case .llama: "Llama"
        case .mistral: "Mistral"
        case .qwen2: "Qwen2"
        case .t5: "T5"
        case .mt5: "MT5"
        case .bart: "Bart"
        case .mbart: "MBart"
        case .marian: "Marian"
        }
    }

    /// Whether it sees both sides of every token, so that hidden tokens can be found again.
    public var isEncoder: Bool {
        switch self {
        case .bert, .roberta, .xlmRoberta, .camembert, .distilbert, .electra: true
        case .gpt2, .llama, .mistral, .qwen2, .t5, .mt5, .bart, .mbart, .marian: false
        }
    }

    /// The family of a model folder; nil for one of another house, such as a run of ours.
    ///
    /// - Throws: where there is no `config.json` that can be read.
    public init?(folder: String) throws {
        guard let type = try JSONValue.parse(contentsOf: folder + "/config.json")["model_type"]?.string,
            let known = Self(rawValue: type)
        else { return nil }
        self = known
    }

    /// The family of a model folder's `config.json`.
    public init(configuration: JSONValue, path: String) throws {
        let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
        guard configuration.members != nil else {
            throw ConfigurationError(reason: "\(path): an object was expected, but \(configuration.kind) found")
        }
        guard let found = configuration["model_type"] else {
            throw ConfigurationError(reason: "\(path): the key \"model_type\" is missing; known types are \(names)")
        }
        guard let type = found.string else {
            throw ConfigurationError(
                reason: "\(path): \"model_type\" must be a string, but is \(found.kind); known types are \(names)")
        }
        guard let known = Self(rawValue: type) else {
            throw ConfigurationError(
                reason: "\(path): unknown model_type \"\(type.printable(limit: 40))\"; known types are \(names)")
        }
        self = known
    }
}
