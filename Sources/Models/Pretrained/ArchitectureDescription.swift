import SequiturFiles
import SequiturLayers
import SequiturTensors

/// A model folder's `config.json` understood: how to make the model, and where its weights are.
struct ArchitectureDescription {
    /// What stands before the names of the body's tensors in a checkpoint with a head, such as "bert.".
    let prefix: String
    /// Parameters that the body will have, nil where they cannot be counted.
    let parameterCount: Int?
    /// The width of the hidden states.
    let width: Int
    /// Names of the body's tensors, without the prefix.
    let table: WeightTable
    let heads: [Head]
    /// Ends of the names of tensors that carry nothing.
    let ignored: [String]
    var decoderIds = DecoderIds.required
    let makeBody: (RandomStream) throws -> any SequenceModel

    /// What a decoder behind an encoder reads where nothing is given for it.
    enum DecoderIds {
        /// Nothing: it must be given.
        case required
        /// This id, and the source's but for the last.
        case shifted(start: Int)
        /// The source's last id that is not this padding, and its ids but for the last.
        case turned(padding: Int)
    }

    /// A head that checkpoints of this architecture may carry.
    struct Head {
        /// What the names of the classes that have it end with, such as "ForMaskedLM".
        let classes: [String]
        let form: ModelHead.Form
        /// Names of its tensors, which have no prefix.
        let table: WeightTable
    }

    /// The head that a class has.
    func head(of className: String) -> Head? {
        heads.first { $0.classes.contains { className.hasSuffix($0) } }
    }
}

/// What knows one architecture: its configuration, and the names of its weights.
protocol PretrainedArchitecture {
    static func description(_ configuration: ConfigurationReader) throws -> ArchitectureDescription
    /// Keys of a fresh model's `config.json`, those aside that all have; nil where there is no such head.
    static func fresh(_ shape: PretrainedShape, head: HeadKind) -> [(String, JSONValue)]?
    /// Keys of the rates of dropout.
    static func dropout(_ rate: Float, attention: Float) -> [(String, JSONValue)]
}
