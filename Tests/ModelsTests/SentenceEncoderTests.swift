import Foundation
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import Testing

/// Vectors of texts are those of sentence-transformers: maximum absolute difference over maximum absolute value.
@Suite struct SentenceEncoderTests {
    static let tolerance: Float = 1e-5

    private func distance(_ a: Tensor, _ b: Tensor) -> Float {
        guard a.shape == b.shape else { return .infinity }
        let greatest = b.floats().reduce(0) { max($0, abs($1)) }
        return zip(a.floats(), b.floats()).reduce(0) { max($0, abs($1.0 - $1.1)) } / greatest
    }

    private func folder(_ layout: SentenceFolder) throws -> SafetensorsFolder {
        let folder = try SafetensorsFolder()
        try layout.write(to: folder.path)
        return folder
    }

    // MARK: Values

    @Test(arguments: SentenceFolder.all) func computesWhatThePackageComputes(_ layout: SentenceFolder) throws {
        let place = try folder(layout), encoder = try SentenceEncoder(folder: place.path), expected = try layout.expected()
        let vectors = try encoder.embed(SentenceFolder.texts(), precision: .float32)
        #expect(vectors.shape == [8, encoder.width] && encoder.maximumLength == 16)
        let found = distance(vectors, expected)
        #expect(found <= Self.tolerance, "\(found)")
    }

    @Test(.enabled(if: SentenceFolder.miniLM != nil, "needs all-MiniLM-L6-v2: make fixtures, or SEQUITUR_MINILM=FOLDER"))
    func computesTheVectorsOfMiniLM() throws {
        let encoder = try SentenceEncoder(folder: try #require(SentenceFolder.miniLM)), texts = try SentenceFolder.texts()
        let expected = try SentenceFolder.embeddings(SentenceFolder.fixtures + "/minilm.safetensors")
        let found = distance(try encoder.embed(texts, precision: .float32), expected)
        #expect(found <= Self.tolerance, "\(found)")
        // Rounded factors turn a vector by little: the cosine of the angle stays near 1.
        let rounded = try encoder.embed(texts, precision: .bfloat16).floats(), wanted = expected.floats()
        let cosines = texts.indices.map { row in
            (row * 384..<(row + 1) * 384).reduce(0) { $0 + rounded[$1] * wanted[$1] }
        }
        #expect(cosines.allSatisfy { $0 > 0.999 }, "\(cosines)")
    }

    /// Neither the order of the texts nor what is read together with a text changes its vector.
    @Test func companyChangesNothing() throws {
        for layout in SentenceFolder.all {
            let place = try folder(layout), encoder = try SentenceEncoder(folder: place.path)
            let texts = try SentenceFolder.texts()
            let together = try encoder.embed(texts, precision: .float32)
            let alone = try texts.map { try encoder.embed([$0], precision: .float32) }
            #expect(distance(.concatenated(alone), together) <= 1e-6, "\(layout.name)")
            let turned = try encoder.embed(texts.reversed(), batchTokens: 20, precision: .float32)
            let back = Tensor.concatenated((0..<8).map { turned[(7 - $0)..<(8 - $0)] })
            #expect(distance(back, together) <= 1e-6, "\(layout.name)")
        }
    }

    @Test func whatIsAskedInsteadOfTheFoldersOwn() throws {
        let place = try folder(SentenceFolder(name: "mean-normalized")), texts = try SentenceFolder.texts()
        let encoder = try SentenceEncoder(folder: place.path)
        (encoder.pooling, encoder.normalizes) = ([.cls], false)
        #expect(distance(try encoder.embed(texts, precision: .float32), try SentenceFolder(name: "cls").expected()) <= 1e-5)
        // Two special tokens and nothing else: all texts look alike.
        let short = try SentenceEncoder(folder: place.path, maximumLength: 2).embed(texts, precision: .float32)
        #expect((1..<8).allSatisfy { distance(short[$0], short[0]) <= 1e-6 })
        #expect(throws: (any Error).self) { try SentenceEncoder(folder: place.path, maximumLength: 1).embed(texts) }
        #expect(try encoder.embed([]).shape == [0, 16])
        var counts: [Int] = []
        _ = try encoder.embed(texts, batchTokens: 16) { counts.append($0) }
        #expect(counts.last == 8 && counts == counts.sorted() && counts.count > 3)
    }

    @Test func anEncoderAloneTakesTheMean() throws {
        let encoder = try SentenceEncoder(folder: SentenceFolder.fixtures + "/encoder")
        #expect(encoder.pooling == [.mean] && !encoder.normalizes && encoder.maximumLength == 16)
        encoder.normalizes = true
        let found = try encoder.embed(SentenceFolder.texts(), precision: .float32)
        #expect(distance(found, try SentenceFolder(name: "mean-normalized").expected()) <= 1e-5)
    }

    // MARK: Files

    /// `SEQUITUR_SAVED_SENTENCES` keeps what is written, for `Tools/make_sentence_fixtures.py --check`.
    @Test(arguments: SentenceFolder.all) func isTheSameAfterSaving(_ layout: SentenceFolder) throws {
        let place = try folder(layout), texts = try SentenceFolder.texts(), encoder = try SentenceEncoder(folder: place.path)
        let kept = ProcessInfo.processInfo.environment["SEQUITUR_SAVED_SENTENCES"]
        let copy = (kept ?? place.path + "/copies") + "/" + layout.name
        try encoder.write(to: copy)
        try encoder.write(to: copy)  // over what is there
        let again = try SentenceEncoder(folder: copy)
        #expect(again.pooling == encoder.pooling && again.normalizes == encoder.normalizes && again.prompt == encoder.prompt)
        #expect(again.maximumLength == encoder.maximumLength && again.maps.map(\.activation) == encoder.maps.map(\.activation))
        #expect(
            try again.embed(texts, precision: .float32).floats() == encoder.embed(texts, precision: .float32).floats())
        if kept != nil {
            let bytes = try Data(
                contentsOf: URL(fileURLWithPath: "\(SentenceFolder.fixtures)/\(layout.name)/expected.safetensors"))
            try bytes.write(to: URL(fileURLWithPath: copy + "/expected.safetensors"))
        }
    }

