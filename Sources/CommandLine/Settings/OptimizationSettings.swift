import ArgumentParser
import SequiturConsole
import SequiturTraining

/// The rule by which gradients change parameters.
struct OptimizationSettings: CheckedSettings {
    @Option(help: ArgumentHelp("The optimizer.", valueName: "name"))
    var optimizer = OptimizerKind.adamw

    @Option(help: ArgumentHelp("Momentum of SGD.", valueName: "number"))
    var momentum = 0.0

    @Option(help: ArgumentHelp("Decay of Adam's mean of gradients.", valueName: "number"))
    var beta1 = 0.9

    @Option(help: ArgumentHelp("Decay of Adam's mean of squared gradients.", valueName: "number"))
    var beta2 = 0.999

    @Option(help: ArgumentHelp("Added to Adam's denominator.", valueName: "number"))
    var epsilon = 1e-8

    @Option(
        help: ArgumentHelp(
            "Weight decay: decoupled for adamw, in the gradient for the others; never on biases.", valueName: "number"))
    var weightDecay = 0.0

    @Option(help: ArgumentHelp("Largest global norm of the gradients; 0 clips nothing.", valueName: "norm"))
    var clip = 1.0

    func check() throws {
        try check(fraction: "momentum", momentum)
        try check(fraction: "beta1", beta1)
        try check(fraction: "beta2", beta2)
        try check(positive: "epsilon", epsilon)
        try check("weight-decay", weightDecay, atLeast: 0)
        try check("clip", clip, atLeast: 0)
    }

    var unused: [UnusedSettings] {
        let keys = optimizer == .sgd ? ["beta1", "beta2", "epsilon"] : ["momentum"]
        return [UnusedSettings(keys, because: "optimizer", is: optimizer.rawValue)]
    }
}

/// How the learning rate goes over the run.
struct ScheduleSettings: CheckedSettings {
    @Option(help: ArgumentHelp("Highest learning rate; without it 0.002, and 1 for sgd.", valueName: "number"))
    var learningRate: Double?

    @Option(
        help: ArgumentHelp(
            "How the rate falls after the warm-up, over the steps, or over the minutes where --maximum-minutes ends the run.",
            valueName: "name"))
    var schedule = ScheduleKind.cosine

    @Option(help: ArgumentHelp("Steps over which the rate rises from 0.", valueName: "count"))
    var warmupSteps = 0

    @Option(help: ArgumentHelp("The rate never falls below this.", valueName: "number"))
    var minimumLearningRate = 0.0

    @Option(help: ArgumentHelp("What the rate is multiplied by on a plateau.", valueName: "number"))
    var plateauFactor = 0.25

    @Option(help: ArgumentHelp("Validations without improvement that are borne before the rate falls.", valueName: "count"))
    var plateauPatience = 0

    func check() throws {
        try check(positive: "learning-rate", learningRate)
        try check("warmup-steps", warmupSteps, atLeast: 0)
        try check("minimum-learning-rate", minimumLearningRate, atLeast: 0)
        try check("plateau-factor", plateauFactor, in: Double.leastNonzeroMagnitude..<1, "above 0 and below 1")
        try check("plateau-patience", plateauPatience, atLeast: 0)
        if let learningRate, minimumLearningRate > learningRate {
            throw SettingError(
                key: "minimum-learning-rate",
                problem: "must be at most the learning rate, \(learningRate), not \(minimumLearningRate)")
        }
    }

    /// The highest learning rate, that of the optimizer where none is given.
    func highestLearningRate(for optimizer: OptimizerKind) -> Double {
        learningRate ?? (optimizer == .sgd ? 1 : 0.002)
    }

    var unused: [UnusedSettings] {
        var keys = schedule == .plateau ? [] : ["plateau-factor", "plateau-patience"]
        if schedule == .constant { keys.append("minimum-learning-rate") }
        return [UnusedSettings(keys, because: "schedule", is: schedule.rawValue)]
    }
}
