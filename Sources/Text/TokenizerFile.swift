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
public enum TokenizerFile {
    /// - Throws: `FileError` for a file that cannot be read or is not JSON, and for one that is no tokenizer of ours; both
    ///   name the path.
    public static func read(_ path: String) throws -> any Tokenizer {
        let value = try JSONValue.parse(contentsOf: path)
        do {
            return try tokenizer(from: value)
        } catch let error as TokenizerError {
            throw FileError(
                action: "use", path: path, reason: error.description,
                advice: "models are trained on tokenizers that 'sequitur tokenizer train --kind character' or '--kind word' makes"
            )
        }
    }

    /// - Throws: `FileError`.
    public static func write(_ tokenizer: any Tokenizer, to path: String) throws {
        try tokenizer.json.write(to: path)
    }

    /// The tokenizer that the contents of a tokenizer.json describe.
    ///
    /// - Throws: `TokenizerError`.
    public static func tokenizer(from value: JSONValue) throws -> any Tokenizer {
        let json = try TokenizerJSON(value)
        return try json.kind().makeTokenizer(json)
    }
}
