import SequiturFiles
import SequiturModels

/// Where a run stands, but for tensors and data.
struct TrainerState: Equatable {
    var run: String
    var seed: UInt64
    var step = 0
    /// Whole epochs.
    var epoch = 0
    /// Seconds of training so far.
    var seconds = 0.0
    var best: TrainingOutcome.Best?
    var validationsWithoutImprovement = 0
    var validatedStep: Int?
    var plateau = Plateau()
    var averageCount = 0
    var trigger: NonImprovementTrigger

    init(run: String, seed: UInt64, window: Int) {
        self.run = run
        self.seed = seed
        trigger = NonImprovementTrigger(window: window)
    }

    /// Takes note of a validation's metric.
    ///
    /// - Returns: whether it is the best so far.
    mutating func observe(_ metric: Double) -> Bool {
        validatedStep = step
        guard metric.isFinite, best.map({ metric < $0.metric }) ?? true else {
            validationsWithoutImprovement += 1
            return false
        }
        best = TrainingOutcome.Best(step: step, metric: metric)
        validationsWithoutImprovement = 0
        return true
    }
}

// MARK: trainer.json

extension TrainerState {
    private static let keys: Set<String> = [
        "format_version", "run", "seed", "step", "epoch", "seconds", "best_step", "best_metric",
        "validations_without_improvement",
        "validated_step", "plateau", "averaging", "settings", "position",
    ]

    func json(settings: JSONValue, position: JSONValue) -> JSONValue {
        [
            "format_version": 1, "run": .string(run), "seed": .string(String(seed)), "step": .integer(Int64(step)),
            "epoch": .integer(Int64(epoch)), "seconds": .number(seconds),
            "best_step": best.map { .integer(Int64($0.step)) } ?? .null, "best_metric": best.map { .number($0.metric) } ?? .null,
            "validations_without_improvement": .integer(Int64(validationsWithoutImprovement)),
            "validated_step": validatedStep.map { .integer(Int64($0)) } ?? .null,
            "plateau": [
                "best": plateau.best.map { .number($0) } ?? .null,
                "checks_without_improvement": .integer(Int64(plateau.checksWithoutImprovement)), "scale": .number(plateau.scale),
            ],
            "averaging": [
                "count": .integer(Int64(averageCount)), "window": .integer(Int64(trigger.window)),
                "triggered": .bool(trigger.hasFired), "metrics": .array(trigger.metrics.map { .number($0) }),
            ],
            "settings": settings, "position": position,
        ]
    }

    /// No run counts further, so that a damaged number cannot make a sum overflow.
    static let largestCount = 1 << 53

    /// Reads `trainer.json`; every key must be there, and no other.
    ///
    /// - Throws: `ConfigurationError`.
    init(json: JSONValue) throws {
        let reader = try KeyReader(json, allowed: Self.keys)
        guard try reader.integer("format_version") == 1 else {
            throw ConfigurationError(reason: "format version \(try reader.integer("format_version")) where 1 is read here")
        }
        guard let seed = UInt64(try reader.string("seed")) else { throw ConfigurationError(reason: "\"seed\" is not a number") }
        let averaging = try KeyReader(json["averaging"] ?? .null, allowed: ["count", "window", "triggered", "metrics"])
        self.init(run: try reader.string("run"), seed: seed, window: try averaging.count("window"))
        step = try reader.count("step")
        epoch = try reader.count("epoch")
        seconds = try reader.double("seconds")
        validationsWithoutImprovement = try reader.count("validations_without_improvement")
        validatedStep = try reader.optional("validated_step") { try reader.count($0) }
        if let step = try reader.optional("best_step", { try reader.count($0) }) {
            best = TrainingOutcome.Best(step: step, metric: try reader.double("best_metric"))
        }
        let plateau = try KeyReader(json["plateau"] ?? .null, allowed: ["best", "checks_without_improvement", "scale"])
        self.plateau = Plateau(
            best: try plateau.optional("best") { try plateau.double($0) },
            checksWithoutImprovement: try plateau.count("checks_without_improvement"), scale: try plateau.double("scale"))
        averageCount = try averaging.count("count")
        trigger = NonImprovementTrigger(
            window: trigger.window, hasFired: try averaging.bool("triggered"), metrics: try averaging.metrics("metrics"))
        guard seconds >= 0, (0...1).contains(self.plateau.scale) else {
            throw ConfigurationError(reason: "\"seconds\" must be at least 0 and \"scale\" from 0 to 1")
        }
    }
}

extension KeyReader {
    /// A whole number from 0 to `TrainerState.largestCount`.
    fileprivate func count(_ key: String) throws -> Int {
        let value = try integer(key)
        guard (0...TrainerState.largestCount).contains(value) else {
            throw ConfigurationError(reason: "\"\(key)\" is \(value), but must be from 0 to \(TrainerState.largestCount)")
        }
        return value
    }

    /// What `read` makes of a key, nil where the key's value is null.
    fileprivate func optional<Value>(_ key: String, _ read: (String) throws -> Value) throws -> Value? {
        try isNull(key) ? nil : try read(key)
    }

    /// A list of numbers, in which null stands for infinity, which JSON does not have.
    fileprivate func metrics(_ key: String) throws -> [Double] {
        try array(key).map { value in
            guard let number = value.isNull ? .infinity : value.double else {
                throw ConfigurationError(reason: "\"\(key)\" holds \(value.kind) where a number or null belongs")
            }
            return number
        }
    }
}
