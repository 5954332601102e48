import SequiturFiles
import SequiturModels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a comparison found of one architecture.
public struct ComparedModel: Sendable, Equatable {
    public let architecture: ModelArchitecture
    /// The run's folder.
    public let run: String
    public let layers: Int
    public let width: Int
    /// Of a Transformer's feed-forward parts.
    public let feedForwardWidth: Int?
    public let parameterCount: Int
    public let learningRate: Double
    public var steps = 0
    public var epochs = 0.0
    /// Of training, validations included.
    public var seconds = 0.0
    /// Tokens learned from in a second of the steps alone.
    public var tokensPerSecond = 0.0
    /// Mean loss on the validation text, in nats for each token, with the best weights; nil where there is no such text.
    public var validationLoss: Double?
    /// The same on the test text, which is read once, at the end.
    public var testLoss: Double?
    public var testBitsPerCharacter: Double?
    /// The most bytes that tensors held at once while the model was trained and measured.
    public var peakBytes = 0
    /// Tokens written in a second, one after the other.
    public var generatedTokensPerSecond = 0.0

    public var validationPerplexity: Double? { validationLoss.map(exp) }
    public var testPerplexity: Double? { testLoss.map(exp) }
}

// MARK: comparison.json

extension ComparedModel {
    public var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        return [
            "model": .string(architecture.rawValue), "run": .string(run), "layers": .integer(Int64(layers)),
            "width": .integer(Int64(width)), "feed_forward_width": feedForwardWidth.map { .integer(Int64($0)) } ?? .null,
            "parameters": .integer(Int64(parameterCount)), "learning_rate": .number(learningRate),
            "steps": .integer(Int64(steps)),
            "epochs": .number(epochs), "seconds": .number(seconds), "tokens_per_second": .number(tokensPerSecond),
            "validation_loss": number(validationLoss), "validation_perplexity": number(validationPerplexity),
            "test_loss": number(testLoss), "test_perplexity": number(testPerplexity),
            "test_bits_per_character": number(testBitsPerCharacter), "peak_bytes": .integer(Int64(peakBytes)),
            "generated_tokens_per_second": .number(generatedTokensPerSecond),
        ]
    }

    /// Takes over what an earlier part of the comparison measured of this same model.
    ///
    /// - Throws: `ConfigurationError` where the model was another one, or a figure is missing.
    mutating func takeResults(_ json: JSONValue) throws {
        let reader = try KeyReader(json, allowed: Set(self.json.members?.map(\.key) ?? []))
        func optional(_ key: String) throws -> Double? { try reader.isNull(key) ? nil : try reader.double(key) }
        guard try reader.integer("parameters") == parameterCount, try reader.integer("width") == width,
            try reader.double("learning_rate") == learningRate
        else { throw ConfigurationError(reason: "the \(architecture.rawValue) that was measured there is another one") }
        steps = try reader.integer("steps")
        epochs = try reader.double("epochs")
        seconds = try reader.double("seconds")
        tokensPerSecond = try reader.double("tokens_per_second")
        validationLoss = try optional("validation_loss")
        testLoss = try optional("test_loss")
        testBitsPerCharacter = try optional("test_bits_per_character")
        peakBytes = try reader.integer("peak_bytes")
        generatedTokensPerSecond = try reader.double("generated_tokens_per_second")
    }
}
