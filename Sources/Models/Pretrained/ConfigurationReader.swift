import SequiturFiles
import SequiturLayers
import SequiturTensors

/// Reads the `config.json` of a model folder as the ecosystem writes it: keys that say nothing here are passed over, `null` is as good as
/// absent, and what is there must have the right type.
struct ConfigurationReader {
    let json: JSONValue
    /// The file, for messages.
    let path: String
    /// Names of the tensors in the folder, without which nothing is known of what the folder carries; nil for a fresh model.
    let tensors: Set<String>?

    /// The first of `keys` that is there; `fallback` where none is, and an error where there is no fallback.
    private func value<Value>(
        _ keys: [String], _ fallback: Value?, _ expected: String, _ convert: (JSONValue) -> Value?
    ) throws -> Value {
        for key in keys {
            guard let found = json[key], !found.isNull else { continue }
            guard let converted = convert(found) else {
                throw error("\"\(key)\" must be \(expected), but is \(found.serialized().printable(limit: 40))")
            }
            return converted
        }
        guard let fallback else { throw error("the key \"\(keys[0])\" is missing; \(expected) was expected") }
        return fallback
    }

    func integer(_ keys: String..., default fallback: Int? = nil, in range: ClosedRange<Int> = 0...(1 << 31)) throws -> Int {
        let found = try value(keys, fallback, "a whole number") { $0.int }
        guard range.contains(found) else {
            throw error("\"\(keys[0])\" must lie in \(range.lowerBound)...\(range.upperBound), but is \(found)")
        }
        return found
    }

    func double(_ keys: String..., default fallback: Double? = nil) throws -> Double {
        let found = try value(keys, fallback, "a number") { $0.double }
        guard found.isFinite else { throw error("\"\(keys[0])\" must be finite") }
        return found
    }

    func float(_ keys: String..., default fallback: Float) throws -> Float {
        Float(try value(keys, Double(fallback), "a number") { $0.double.flatMap { $0.isFinite ? $0 : nil } })
    }

    /// A rate of dropout, 0..<1.
    func rate(_ keys: String..., default fallback: Float) throws -> Float {
        let found = Float(try value(keys, Double(fallback), "a number") { $0.double })
        guard found >= 0, found < 1 else { throw error("\"\(keys[0])\" must be at least 0 and below 1, but is \(found)") }
        return found
    }

    func bool(_ key: String, default fallback: Bool) throws -> Bool { try value([key], fallback, "true or false") { $0.bool } }
    func string(_ key: String, default fallback: String? = nil) throws -> String {
        try value([key], fallback, "a string") { $0.string }
    }
    func optionalInteger(_ key: String) throws -> Int? {
        guard let found = json[key], !found.isNull else { return nil }
        return try value([key], nil, "a whole number") { _ in found.int }
    }

    /// Refuses a setting that changes what a model computes and is not known here.
    func require(_ key: String, is expected: JSONValue) throws {
        guard let found = json[key], !found.isNull, found != expected else { return }
        throw error(
            "\"\(key)\" is \(found.serialized().printable(limit: 40)), which cannot be computed here; only \(expected.serialized()) can"
        )
    }

    /// A function between two maps by the name that `transformers` gives it.
    func activation(_ keys: String..., default fallback: String, isGated: Bool = false) throws -> Activation {
        let name = try value(keys, fallback, "the name of an activation") { $0.string }
        let plain: Activation? =
            switch name {
            case "gelu", "gelu_python": .gelu
            case "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_accurate": .geluTanh
            case "relu": .relu
            case "silu", "swish": .silu
            default: nil
            }
        let known: Activation? = isGated ? (plain == .silu ? .swiglu : plain == .geluTanh ? .geglu : nil) : plain
        guard let known else {
            throw error(
                "\"\(keys[0])\" is \"\(name.printable(limit: 40))\", which is not known here; known are "
                    + (isGated ? "silu and gelu_pytorch_tanh" : "gelu, gelu_new, relu and silu"))
        }
        return known
    }

    /// How many classes the head of a classifier tells apart.
    func labelCount() throws -> Int {
        if let labels = json["id2label"], !labels.isNull {
            guard let members = labels.members, members.allSatisfy({ $0.value.string != nil }) else {
                throw error(
                    "\"id2label\" must be an object from numbers to names, but is \(labels.serialized().printable(limit: 40))")
            }
            return max(1, members.count)
        }
        return try integer("num_labels", "_num_labels", default: 2, in: 1...(1 << 20))
    }

    /// Refuses what no configuration has, though it may say nothing of the model's shape: `architectures` that are no list of names,
    /// and ids of special tokens that are no whole numbers; the end may have several.
    func validate() throws {
        guard json.members != nil else { throw error("an object was expected, but \(json.kind) found") }
        if let names = json["architectures"], !names.isNull, names.array?.allSatisfy({ $0.string != nil }) != true {
            throw error("\"architectures\" must be a list of names, but is \(names.serialized().printable(limit: 40))")
        }
        for key in ["bos_token_id", "pad_token_id", "eos_token_id"] {
            guard let id = json[key], !id.isNull, id.int == nil else { continue }
            if key == "eos_token_id", id.array?.allSatisfy({ $0.int != nil }) == true { continue }
            throw error("\"\(key)\" must be a whole number, but is \(id.serialized().printable(limit: 40))")
        }
    }

