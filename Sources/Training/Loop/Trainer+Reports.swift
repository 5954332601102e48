import SequiturFiles

extension Trainer {
    func outcome(_ reason: TrainingOutcome.Reason) -> TrainingOutcome {
        TrainingOutcome(
            reason: reason, step: state.step, epoch: epoch, best: state.best, seconds: clock.seconds, checkpoint: newestCheckpoint
        )
    }
}

// The lines of metrics.jsonl.

extension StepReport {
    var json: JSONValue {
        [
            "event": "step", "step": .integer(Int64(step)), "epoch": .number(epoch), "loss": .number(loss),
            "learning_rate": .number(learningRate), "gradient_norm": .number(gradientNorm),
            "targets": .integer(Int64(targetCount)),
            "seconds": .number(seconds), "targets_per_second": .number(targetsPerSecond),
        ]
    }
}

extension ValidationReport {
    var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init(key: "event", value: "validation"), .init(key: "step", value: .integer(Int64(step))),
            .init(key: "epoch", value: .number(epoch)), .init(key: "metric", value: .number(validation.metric)),
        ]
        members += validation.metrics.map { .init(key: "validation_\($0.name)", value: .number($0.value)) }
        members += [
            .init(key: "best", value: .bool(isBest)), .init(key: "seconds", value: .number(seconds)),
            .init(key: "consequences", value: .array(consequences.map { .string($0.rawValue) })),
        ]
        return .object(members)
    }
}

extension CheckpointReport {
    var json: JSONValue {
        ["event": "checkpoint", "step": .integer(Int64(step)), "path": .string(path), "seconds": .number(seconds)]
    }
}

extension TrainingOutcome {
    public var json: JSONValue {
        [
            "event": "finished", "step": .integer(Int64(step)), "reason": .string(reason.rawValue), "epoch": .number(epoch),
            "best_step": best.map { .integer(Int64($0.step)) } ?? .null, "best_metric": best.map { .number($0.metric) } ?? .null,
            "seconds": .number(seconds), "checkpoint": checkpoint.map { .string($0) } ?? .null,
        ]
    }
}
