import SequiturLayers
import SequiturModels

/// Which parts of a pre-trained model learn, and how fast.
public struct TuningSettings: Sendable, Equatable {
    /// What the learning rate of each layer is multiplied by, relative to the one above it (Clark et al. 2020); 1 treats all alike.
    public var layerDecay: Double = 1
    /// Parameters that stay as they are: `embeddings`, `layers.N` for the N lowest layers, or a pattern over the names of parameters in
    /// which * stands for anything.
    public var frozen: [String] = []
    /// Whether one more layer learns with every epoch, from the top (Howard & Ruder 2018).
    public var unfreezesGradually = false
    /// What the learning rate is multiplied by for everything beside the pre-trained model.
    public var headScale: Double = 1

    public init() {}

    /// Stops what is frozen, and sets the rates of the rest.
    ///
    /// - Throws: where a pattern fits nothing.
    func apply(to model: some Module) throws {
        let list = model.parameters(), top = LayerDepth.top(of: list)
        for pattern in frozen {
            let chosen = list.entries.filter { LayerDepth(of: $0.name, top: top).isChosen(by: pattern, name: $0.name) }
            guard !chosen.isEmpty else {
                throw ConfigurationError(
                    reason:
                        "nothing is called '\(pattern.printable(limit: 60))' that could be frozen: give embeddings, layers.N for the N "
                        + "lowest of \(top - 1) layers, or a pattern over names such as \(list.entries.first?.name ?? "")")
            }
            for entry in chosen { entry.parameter.isTrainable = false }
        }
        setRates(of: model, epoch: 0)
    }

    /// - Parameter epoch: from 0; layers join from the top.
    func setRates(of model: some Module, epoch: Int) {
        let list = model.parameters(), top = LayerDepth.top(of: list)
        for entry in list.entries {
            let depth = LayerDepth(of: entry.name, top: top).value
            var scale = 1.0
            for _ in depth..<top { scale *= layerDecay }
            if depth == top { scale = headScale }
            if unfreezesGradually, depth < top - epoch { scale = 0 }
            entry.parameter.learningRateScale = Float(scale)
        }
    }
}

/// How far up in a model a parameter stands: 0 for embeddings, N for layer N from 1, and the top for heads.
struct LayerDepth {
    let value: Int

    init(of name: String, top: Int) { value = Self.layer(of: name).map { $0 + 1 } ?? (Self.isBelow(name) ? 0 : top) }

    static func top(of list: ParameterList) -> Int { (list.entries.compactMap { layer(of: $0.name) }.max() ?? -1) + 2 }

    /// The layer's number within a pre-trained model.
    private static func layer(of name: String) -> Int? {
        let parts = name.split(separator: ".")
        guard name.hasPrefix("encoder."), !parts.contains("spelling"),
            let place = parts.firstIndex(where: { $0 == "layers" || $0 == "reverseLayers" }), place + 1 < parts.count
        else { return nil }
        return Int(parts[place + 1])
    }

    private static func isBelow(_ name: String) -> Bool {
        name.hasPrefix("encoder.") && !name.contains(".head.") && !name.contains(".pooler.") && !name.contains("transformer.norm")
            && !name.contains("encoder.norm")
    }

    func isChosen(by pattern: String, name: String) -> Bool {
        if pattern == "embeddings" { return value == 0 }
        if pattern.hasPrefix("layers."), let count = Int(pattern.dropFirst(7)) {
            return value > 0 && value <= count && Self.layer(of: name) != nil
        }
        return Self.matches(Array(name.utf8)[...], Array(pattern.utf8)[...])
    }

    private static func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        guard let star = pattern.firstIndex(of: 0x2A) else { return name.elementsEqual(pattern) }
        guard name.starts(with: pattern[..<star]) else { return false }
        let rest = pattern[(star + 1)...]
        var from = name.startIndex + (star - pattern.startIndex)
        while true {
            if matches(name[from...], rest) { return true }
            guard from < name.endIndex else { return false }
            from += 1
        }
    }
}
