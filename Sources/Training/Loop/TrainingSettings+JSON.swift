import SequiturFiles

extension TrainingSettings {
    /// The settings as a checkpoint and `sequitur.json` keep them, one member each; absent limits are null.
    public var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        func single(_ value: Float) -> JSONValue { Double(value.description).map { .number($0) } ?? .null }
        func integer(_ value: Int?) -> JSONValue { value.map { .integer(Int64($0)) } ?? .null }
        return [
            "epochs": integer(epochs), "maximum_steps": integer(maximumSteps), "maximum_minutes": number(maximumMinutes),
            "optimizer": .string(optimizer.kind.rawValue), "momentum": single(optimizer.momentum),
            "beta1": single(optimizer.beta1),
            "beta2": single(optimizer.beta2), "epsilon": single(optimizer.epsilon), "weight_decay": single(optimizer.weightDecay),
            "schedule": .string(schedule.kind.rawValue), "learning_rate": number(schedule.learningRate),
            "warmup_steps": integer(schedule.warmupSteps), "minimum_learning_rate": number(schedule.minimumLearningRate),
            "plateau_factor": number(schedule.plateauFactor), "plateau_patience": integer(schedule.plateauPatience),
            "average": .string(averaging.kind.rawValue), "average_decay": number(averaging.decay),
            "average_window": integer(averaging.window), "accumulate": integer(accumulate), "clip": number(clip),
            "validate_every": integer(validateEvery), "patience": integer(patience), "checkpoint_every": integer(checkpointEvery),
            "keep_checkpoints": integer(keepCheckpoints), "seed": .string(String(seed)),
            "precision": .string(precision.resolved.rawValue),
        ]
    }

    /// Where these settings would not go the way of a run that began with `saved`, one text each. How long a run is and what it
    /// keeps may change at any time.
    func differences(from saved: JSONValue) -> [String] {
        let free: Set<String> = [
            "epochs", "maximum_steps", "maximum_minutes", "patience", "checkpoint_every", "keep_checkpoints",
        ]
        return (json.members ?? []).compactMap { member in
            guard !free.contains(member.key), let before = saved[member.key], !Self.areEqual(before, member.value) else {
                return nil
            }
            let now = member.key == "seed" ? "\(before.serialized()) is kept" : "now \(member.value.serialized())"
            return "\(member.key) was \(before.serialized().printable()), \(now)"
        }
    }

    /// A whole number may have been written as a fraction, and the other way round.
    private static func areEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if let left = left.double, let right = right.double { left == right } else { left == right }
    }
}
