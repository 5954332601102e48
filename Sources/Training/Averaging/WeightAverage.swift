import CSequiturKernels
import SequiturLayers
import SequiturTensors

/// The average of the parameters over the course of training, which is often better than where training ends.
///
///     exponential   a ← p after the first step, then a ← d a + (1 − d) p          (Polyak & Juditsky 1992; decay d)
///     triggered     a ← the mean of the parameters after every step since the trigger
///
/// `triggered` is NT-ASGD (Merity, Keskar & Socher 2017, algorithm 1): the average begins when a validation is worse than the best
/// of those more than n checks ago.
///
///     let average = WeightAverage(of: model.parameters(), settings: AveragingSettings(kind: .exponential, decay: 0.999))
///     average.update()                                  // after each step of the optimiser
///     let loss = average.whileSwappedIn { validate() }  // with the averaged weights in the model
public final class WeightAverage {
    public let settings: AveragingSettings
    private let names: [String]
    private let parameters: [Parameter]
    /// One for each parameter; none before the first update.
    private var averages: [Tensor] = []
    /// How many values the average is of.
    public private(set) var count = 0
    public private(set) var trigger: NonImprovementTrigger
    private var isSwappedIn = false

    public init(of parameters: ParameterList, settings: AveragingSettings) {
        self.settings = settings
        let trainable = parameters.entries.filter { $0.parameter.isTrainable }
        names = trainable.map(\.name)
        self.parameters = trainable.map(\.parameter)
        trigger = NonImprovementTrigger(window: settings.window)
    }

    /// Whether steps are being averaged.
    public var isActive: Bool {
        switch settings.kind {
        case .none: false
        case .exponential: true
        case .triggered: trigger.hasFired
        }
    }

    /// Takes the parameters' present values into the average; does nothing while it is not active.
    public func update() {
        precondition(!isSwappedIn, "WeightAverage: an update while the averages stand in the model")
        guard isActive else { return }
        Engine.run { add() }
    }

    private func add() {
        count += 1
        // The first value is shared, not copied: the optimiser's next step makes the model's own.
        if count == 1 { return averages = parameters.map(\.value) }
        let share = settings.kind == .exponential ? 1 - settings.decay : 1 / Double(count)
        for (index, parameter) in parameters.enumerated() {
            if !averages[index].isUniquelyStored() { averages[index] = averages[index].copied() }
            let value = parameter.value
            sequitur_scale_add(
                value.floatElements, Float(share), averages[index].mutableFloats, Float(1 - share), Int64(value.count))
            keepAlive(value)
        }
    }

    /// Takes note of a validation, which may set off the `triggered` average.
    ///
    /// - Returns: whether it was set off now.
    @discardableResult
    public func observe(_ metric: Double) -> Bool { settings.kind == .triggered && trigger.observe(metric) }

    /// Runs `body` with the averages in the place of the parameters, and puts the parameters back; with the parameters themselves
    /// where there is no average yet. Nothing is copied.
    public func whileSwappedIn<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard count > 0 else { return try body() }
        swap()
        isSwappedIn = true
        defer {
            swap()
            isSwappedIn = false
        }
        return try body()
    }

    private func swap() {
        for (index, parameter) in parameters.enumerated() {
            let value = parameter.value
            parameter.assign(averages[index])
            averages[index] = value
        }
    }

    /// Gives the parameters the values of the average for good, where there is one.
    func settle() {
        guard count > 0 else { return }
        for (index, parameter) in parameters.enumerated() { parameter.assign(averages[index]) }
    }
}

// MARK: State

extension WeightAverage {
    /// The averages, under the names of their parameters.
    public var state: [(name: String, tensor: Tensor)] {
        averages.isEmpty ? [] : zip(names, averages).map { ($0, $1) }
    }

    /// Takes up a state that was saved.
    ///
    /// - Throws: `StateError` where a tensor is missing or has another shape; nothing has changed then.
    public func restore(_ state: NamedTensors, count: Int, trigger: NonImprovementTrigger) throws {
        let restored =
            count == 0 ? [] : try zip(names, parameters).map { try state.tensor(named: $0, shape: $1.shape) }
        averages = restored
        self.count = count
        self.trigger = trigger
    }
}
