import SequiturConsole
import SequiturFiles
import SequiturText

/// A text as a tokenizer's tokens.
struct EncodedText {
    var ids: [Int32]
    var tokens: [String]
    /// The code points of the text that each token stands for; nil where the tokenizer does not say.
    var offsets: [Range<Int>]?

    /// With the special tokens that a pipeline puts around.
    init(_ text: String, with tokenizer: any SequiturText.Tokenizer) throws {
        if let subwords = tokenizer as? SubwordTokenizer {
            let encoding = try subwords.pipeline.encode(text)
            (ids, tokens, offsets) = (encoding.ids, encoding.tokens, encoding.offsets)
        } else {
            ids = try tokenizer.encode(text)
            tokens = ids.map { tokenizer.token(for: $0) ?? "" }
        }
    }

    var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init(key: "ids", value: .array(ids.map { .integer(Int64($0)) })),
            .init(key: "tokens", value: .array(tokens.map { .string($0) })),
        ]
        if let offsets {
            let pairs: [JSONValue] = offsets.map { [.integer(Int64($0.lowerBound)), .integer(Int64($0.upperBound))] }
            members.append(.init(key: "offsets", value: .array(pairs)))
        }
        return .object(members)
    }
}

extension Summary {
    /// What a tokenizer is made of.
    init(_ tokenizer: any SequiturText.Tokenizer, path: String) {
        self.init()
        add("tokenizer", .string(path), "tokenizer")
        add("kind", .string(tokenizer.kindName), "kind")
        if let pipeline = (tokenizer as? SubwordTokenizer)?.pipeline {
            for part in ["normalizer", "pre_tokenizer", "model", "post_processor", "decoder"] {
                add(part, pipeline.json[part]?["type"] ?? "none", part.replacing("_", with: "-"))
            }
            add("added_tokens", .integer(Int64(pipeline.addedTokens.count)), "added tokens")
            if let truncation = pipeline.truncation {
                add("maximum_length", .integer(Int64(truncation.maximumLength)), "longest encoding")
            }
        }
        add("vocabulary", .integer(Int64(tokenizer.vocabularySize)), "vocabulary")
        add("fingerprint", .string(tokenizer.fingerprint.description), "fingerprint")
    }
}
