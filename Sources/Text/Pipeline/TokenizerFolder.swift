import SequiturFiles

/// A folder with a tokenizer in any of the layouts that the ecosystem stores: tokenizer.json, BERT's vocab.txt, GPT-2's
/// vocab.json with merges.txt, SentencePiece's models. The older ones are brought into the form of a tokenizer.json, as the classes of
/// `transformers` do; a class that is not known here is an error that names it. For Marian's two models see `MarianTokenizer`.
public enum TokenizerFolder {
    static let sentencePieceNames = [
        "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "sentencepiece.model", "spm.model",
    ]

    /// The files of a model folder that belong to text, in the order in which `companions` gives them.
    private static let companionNames =
        ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json"]
        + ["merges.txt", "target_vocab.json", "source.spm", "target.spm"] + sentencePieceNames
        + ["chat_template.jinja", "chat_template.json", "generation_config.json"]
    private static let templateFolder = "additional_chat_templates"

    /// - Throws: `FileError` for a folder without a tokenizer, and for a malformed one, with the file.
    public static func read(_ folder: String) throws -> TokenizerPipeline {
        func has(_ name: String) -> Bool { Self.has("\(folder)/\(name)") }
        if has("tokenizer.json") { return try TokenizerPipeline(contentsOf: "\(folder)/tokenizer.json") }
        if has("source.spm"), has("target.spm") {
            throw FileError(
                action: "use", path: folder, reason: "it holds two tokenizers, source.spm and target.spm",
                advice: "name one of the two files, or use the folder for translation")
        }
        if has("vocab.txt") {
            return try wordPiece("\(folder)/vocab.txt", configuration: TokenizerConfiguration(folder: folder))
        }
        if has("vocab.json"), has("merges.txt") {
            return try byteLevel(
                vocabulary: "\(folder)/vocab.json", merges: "\(folder)/merges.txt",
                configuration: TokenizerConfiguration(folder: folder))
        }
        if let name = sentencePieceNames.first(where: has) {
            return try sentencePiece(
                "\(folder)/\(name)", configuration: TokenizerConfiguration(folder: folder), modelType: try modelType(of: folder))
        }
        throw FileError(
            action: "read", path: folder, reason: "there is no tokenizer in it",
            advice: "it should hold tokenizer.json, vocab.txt, vocab.json with merges.txt, or tokenizer.model")
    }

    /// The names of those files in `folder` that a copy of the model must have beside config.json and weights, so that it treats text
    /// alike: tokenizers, their settings, chat templates, generation_config.json. They are to be copied byte for byte.
    ///
    /// - Throws: `FileError` for a folder that cannot be read.
    public static func companions(of folder: String) throws -> [String] {
        let path = "\(folder)/\(templateFolder)"
        let templates = Folder.exists(path) ? try Folder.contents(of: path).filter { $0.hasSuffix(".jinja") }.sorted() : []
        return companionNames.filter { has("\(folder)/\($0)") } + templates.map { "\(templateFolder)/\($0)" }
    }

    /// Copies the files that `companions` names, byte for byte, into `destination`, a folder that exists.
    ///
    /// - Throws: `FileError`.
    public static func copyCompanions(of folder: String, to destination: String) throws {
        for name in try companions(of: folder) {
            let parent = Folder.parent(of: "\(destination)/\(name)")
            if !Folder.exists(parent) { try Folder.make(parent) }
            let file = try MappedFile(path: "\(folder)/\(name)")
            try AtomicFile.write(to: "\(destination)/\(name)") { writer in try file.withBytes { try writer.write($0) } }
        }
    }

    static func has(_ path: String) -> Bool { (try? MappedFile(path: path)) != nil }

    /// What config.json calls the model, nil where it does not say.
    private static func modelType(of folder: String) throws -> String? {
        let path = "\(folder)/config.json"
        return has(path) ? try JSONValue.parse(contentsOf: path)["model_type"]?.string : nil
    }

    // MARK: What the layouts share

    static func pipeline(_ path: String, merges: String? = nil, _ json: JSONValue) throws -> TokenizerPipeline {
        do {
            return try TokenizerPipeline(json)
        } catch let error as TokenizerFormatError {
            throw malformed(error.key.hasPrefix("model.merges") ? merges ?? path : path, error)
        }
    }

    static func malformed(_ path: String, _ error: TokenizerFormatError) -> FileError {
        FileError(action: "use", path: path, reason: error.description, advice: "mend the file or fetch it again")
    }

    static func malformed(_ path: String, _ expected: String, _ found: String) -> FileError {
        FileError(
            action: "use", path: path, reason: "expected \(expected), found \(found)", advice: "mend the file or fetch it again")
    }

    /// - Throws: `FileError` unless the class is one of `known`, or none is named.
    static func require(_ configuration: TokenizerConfiguration, oneOf known: [String], path: String) throws {
        guard let name = configuration.className, !known.contains(name) else { return }
        throw FileError(
            action: "use", path: path,
            reason: "it belongs to a \(name.printable(limit: 60)), which is not known here without a tokenizer.json",
            advice: "save the tokenizer anew with transformers, which writes tokenizer.json")
    }

    static func added(_ token: String, id: JSONValue, stripsLeft: Bool = false, isNormalized: Bool = false) -> JSONValue {
        added(TokenizerConfiguration.SpecialToken(token, stripsLeft: stripsLeft), id: id, isNormalized: isNormalized)
    }

    static func added(_ token: TokenizerConfiguration.SpecialToken, id: JSONValue, isNormalized: Bool = false) -> JSONValue {
        [
            "id": id, "content": .string(token.content), "single_word": false, "lstrip": .bool(token.stripsLeft),
            "rstrip": .bool(token.stripsRight), "normalized": .bool(isNormalized), "special": true,
        ]
    }

    static func vocabulary(_ tokens: [String]) -> JSONValue {
        .object(tokens.enumerated().map { JSONValue.Member(key: $1, value: .integer(Int64($0))) })
    }

    /// A post-processor that puts tokens around texts: `first` around one, `second` around the second of a pair.
    static func template(
        first: (before: [String], after: [String]), second: (before: [String], after: [String]), secondType: Int64,
        ids: (String) throws -> JSONValue
    ) rethrows -> JSONValue {
        func special(_ token: String, _ type: Int64) -> JSONValue {
            ["SpecialToken": ["id": .string(token), "type_id": .integer(type)]]
        }
        func text(_ name: JSONValue, _ type: Int64) -> JSONValue { ["Sequence": ["id": name, "type_id": .integer(type)]] }
        let single = first.before.map { special($0, 0) } + [text("A", 0)] + first.after.map { special($0, 0) }
        let more =
            second.before.map { special($0, secondType) } + [text("B", secondType)] + second.after.map { special($0, secondType) }
        var names: [String] = []
        for token in first.before + first.after + second.before + second.after where !names.contains(token) {
            names.append(token)
        }
        return [
            "type": "TemplateProcessing", "single": .array(single), "pair": .array(single + more),
            "special_tokens": .object(
                try names.map { token in
                    .init(key: token, value: ["id": .string(token), "ids": [try ids(token)], "tokens": [.string(token)]])
                }),
        ]
    }
}
