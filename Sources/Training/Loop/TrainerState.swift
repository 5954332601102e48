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
        guard !metric.isNaN, best.map({ metric < $0.metric }) ?? true else {
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
        self.init(run: try reader.string("run"), seed: seed, window: try averaging.natural("window"))
        step = try reader.natural("step")
        epoch = try reader.natural("epoch")
        seconds = try reader.double("seconds")
        validationsWithoutImprovement = try reader.natural("validations_without_improvement")
        validatedStep = json["validated_step"].flatMap(\.int)
        if let step = json["best_step"]?.int {
            // JSON has no infinity, which is written as null.
            best = TrainingOutcome.Best(step: step, metric: json["best_metric"]?.double ?? .infinity)
        }
        let plateau = try KeyReader(json["plateau"] ?? .null, allowed: ["best", "checks_without_improvement", "scale"])
        self.plateau = Plateau(
            best: json["plateau"]?["best"]?.double, checksWithoutImprovement: try plateau.natural("checks_without_improvement"),
            scale: try plateau.double("scale"))
        averageCount = try averaging.natural("count")
        trigger = NonImprovementTrigger(
            window: trigger.window, hasFired: try averaging.bool("triggered"),
            metrics: (json["averaging"]?["metrics"]?.array ?? []).map { $0.double ?? .infinity })
    }
}

extension KeyReader {
    /// A whole number that is not negative.
    fileprivate func natural(_ key: String) throws -> Int {
        let value = try integer(key)
        guard value >= 0 else { throw ConfigurationError(reason: "\"\(key)\" is \(value), but must be at least 0") }
        return value
    }
}