    // MARK: What is refused

    /// A layout, a file of it, what is changed there, and what the message names beside the file.
    static let malformed: [(layout: String, file: String, old: String, new: String, named: String)] = [
        ("cls", "modules.json", "[", "{", "modules.json"),
        ("cls", "modules.json", "\"1_Pooling\"", "\"../1_Pooling\"", "module 1"),
        ("cls", "modules.json", "\"1_Pooling\"", "\"/1_Pooling\"", "module 1"),
        ("cls", "modules.json", "\"1_Pooling\"", "1", "module 1"),
        ("cls", "modules.json", "\"1_Pooling\"", "\"3_Pooling\"", "3_Pooling"),
        ("cls", "modules.json", "models.Pooling", "models.WeightedLayerPooling", "WeightedLayerPooling"),
        ("cls", "modules.json", "models.Pooling", "models.Transformer", "module 1 is a Transformer"),
        ("cls", "modules.json", "models.Transformer", "models.Pooling", "module 0 is a Pooling"),
        ("cls", "modules.json", "models.Pooling", "models.Normalize", "module 1 is a Normalize"),
        ("several-dense", "modules.json", "models.Normalize", "models.Pooling", "module 3 is a Pooling"),
        (
            "cls", "1_Pooling/config.json", "\"pooling_mode_cls_token\": true", "\"pooling_mode_cls_token\": false",
            "no pooling mode"
        ),
        (
            "cls", "1_Pooling/config.json", "\"pooling_mode_cls_token\": true", "\"pooling_mode_cls_token\": 1",
            "pooling_mode_cls_token"
        ),
        (
            "cls", "1_Pooling/config.json", "\"pooling_mode_weightedmean_tokens\": false",
            "\"pooling_mode_weightedmean_tokens\": true",
            "pooling_mode_weightedmean_tokens"
        ),
        ("cls", "1_Pooling/config.json", "{", "{\"include_prompt\": false,", "include_prompt"),
        ("package", "1_Pooling/config.json", "\"cls\"", "\"weightedmean\"", "weightedmean"),
        ("package", "1_Pooling/config.json", "\"cls\"", "7", "pooling_mode 7"),
        ("package", "1_Pooling/config.json", "\"mean\",", "\"mean\", \"max\",", "pooling gives 48 numbers"),
        ("cls", "sentence_bert_config.json", "\"do_lower_case\": false", "\"do_lower_case\": true", "do_lower_case"),
        ("cls", "sentence_bert_config.json", "16", "0", "max_seq_length"),
        ("cls", "sentence_bert_config.json", "16", "\"16\"", "max_seq_length"),
        ("package", "sentence_bert_config.json", "feature-extraction", "fill-mask", "transformer_task"),
        ("package", "config_sentence_transformers.json", "\"passage\":", "\"other\":", "default_prompt_name"),
        ("several-dense", "2_Dense/config.json", "Tanh", "Softplus", "Softplus"),
        ("several-dense", "2_Dense/config.json", "\"in_features\": 48", "\"in_features\": 47", "linear.weight"),
        ("several-dense", "2_Dense/config.json", "\"in_features\": 48", "\"in_features\": 1e9", "in_features"),
        ("several-dense", "2_Dense/config.json", "\"bias\": true", "\"use_residual\": true", "use_residual"),
        (
            "package", "2_Dense/config.json", "\"module_input_name\": \"sentence", "\"module_input_name\": \"token",
            "module_input_name"
        ),
        ("package", "3_Dense/config.json", "\"bias\": false", "\"bias\": true", "linear.bias"),
        ("package", "3_Dense/config.json", "\"in_features\": 12", "\"in_features\": 13", "map before gives 12"),
        ("cls", "tokenizer.json", "\"[PAD]\": 0", "\"[PAD]\": 0, \"late\": 200", "ids up to 200"),
    ]

    @Test(arguments: malformed.indices) func malformedFilesAreRefused(_ index: Int) throws {
        let sample = Self.malformed[index], place = try folder(SentenceFolder(name: sample.layout))
        let path = "\(place.path)/\(sample.file)", text = try MappedFile(path: path).text()
        var found = try #require(text.range(of: sample.old) ?? text.range(of: sample.old.filter { $0 != " " }))
        if sample.old == "[" { found = text.startIndex..<text.index(after: text.startIndex) }
        try AtomicFile.write(text.replacingCharacters(in: found, with: sample.new), to: path)
        do {
            _ = try SentenceEncoder(folder: place.path)
            Issue.record("\(sample) was taken")
        } catch {
            let message = String(describing: error)
            #expect(message.contains(sample.named) && !message.contains("\n"), "\(message)")
        }
    }

    /// A choice that does not fit the map behind it is said, not run into.
    @Test func aPoolingOfAnotherWidthThanTheMapReads() throws {
        let place = try folder(SentenceFolder(name: "several-dense")), encoder = try SentenceEncoder(folder: place.path)
        encoder.pooling = [.cls]
        #expect(throws: ConfigurationError.self) { try encoder.embed(["A lamp."]) }
    }
}
