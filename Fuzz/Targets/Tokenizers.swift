import SequiturFiles
import SequiturText

private let texts = [
    "", " ", "The keeper's lamp,  isn't 12 lit!\n", "<s> e\u{301}\u{327} caf\u{E9} \u{FB01} \u{2460}\u{2581}x </s>[SEP] ",
    "\u{65E5}\u{672C}\u{8A9E} \u{1F469}\u{200D}\u{1F680}\u{0} aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
]

/// Whatever was accepted encodes and decodes texts consistently, or says why not.
func check(_ pipeline: TokenizerPipeline) throws {
    var failure: (any Error)?
    for (index, text) in texts.enumerated() {
        do {
            let encoding = try pipeline.encode(text, pair: index % 2 == 0 ? nil : texts[index - 1])
            check(encoding)
            _ = try pipeline.decode(encoding.ids)
            _ = try pipeline.decode(encoding.ids, skipsSpecialTokens: false)
            let words = try pipeline.encode(words: [text, text], addsSpecialTokens: false)
            check(words)
        } catch { failure = error }
    }
    let tokenizer = try SubwordTokenizer(pipeline)
    precondition(tokenizer.vocabularySize == pipeline.idLimit)
    for text in texts {
        do {
            let ids = try tokenizer.encode(text)
            precondition(ids.allSatisfy { $0 >= 0 && $0 < tokenizer.vocabularySize }, "an id outside the vocabulary")
            var decoder = tokenizer.makeDecoder()
            for id in ids { _ = try decoder.append(id) }
            _ = try decoder.finish()
        } catch { failure = error }
    }
    if let failure { throw failure }
}

private func check(_ encoding: Encoding) {
    let count = encoding.count
    precondition(
        [encoding.typeIDs.count, encoding.tokens.count, encoding.offsets.count, encoding.words.count].allSatisfy { $0 == count }
            && encoding.specialTokensMask.count == count && encoding.attentionMask.count == count,
        "parts of an encoding have different lengths")
}

/// The contents of tokenizer.json.
func fuzzTokenizer(_ bytes: UnsafeRawBufferPointer) throws {
    let json = try JSONValue.parse(bytes)
    if let own = try? TokenizerFile.tokenizer(from: json) {
        for text in texts {
            if let ids = try? own.encode(text) { precondition(ids.allSatisfy { $0 >= 0 && $0 < own.vocabularySize }) }
        }
    }
    try check(TokenizerPipeline(json))
}

/// A SentencePiece model, by itself or as part of the folders of those who use it.
func fuzzSentencePiece(_ bytes: UnsafeRawBufferPointer) throws {
    enum Place { static let folder = FuzzFolder("sentencepiece") }
    Place.folder.put(bytes, as: "spiece.model")
    let types = [nil, "t5", "xlm-roberta", "llama"]
    try check(TokenizerFolder.sentencePiece(Place.folder.path + "/spiece.model", modelType: types[chosen(bytes, of: 4)]))
}

/// vocab.txt; or vocab.json, merges.txt and tokenizer_config.json.
func fuzzVocabulary(_ bytes: UnsafeRawBufferPointer) throws {
    enum Place { static let folder = FuzzFolder("vocabulary") }
    let path = Place.folder.path
    guard bytes.contains(0) else {
        Place.folder.put(bytes, as: "vocab.txt")
        return try check(TokenizerFolder.wordPiece(path + "/vocab.txt"))
    }
    Place.folder.put(parts: bytes, as: ["vocab.json", "merges.txt", "tokenizer_config.json"])
    let configuration = try TokenizerConfiguration(folder: path)
    try check(
        TokenizerFolder.byteLevel(
            vocabulary: path + "/vocab.json", merges: path + "/merges.txt", configuration: configuration))
}

/// tokenizer_config.json, special_tokens_map.json and generation_config.json beside one of the vocabularies.
func fuzzTokenizerConfiguration(_ bytes: UnsafeRawBufferPointer) throws {
    enum Place {
        static let names = ["tokenizer_config.json", "special_tokens_map.json", "generation_config.json"]
        static let words: FuzzFolder = {
            let folder = FuzzFolder("words")
            folder.put("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n##s\na\n".utf8, as: "vocab.txt")
            return folder
        }()
        static let pairs: FuzzFolder = {
            let folder = FuzzFolder("pairs")
            folder.put(
                #"{"<s>":0,"<pad>":1,"</s>":2,"<unk>":3,"<mask>":4,"<|endoftext|>":5,"t":6,"h":7,"th":8}"#.utf8, as: "vocab.json")
            folder.put("#version: 0.2\nt h\n".utf8, as: "merges.txt")
            return folder
        }()
        static let pieces: FuzzFolder = {
            let folder = FuzzFolder("pieces")
            var model: [UInt8] = []
            for (piece, kind) in [("<unk>", 2), ("<s>", 3), ("</s>", 3), ("\u{2581}", 1), ("t", 1), ("h", 1), ("th", 1)] {
                let text = Array(piece.utf8)
                model += [10, UInt8(text.count + 4), 10, UInt8(text.count)] + text + [24, UInt8(kind)]
            }
            folder.put(model, as: "spiece.model")
            folder.put(#"{"model_type":"t5"}"#.utf8, as: "config.json")
            return folder
        }()
    }
    let folder = [Place.words, Place.pairs, Place.pieces][chosen(bytes, of: 3)]
    folder.put(parts: bytes, as: Place.names)
    _ = try GenerationConfiguration(folder: folder.path)
    try check(TokenizerFolder.read(folder.path))
}

/// One of a few ways to read an input, as its bytes have it: all for each would take as many times as long.
private func chosen(_ bytes: UnsafeRawBufferPointer, of count: Int) -> Int { bytes.reduce(0) { $0 &+ Int($1) } % count }
