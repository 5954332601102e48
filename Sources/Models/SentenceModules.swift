import SequiturFiles
import SequiturLayers
import SequiturTensors
import SequiturText

/// The parts of a sentence-transformers folder: what `modules.json` lists.
struct SentenceModules {
    /// The folder of the encoder.
    var transformer: String
    var pooling: [Pooling] = [.mean]
    var maps: [SentenceMap] = []
    var normalizes = false
    var maximumLength: Int?

    /// Names of sentence-transformers' pooling modes.
    static let poolingKeys: [(key: String, pooling: Pooling)] = [
        ("pooling_mode_cls_token", .cls), ("pooling_mode_max_tokens", .max), ("pooling_mode_mean_tokens", .mean),
        ("pooling_mode_mean_sqrt_len_tokens", .meanSquareRoot), ("pooling_mode_lasttoken", .last),
    ]

    /// A folder without `modules.json` is that of an encoder alone.
    init(folder: String) throws {
        let path = folder + "/modules.json"
        transformer = folder
        guard Folder.exists(path) else { return }
        guard let list = try JSONValue.parse(contentsOf: path).array else {
            throw ConfigurationError(reason: "\(path): a list of modules expected")
        }
        var hasTransformer = false
        for (index, module) in list.enumerated() {
            guard let type = module["type"]?.string, let name = module["path"]?.string, !name.hasPrefix("/"),
                !name.split(separator: "/").contains("..")
            else { throw ConfigurationError(reason: "\(path): module \(index) must have a type and a path within the folder") }
            let place = name.isEmpty ? folder : folder + "/" + name
            switch type.split(separator: ".").last {
            case "Transformer":
                transformer = place
                maximumLength = try Self.maximumLength(place)
                hasTransformer = true
            case "Pooling": pooling = try Self.pooling(place)
            case "Dense": maps.append(try Self.map(place))
            case "Normalize": normalizes = true
            default:
                throw ConfigurationError(
                    reason:
                        "\(path): unknown module \"\(type.printable(limit: 80))\"; known are Transformer, Pooling, Dense and Normalize"
                )
            }
        }
        guard hasTransformer else { throw ConfigurationError(reason: "\(path): it lists no Transformer") }
    }

    private static func maximumLength(_ folder: String) throws -> Int? {
        let path = folder + "/sentence_bert_config.json"
        guard Folder.exists(path) else { return nil }
        let reader = ConfigurationReader(json: try JSONValue.parse(contentsOf: path), path: path, tensors: nil)
        try reader.require("do_lower_case", is: false)
        guard let length = try reader.optionalInteger("max_seq_length") else { return nil }
        guard length > 0 else { throw reader.error("\"max_seq_length\" must be above 0, but is \(length)") }
        return length
    }

    private static func pooling(_ folder: String) throws -> [Pooling] {
        let path = folder + "/config.json"
        let json = try JSONValue.parse(contentsOf: path)
        let reader = ConfigurationReader(json: json, path: path, tensors: nil)
        try reader.require("include_prompt", is: true)
        let known = Set(poolingKeys.map(\.key))
        for member in json.members ?? [] where member.key.hasPrefix("pooling_mode_") && !known.contains(member.key) {
            try reader.require(member.key, is: false)
        }
        // Newer folders name the mode.
        if case .string(let name)? = json["pooling_mode"] {
            guard
                let mode = poolingKeys.first(where: {
                    ["pooling_mode_\(name)", "pooling_mode_\(name)_token", "pooling_mode_\(name)_tokens"].contains($0.key)
                })
            else {
                throw reader.error("unknown pooling_mode \"\(name.printable(limit: 40))\"")
            }
            return [mode.pooling]
        }
        let chosen = try poolingKeys.filter { try reader.bool($0.key, default: false) }.map(\.pooling)
        guard !chosen.isEmpty else { throw reader.error("no pooling mode is true") }
        return chosen
    }

