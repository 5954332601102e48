import SequiturFiles

/// tokenizer.json in the layout of Hugging Face's `tokenizers`, which reads what this writes and gives the same ids.
///
/// The other way round, a file is read only if every part of it is one that our tokenizers carry out to the letter;
/// anything else is an error that names the part, never an approximation. In Python:
///
///     # characters
///     tokenizer = Tokenizer(models.WordLevel({"\n": 0, " ": 1, "a": 2}, unk_token="<unk>"))
///     tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
///     tokenizer.decoder = decoders.Fuse()
///     # words (without normalizer and decoder: no end-of-sentence token)
///     tokenizer = Tokenizer(models.WordLevel({"<unk>": 0, "<eos>": 1, "the": 2}, unk_token="<unk>"))
///     tokenizer.normalizer = normalizers.Replace("\n", " <eos> ")
///     tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
///     tokenizer.decoder = decoders.Sequence([
///         decoders.Replace(Regex(r"\A<eos>\z"), "\n"), decoders.WordPiece(prefix=" ", cleanup=False),
///         decoders.Fuse(), decoders.Replace(Regex(" ?\n ?"), "\n")])
///
/// Every other tokenizer of the ecosystem is read as a pipeline; see `SubwordTokenizer`.
public enum TokenizerFile {
    /// Reads a tokenizer.json, a SentencePiece model (`.model`, `.spm`), or the tokenizer of a folder.
    ///
    /// - Throws: `FileError` with the path for what cannot be read or is no tokenizer.
    public static func read(_ path: String) throws -> any Tokenizer {
        if path.hasSuffix(".model") || path.hasSuffix(".spm") {
            return try subwords(TokenizerFolder.sentencePiece(path), path)
        }
        var file = path
        if !path.hasSuffix(".json") {
            file = "\(path)/tokenizer.json"
            // The error of a folder without any tokenizer names the folder.
            guard (try? MappedFile(path: file)) != nil else { return try subwords(TokenizerFolder.read(path), path) }
        }
        let value = try JSONValue.parse(contentsOf: file)
        do {
            return try tokenizer(from: value)
        } catch let error as TokenizerError {
            let isOurs = [CharacterTokenizer.preTokenizer, WordTokenizer.preTokenizer].contains(value["pre_tokenizer"] ?? nil)
            if case .unsupportedComponent = error {
            } else if isOurs {
                throw FileError(
                    action: "use", path: file, reason: error.description,
                    advice: "tokenizers are made by 'sequitur tokenizer train'"
                )
            }
            return try subwords(TokenizerPipeline(contentsOf: file), file)
        }
    }

    private static func subwords(_ pipeline: TokenizerPipeline, _ path: String) throws -> any Tokenizer {
        do {
            return try SubwordTokenizer(pipeline)
        } catch let error as TokenizerError {
            throw FileError(action: "use", path: path, reason: error.description, advice: "mend the file or fetch it again")
        }
    }

    /// - Throws: `FileError`.
    public static func write(_ tokenizer: any Tokenizer, to path: String) throws {
        try tokenizer.json.write(to: path)
    }

    /// The tokenizer of characters or words that the contents of a tokenizer.json describe.
    ///
    /// - Throws: `TokenizerError`.
    public static func tokenizer(from value: JSONValue) throws -> any Tokenizer {
        let json = try TokenizerJSON(value)
        switch json.preTokenizer {
        case CharacterTokenizer.preTokenizer: return try CharacterTokenizer(json)
        case WordTokenizer.preTokenizer: return try WordTokenizer(json)
        default:
            throw TokenizerError.unsupportedComponent(name: "pre_tokenizer", found: json.preTokenizer.serialized())
        }
    }
}
