import SequiturFiles
import SequiturLayers
import SequiturTensors
import SequiturText

/// The parts of a sentence-transformers folder: what `modules.json` lists.
package struct SentenceModules {
    /// The folder of the encoder.
    var transformer: String
    package var pooling: [Pooling] = [.mean]
    var maps: [SentenceMap] = []
    var normalizes = false
    var maximumLength: Int?
    /// Put before every text; what `default_prompt_name` chooses.
    var prompt = ""

    /// Names of sentence-transformers' pooling modes.
    static let poolingKeys: [(key: String, pooling: Pooling)] = [
        ("pooling_mode_cls_token", .cls), ("pooling_mode_max_tokens", .max), ("pooling_mode_mean_tokens", .mean),
        ("pooling_mode_mean_sqrt_len_tokens", .meanSquareRoot), ("pooling_mode_lasttoken", .last),
    ]

    /// Their names where a folder has the key `pooling_mode`.
    static let poolingNames: [(name: String, pooling: Pooling)] = [
        ("cls", .cls), ("max", .max), ("mean", .mean), ("mean_sqrt_len_tokens", .meanSquareRoot), ("lasttoken", .last),
    ]

    /// A folder without `modules.json` is that of an encoder alone.
    package init(folder: String) throws {
        let path = folder + "/modules.json"
        transformer = folder
        guard Folder.exists(path) else { return }
        guard let list = try JSONValue.parse(contentsOf: path).array else {
            throw ConfigurationError(reason: "\(path): a list of modules expected")
        }
        var last: Stage?
        for (index, module) in list.enumerated() {
            guard let type = module["type"]?.string, let name = module["path"]?.string, !name.hasPrefix("/"),
                !name.split(separator: "/").contains("..")
            else { throw ConfigurationError(reason: "\(path): module \(index) must have a type and a path within the folder") }
            let place = name.isEmpty ? folder : folder + "/" + name
            guard let stage = type.split(separator: ".").last.flatMap({ Stage(rawValue: String($0)) }) else {
                throw ConfigurationError(
                    reason:
                        "\(path): unknown module \"\(type.printable(limit: 80))\"; known are Transformer, Pooling, Dense and Normalize"
                )
            }
            guard stage.follows(last) else {
                throw ConfigurationError(
                    reason:
                        "\(path): module \(index) is a \(stage.rawValue), which cannot stand there; one Transformer, one Pooling, any Dense and perhaps Normalize can follow each other"
                )
            }
            last = stage
            switch stage {
            case .transformer: (transformer, maximumLength) = (place, try Self.maximumLength(place))
            case .pooling: pooling = try Self.pooling(place)
            case .dense: maps.append(try Self.map(place, after: maps.last))
            case .normalize: normalizes = true
            }
        }
        guard let last, last != .transformer else {
            throw ConfigurationError(reason: "\(path): it lists no \(last == nil ? "Transformer" : "Pooling")")
        }
        prompt = try Self.prompt(folder)
    }

    /// The kinds of modules.
    private enum Stage: String {
        case transformer = "Transformer"
        case pooling = "Pooling"
        case dense = "Dense"
        case normalize = "Normalize"

        /// Maps may follow each other; they and normalising may be absent.
        func follows(_ before: Self?) -> Bool {
            switch self {
            case .transformer: before == nil
            case .pooling: before == .transformer
            case .dense, .normalize: before == .pooling || before == .dense
            }
        }
    }

    /// The limit of the tokenizer, where newer folders have it; one beyond all models is none.
    var tokenizerLimit: Int? {
        let limit = try? JSONValue.parse(contentsOf: transformer + "/tokenizer_config.json")["model_max_length"]?.int
        return limit.flatMap { (1..<(1 << 31)).contains($0) ? $0 : nil }
    }

    private static func prompt(_ folder: String) throws -> String {
        let path = folder + "/config_sentence_transformers.json"
        guard Folder.exists(path) else { return "" }
        let json = try JSONValue.parse(contentsOf: path)
        guard let name = json["default_prompt_name"], !name.isNull else { return "" }
        guard let name = name.string, let prompt = json["prompts"]?[name]?.string else {
            throw ConfigurationError(reason: "\(path): \"prompts\" has no text for the \"default_prompt_name\"")
        }
        return prompt
    }

    private static func maximumLength(_ folder: String) throws -> Int? {
        let path = folder + "/sentence_bert_config.json"
        guard Folder.exists(path) else { return nil }
        let reader = ConfigurationReader(json: try JSONValue.parse(contentsOf: path), path: path, tensors: nil)
        try reader.require("do_lower_case", is: false)
        try reader.require("transformer_task", is: "feature-extraction")
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
        // Newer folders name the mode, or list several.
        if let names = json["pooling_mode"], !names.isNull {
            return try (names.array ?? [names]).map { name in
                guard let mode = poolingNames.first(where: { name == .string($0.name) }) else {
                    let known = poolingNames.map(\.name).joined(separator: ", ")
                    throw reader.error("unknown pooling_mode \(name.serialized().printable(limit: 40)); known are \(known)")
                }
                return mode.pooling
            }
        }
        let chosen = try poolingKeys.filter { try reader.bool($0.key, default: false) }.map(\.pooling)
        guard !chosen.isEmpty else { throw reader.error("no pooling mode is true") }
        return chosen
    }

    private static func map(_ folder: String, after last: SentenceMap?) throws -> SentenceMap {
        let path = folder + "/config.json"
        let reader = ConfigurationReader(json: try JSONValue.parse(contentsOf: path), path: path, tensors: nil)
        let inputs = try reader.integer("in_features", in: 1...(1 << 16)),
            outputs = try reader.integer("out_features", in: 1...(1 << 16))
        if let width = last?.linear.weight.shape[0], width != inputs {
            throw reader.error("\"in_features\" is \(inputs), but the map before gives \(width)")
        }
        try reader.require("use_residual", is: false)
        for key in ["module_input_name", "module_output_name"] { try reader.require(key, is: "sentence_embedding") }
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
        let limit: JSONValue = maximumLength < .max ? .integer(Int64(maximumLength)) : nil
        try JSONValue.object([.init(key: "max_seq_length", value: limit), .init(key: "do_lower_case", value: false)])
            .write(to: root + "/sentence_bert_config.json")
        try poolingConfiguration.write(to: add("Pooling", "1_Pooling") + "/config.json")
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
        if !prompt.isEmpty {
            let settings: JSONValue = ["prompts": ["default": .string(prompt)], "default_prompt_name": "default"]
            try settings.write(to: output + "/config_sentence_transformers.json")
        }
        try JSONValue.array(modules).write(to: output + "/modules.json")
    }

    /// Older versions of sentence-transformers know a key for each mode alone, and with them one order.
    private var poolingConfiguration: JSONValue {
        let usual = SentenceModules.poolingKeys.filter { pooling.contains($0.pooling) }.map(\.pooling)
        let modes =
            pooling == usual
            ? SentenceModules.poolingKeys.map { JSONValue.Member(key: $0.key, value: .bool(pooling.contains($0.pooling))) }
            : [
                JSONValue.Member(
                    key: "pooling_mode",
                    value: .array(
                        pooling.compactMap { mode in
                            SentenceModules.poolingNames.first { $0.pooling == mode }.map { .string($0.name) }
                        }))
            ]
        let width = JSONValue.Member(key: "word_embedding_dimension", value: .integer(Int64(model.body.hiddenSize)))
        return .object([width] + modes)
    }
}