    private static func map(_ folder: String) throws -> SentenceMap {
        let path = folder + "/config.json"
        let reader = ConfigurationReader(json: try JSONValue.parse(contentsOf: path), path: path, tensors: nil)
        let inputs = try reader.integer("in_features", in: 1...(1 << 16)),
            outputs = try reader.integer("out_features", in: 1...(1 << 16))
        let name = try reader.string("activation_function", default: "torch.nn.modules.activation.Tanh")
        let activation = String(name.split(separator: ".").last ?? "")
        guard SentenceMap.activations.contains(activation) else {
            throw reader.error(
                "unknown activation_function \"\(name.printable(limit: 60))\"; known are \(SentenceMap.activations.joined(separator: ", "))"
            )
        }
        let weights = try WeightFiles(folder: folder), hasBias = try reader.bool("bias", default: true)
        let linear = Linear(from: inputs, to: outputs, hasBias: hasBias, random: .unfilled)
        for (name, parameter) in [("linear.weight", Optional(linear.weight)), ("linear.bias", linear.bias)] {
            guard let parameter else { continue }
            let value = try weights.tensor(named: name)
            guard value.shape == parameter.shape else {
                throw reader.error("\(name) should have shape \(parameter.shape), but has \(value.shape)")
            }
            parameter.assign(value)
        }
        return SentenceMap(linear: linear, activation: activation)
    }
}

// MARK: Writing

extension SentenceEncoder {
    /// Writes a folder that sentence-transformers can load: encoder, tokenizer, pooling, maps and normalising.
    ///
    /// - Parameter output: made where it is missing; what is there under the same names is replaced.
    public func write(to output: String) throws {
        let prefix = "sentence_transformers.models."
        var modules: [JSONValue] = []
        func add(_ type: String, _ path: String) throws -> String {
            modules.append([
                "idx": .integer(Int64(modules.count)), "name": .string("\(modules.count)"), "path": .string(path),
                "type": .string(prefix + type),
            ])
            let place = path.isEmpty ? output : output + "/" + path
            try Folder.make(place)
            return place
        }
        let root = try add("Transformer", "")
        try model.write(to: root)
        try TokenizerFolder.copyCompanions(of: transformerFolder, to: root)
        // Of an older layout the tokenizer is written as it was read.
        if !Folder.exists(root + "/tokenizer.json") { try tokenizer.json.write(to: root + "/tokenizer.json") }
        let settings: JSONValue = ["max_seq_length": .integer(Int64(maximumLength)), "do_lower_case": false]
        try settings.write(to: root + "/sentence_bert_config.json")
        let modes = SentenceModules.poolingKeys.map {
            JSONValue.Member(key: $0.key, value: .bool(pooling.contains($0.pooling)))
        }
        let width = JSONValue.Member(key: "word_embedding_dimension", value: .integer(Int64(model.body.hiddenSize)))
        try JSONValue.object([width] + modes).write(to: add("Pooling", "1_Pooling") + "/config.json")
        for map in maps {
            let place = try add("Dense", "\(modules.count)_Dense")
            let configuration: JSONValue = [
                "in_features": .integer(Int64(map.linear.weight.shape[1])),
                "out_features": .integer(Int64(map.linear.weight.shape[0])), "bias": .bool(map.linear.bias != nil),
                "activation_function": .string(
                    (map.activation == "Identity" ? "torch.nn.modules.linear." : "torch.nn.modules.activation.") + map.activation),
            ]
            try configuration.write(to: place + "/config.json")
            var tensors = [(name: "linear.weight", tensor: map.linear.weight.value)]
            if let bias = map.linear.bias { tensors.append(("linear.bias", bias.value)) }
            try Checkpoint.write(tensors, metadata: ["format": "pt"], to: place + "/" + WeightFiles.fileName)
        }
        if normalizes { _ = try add("Normalize", "\(modules.count)_Normalize") }
        try JSONValue.array(modules).write(to: output + "/modules.json")
    }
}
