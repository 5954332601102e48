import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText
import SequiturTraining

/// An encoder with what makes texts readable for it: made for a run, or read from its folder.
struct EncoderBuild {
    let encoder: TextEncoder
    let features: TextFeatures

    static let lexiconFile = "lexicon.json"

    /// What a task asks of an encoder.
    struct Wish {
        /// The words of the examples, for a lexicon.
        var words: [[String]]
        var splitter: WordSplitter
        /// The head of the ecosystem that does the task, where the model may have it, and its classes.
        var head: HeadKind?
        var labels: [String]?
    }

    init(_ wish: Wish, settings: LabeledSettings, random: RandomStream) throws {
        switch settings.encoder {
        case .words(let context):
            let vectors = try settings.vectors.map { try WordVectors(path: $0, wanted: wish.words, settings: settings.lexicon) }
            let lexicon = try Lexicon(words: wish.words, settings: settings.lexicon, reserved: [TextFeatures.separator])
            var configuration = settings.words
            configuration.context = context
            configuration.wordCount = lexicon.words.count
            configuration.characterCount = lexicon.characters.count
            if let vectors { configuration.wordWidth = vectors.width }
            let made = try WordEncoder(configuration, random: random)
            made.singletons = lexicon.singletons
            vectors?.fill(made.words.weight, lexicon)
            encoder = TextEncoder(made)
            features = TextFeatures(
                source: .words(lexicon, readsCharacters: configuration.characters != .none), splitter: wish.splitter, limit: .max)
        case .folder(let folder):
            let head = try wish.head.flatMap { try PretrainedModel.mayHave($0, folder: folder) ? $0 : nil }
            let model = try PretrainedModel(
                folder: folder, dropout: (settings.dropout, attention: settings.dropout), head: head,
                labels: head == nil ? nil : wish.labels,
                random: random)
            encoder = try TextEncoder(model)
            features = try Self.pieces(folder, model, wish.splitter, maximumLength: settings.maximumLength)
        case .baseline(let kind): throw ConfigurationError(reason: "\(kind.rawValue) reads no texts for this task")
        }
    }

    /// Reads what `write` wrote; the weights of words are filled in by `readWeights`.
    init(folder: String, splitter: WordSplitter, maximumLength: Int) throws {
        let path = "\(folder)/config.json", configuration = try JSONValue.parse(contentsOf: path)
        guard configuration["model_type"]?.string == "sequitur_words" else {
            let model = try PretrainedModel(folder: folder)
            encoder = try TextEncoder(model)
            features = try Self.pieces(folder, model, splitter, maximumLength: maximumLength)
            return
        }
        let shape: WordEncoderConfiguration
        do { shape = try WordEncoderConfiguration(json: configuration) } catch let error as ConfigurationError {
            throw ConfigurationError(reason: "\(path): \(error.reason)")
        }
        let lexicon = try Lexicon(json: try JSONValue.parse(contentsOf: "\(folder)/\(Self.lexiconFile)"))
        guard lexicon.words.count == shape.wordCount, lexicon.characters.count == shape.characterCount else {
            throw ConfigurationError(
                reason:
                    "\(folder): config.json has \(shape.wordCount) words and \(shape.characterCount) characters, \(Self.lexiconFile) \(lexicon.words.count) and \(lexicon.characters.count): the files do not belong together"
            )
        }
        encoder = TextEncoder(try WordEncoder(shape, random: .unfilled))
        features = TextFeatures(
            source: .words(lexicon, readsCharacters: shape.characters != .none), splitter: splitter, limit: .max)
    }

    private static func pieces(
        _ folder: String, _ model: PretrainedModel, _ splitter: WordSplitter, maximumLength: Int
    ) throws -> TextFeatures {
        let tokenizer = try TokenizerFolder.read(folder)
        guard tokenizer.idLimit <= model.body.vocabularySize else {
            throw ConfigurationError(
                reason:
                    "\(folder): the tokenizer has ids up to \(tokenizer.idLimit - 1), but the model has only \(model.body.vocabularySize)"
            )
        }
        let limit = min(maximumLength, model.body.limit ?? .max)
        let plain = tokenizer.adjusted(truncation: nil, padding: nil)
        let frame = try PieceFrame(plain)
        guard limit > frame.before.count + frame.after.count else {
            throw ConfigurationError(reason: "a maximum length of \(limit) leaves no room for text: give more")
        }
        return TextFeatures(
            source: .pieces(tokenizer.adjusted(truncation: TokenTruncation(maximumLength: limit), padding: nil), frame),
            splitter: splitter, limit: limit)
    }

    /// Writes everything but the weights into a run's folder.
    ///
    /// - Parameter origin: the folder that the model was read from, whose other files go along.
    func write(to folder: RunFolder, origin: String?) throws {
        switch features.source {
        case .words(let lexicon, _):
            try lexicon.json.write(to: "\(folder.path)/\(Self.lexiconFile)")
            try encoder.words?.configuration.json.write(to: folder.path(of: .configuration))
        case .pieces(let tokenizer, _):
            if let origin { try TokenizerFolder.copyCompanions(of: origin, to: folder.path) }
            try tokenizer.adjusted(truncation: nil, padding: nil).json.write(to: folder.path(of: .tokenizer))
            try encoder.pretrained?.savedConfiguration.write(to: folder.path(of: .configuration))
        }
    }
}

/// The weights of an encoder and of what a task puts beside it, in one file: names of the ecosystem's for a pre-trained model.
enum TaskWeights {
    static func write(_ whole: some Module, _ encoder: TextEncoder, beside own: some Module, to path: String) throws {
        guard let pretrained = encoder.pretrained else {
            return try Checkpoint.write(whole.parameters(), metadata: ["format": "pt"], to: path)
        }
        try pretrained.writeWeights(to: path, beside: own.parameters())
    }

    static func read(_ whole: some Module, _ encoder: TextEncoder, beside own: some Module, from path: String) throws {
        guard let pretrained = encoder.pretrained else { return try Checkpoint.read(whole.parameters(), from: path) }
        try pretrained.readWeights(from: path, beside: own.parameters())
    }
}
