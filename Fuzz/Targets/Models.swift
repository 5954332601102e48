import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// config.json beside the weights of a small model of the same family, and without any: the model is read and run.
func fuzzConfiguration(_ bytes: UnsafeRawBufferPointer) throws {
    enum Place {
        /// A folder with weights for each family, made of the seeds.
        static let folders: [PretrainedFamily: FuzzFolder] = {
            var folders: [PretrainedFamily: FuzzFolder] = [:]
            let seeds = getenv("SEQUITUR_FUZZ_CORPUS").map { String(cString: $0) } ?? "Fuzz/Corpus"
            for name in (try? Folder.contents(of: "\(seeds)/configuration")) ?? [] {
                guard let json = try? JSONValue.parse(contentsOf: "\(seeds)/configuration/\(name)"),
                    let family = try? PretrainedFamily(configuration: json, path: name), folders[family] == nil,
                    let model = try? Engine.run({ try PretrainedModel(configuration: json, random: RandomStream(seed: 1)) })
                else { continue }
                let folder = FuzzFolder(family.rawValue)
                do { try Engine.run { try model.write(to: folder.path) } } catch { fatalError("\(error)") }
                folders[family] = folder
            }
            precondition(folders.count == PretrainedFamily.allCases.count, "seeds for \(folders.keys) alone")
            return folders
        }()
    }
    let json = try JSONValue.parse(bytes), family = try PretrainedFamily(configuration: json, path: "config.json")
    guard let folder = Place.folders[family] else { return }
    folder.put(bytes, as: "config.json")
    let model = try Engine.run { try PretrainedModel(folder: folder.path) }
    try run(model)
}

private func run(_ model: PretrainedModel) throws {
    let rows: [[Int32]] = [[3, 1, 2], [1, 0, 1]]
    try model.check(ids: rows)
    try Engine.run {
        let ids = Tensor((0..<3).flatMap { step in rows.map { $0[step] } }, shape: [3, 2])
        _ = try model.outputs(of: .ids(ids, lengths: Tensor([3, 2] as [Int32])))
        _ = try model.outputs(of: .ids(ids))
        try model.check(decoderIds: rows)
        _ = try model.outputs(of: .ids(ids), decoding: ids)
    }
}

/// config.json of the formats of this house. Small models are made.
func fuzzOwnConfiguration(_ bytes: UnsafeRawBufferPointer) throws {
    let json = try JSONValue.parse(bytes)
    switch try ModelArchitecture(configuration: json, path: "config.json") {
    case .lstm, .gru, .rnn:
        let shape = try RecurrentConfiguration(json: json)
        let isSmall = max(shape.vocabularySize, shape.embeddingSize, shape.hiddenSize, 16 * shape.layers) <= 64
        if isSmall { _ = try Engine.run { try RecurrentLanguageModel(shape, random: RandomStream(seed: 0)) } }
    case .transformer:
        let shape = try TransformerConfiguration(json: json)
        guard let count = shape.parameterCount else { return }
        precondition(count > 0)
        if count < 10_000 { _ = try Engine.run { try TransformerLanguageModel(shape, random: RandomStream(seed: 0)) } }
    case .ngram, .gpt2, .llama, .mistral, .qwen2: break
    }
}

/// modules.json, the pooling's config.json, the dense map's and sentence_bert_config.json, beside a small encoder.
func fuzzSentenceModules(_ bytes: UnsafeRawBufferPointer) throws {
    enum Place {
        static let folder: FuzzFolder = {
            let folder = FuzzFolder("sentence")
            do {
                for name in ["1_Pooling", "2_Dense"] { try Folder.make("\(folder.path)/\(name)") }
                let shape = PretrainedShape(vocabularySize: 8, layers: 1, width: 4, heads: 2, block: 8, paddingID: 0)
                let json = try PretrainedFamily.bert.configuration(shape, head: .maskedLanguageModel)
                try Engine.run {
                    try PretrainedModel(configuration: json, random: RandomStream(seed: 1)).write(to: folder.path)
                    try Checkpoint.write(
                        [
                            ("linear.weight", .normal([3, 4], deviation: 1, from: RandomStream(seed: 2))),
                            ("linear.bias", .zeros([3])),
                        ], to: "\(folder.path)/2_Dense/model.safetensors")
                }
            } catch { fatalError("\(error)") }
            folder.put("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n##s\na\n".utf8, as: "vocab.txt")
            return folder
        }()
    }
    let names = ["modules.json", "1_Pooling/config.json", "2_Dense/config.json", "sentence_bert_config.json"]
    Place.folder.put(parts: bytes, as: names)
    let encoder = try Engine.run { try SentenceEncoder(folder: Place.folder.path) }
    let vectors = try encoder.embed(["the a", "a"])
    precondition(vectors.shape == [2, encoder.width])
}