    /// The class that wrote the weights, such as `BertForMaskedLM`.
    var className: String? { json["architectures"]?.array?.first?.string }

    /// Whether the folder has a tensor of this name, with the prefix of a model with a head or without; what is fresh has all.
    func has(_ name: String, prefix: String) -> Bool {
        tensors.map { $0.contains(name) || $0.contains(prefix + name) } ?? true
    }

    func error(_ reason: String) -> ConfigurationError { ConfigurationError(reason: "\(path): \(reason)") }
}

extension ConfigurationReader {
    /// Angles of rotary positions as `rope_parameters`, or `rope_theta` and `rope_scaling`, say.
    ///
    /// - Parameters:
    ///   - width: of a head, for divisors of each pair.
    ///   - positions: `max_position_embeddings`.
    func rotary(width: Int, positions: Int) throws -> (base: Double, scaling: RotaryScaling) {
        let settings =
            json["rope_parameters"].flatMap { $0.isNull ? nil : $0 } ?? json["rope_scaling"].flatMap { $0.isNull ? nil : $0 }
        guard settings == nil || settings?.members != nil else { throw error("\"rope_parameters\" must be an object") }
        let reader = ConfigurationReader(json: settings ?? [:], path: path + ": rope_parameters", tensors: nil)
        let base = try reader.double("rope_theta", default: try double("rope_theta", default: 10_000))
        guard base > 1 else { throw error("\"rope_theta\" must be above 1, but is \(base)") }
        guard try reader.double("partial_rotary_factor", default: 1) == 1, try double("partial_rotary_factor", default: 1) == 1
        else { throw error("\"partial_rotary_factor\" must be 1: heads are turned whole here") }
        let kind = try reader.string("rope_type", default: try reader.string("type", default: "default"))
        func positive(_ key: String, default fallback: Double? = nil) throws -> Double {
            let found = try reader.double(key, default: fallback)
            guard found > 0 else { throw error("\"\(key)\" of rope_parameters must be above 0, but is \(found)") }
            return found
        }
        func original() throws -> Int {
            let outer = try integer("original_max_position_embeddings", default: positions, in: 1...(1 << 30))
            return try reader.integer("original_max_position_embeddings", default: outer, in: 1...(1 << 30))
        }
        switch kind {
        case "default": return (base, .none)
        case "linear": return (base, .linear(factor: try positive("factor")))
        case "dynamic": return (base, .dynamic(factor: try positive("factor"), original: positions))
        case "llama3":
            return (
                base,
                .llama3(
                    factor: try positive("factor"), low: try positive("low_freq_factor"),
                    high: try positive("high_freq_factor"), original: try original())
            )
        case "yarn": return (base, try yarn(reader, original: try original(), positions: positions))
        case "longrope":
            return (base, try perPair(reader, pairs: width / 2, original: try original(), positions: positions))
        default:
            throw error(
                "rope_parameters: unknown rope_type \"\(kind.printable(limit: 40))\"; known are default, linear, dynamic, yarn, llama3, longrope"
            )
        }
    }

    private func yarn(_ reader: ConfigurationReader, original: Int, positions: Int) throws -> RotaryScaling {
        let factor = try reader.double("factor", default: Double(positions) / Double(original))
        guard factor > 0 else { throw error("\"factor\" of rope_parameters must be above 0, but is \(factor)") }
        func magnitude(_ scale: Double) -> Double { factor <= 1 ? 1 : 0.1 * scale * logarithm(factor) + 1 }
        let own = try reader.double("mscale", default: 0), all = try reader.double("mscale_all_dim", default: 0)
        let usual = own != 0 && all != 0 ? magnitude(own) / magnitude(all) : magnitude(1)
        return .yarn(
            factor: factor, original: original, fast: try reader.double("beta_fast", default: 32),
            slow: try reader.double("beta_slow", default: 1), magnitude: try reader.double("attention_factor", default: usual),
            isTruncated: try reader.bool("truncate", default: true))
    }

    private func perPair(_ reader: ConfigurationReader, pairs: Int, original: Int, positions: Int) throws -> RotaryScaling {
        func divisors(_ key: String) throws -> [Double] {
            let found = reader.json[key]?.array?.compactMap(\.double) ?? []
            guard found.count == pairs, found.allSatisfy({ $0 > 0 && $0.isFinite }) else {
                throw error("\"\(key)\" of rope_parameters must be \(pairs) numbers above 0")
            }
            return found
        }
        let factor = try reader.double("factor", default: Double(positions) / Double(original))
        let usual = factor <= 1 || original <= 1 ? 1 : (1 + logarithm(factor) / logarithm(Double(original))).squareRoot()
        return .perPair(
            short: try divisors("short_factor"), long: try divisors("long_factor"), original: original,
            magnitude: try reader.double("attention_factor", default: usual))
    }
}
