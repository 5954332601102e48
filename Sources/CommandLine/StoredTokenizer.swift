import ArgumentParser
import SequiturConsole
import SequiturFiles
import SequiturText

/// A text as a tokenizer's tokens.
struct EncodedText {
    var ids: [Int32]
    var tokens: [String]
    /// The code points of the text that each token stands for; nil where the tokenizer does not say.
    var offsets: [Range<Int>]?

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

/// A tokenizer on disk: one that was trained for language modelling here, or any other of the ecosystem.
enum StoredTokenizer {
    case own(any SequiturText.Tokenizer)
    case pipeline(TokenizerPipeline)

    /// - Parameter path: a tokenizer.json, a SentencePiece model, or a folder with a tokenizer.
    /// - Throws: `FileError`.
    init(path: String) throws {
        if path.hasSuffix(".model") || path.hasSuffix(".spm") {
            self = .pipeline(try TokenizerFolder.sentencePiece(path))
            return
        }
        let file = path.hasSuffix(".json") ? path : "\(path)/tokenizer.json"
        if !path.hasSuffix(".json"), (try? MappedFile(path: file)) == nil {
            self = .pipeline(try TokenizerFolder.read(path))
            return
        }
        let json = try JSONValue.parse(contentsOf: file)
        do {
            self = .own(try TokenizerFile.tokenizer(from: json))
        } catch TokenizerError.unsupportedComponent {
            self = .pipeline(try TokenizerPipeline(contentsOf: file))
        } catch let error as TokenizerError {
            // A model that is none of ours may be refused for another reason first.
            guard json["model"]?["type"] != "WordLevel" else {
                throw FileError(
                    action: "use", path: file, reason: error.description,
                    advice: "tokenizers are made by 'sequitur tokenizer train'")
            }
            self = .pipeline(try TokenizerPipeline(contentsOf: file))
        }
    }

    /// - Throws: `FileError`.
    func write(to path: String) throws {
        switch self {
        case .own(let tokenizer): try TokenizerFile.write(tokenizer, to: path)
        case .pipeline(let tokenizer): try tokenizer.json.write(to: path)
        }
    }

    func encode(_ text: String) throws -> EncodedText {
        switch self {
        case .own(let tokenizer):
            let ids = try tokenizer.encode(text)
            return EncodedText(ids: ids, tokens: ids.map { tokenizer.token(for: $0) ?? "" })
        case .pipeline(let tokenizer):
            let encoding = try tokenizer.encode(text)
            return EncodedText(ids: encoding.ids, tokens: encoding.tokens, offsets: encoding.offsets)
        }
    }

    func decode(_ ids: [Int32]) throws -> String {
        switch self {
        case .own(let tokenizer): try tokenizer.decode(ids)
        case .pipeline(let tokenizer): tokenizer.decode(ids)
        }
    }

    /// What the tokenizer is made of.
    func summary(path: String) -> Summary {
        var summary = Summary()
        summary.add("tokenizer", .string(path), "tokenizer")
        switch self {
        case .own(let tokenizer):
            summary.add("kind", .string(tokenizer.kind.rawValue), "kind")
            summary.add("vocabulary", .integer(Int64(tokenizer.vocabularySize)), "vocabulary")
            summary.add("fingerprint", .string(tokenizer.fingerprint.description), "fingerprint")
        case .pipeline(let tokenizer):
            let parts = ["normalizer", "pre_tokenizer", "model", "post_processor", "decoder"]
            for part in parts {
                summary.add(part, tokenizer.json[part]?["type"] ?? "none", part.replacing("_", with: "-"))
            }
            summary.add("vocabulary", .integer(Int64(tokenizer.vocabularySize)), "vocabulary")
            summary.add("added_tokens", .integer(Int64(tokenizer.addedTokens.count)), "added tokens")
            summary.add("fingerprint", .string(tokenizer.fingerprint.description), "fingerprint")
            if let truncation = tokenizer.truncation {
                summary.add("maximum_length", .integer(Int64(truncation.maximumLength)), "longest encoding")
            }
        }
        return summary
    }
}

/// The tokenizers that `sequitur tokenizer train` makes.
enum TrainedTokenizerKind: String, CaseIterable, ExpressibleByArgument {
    case character
    case word
    case byteLevel = "byte-level"
    case wordPiece = "wordpiece"

    /// The size of a vocabulary of subwords for which no size is given.
    static let defaultSubwords = 16_000
}
