import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturTraining
import Testing

@Suite struct TrainerTests {
    private let temporary: TemporaryFolder
    private let folder: RunFolder

    init() throws {
        temporary = try TemporaryFolder()
        folder = try RunFolder(creating: temporary.path + "/run")
    }

    @Test func learns() throws {
        let task = try SmallTask(dropout: 0), recorder = Recorder()
        let settings = TrainingSettings.short {
            $0.maximumSteps = nil
            $0.epochs = 5
            $0.schedule.learningRate = 0.05
        }
        let outcome = try Trainer(task, settings: settings, folder: folder, observer: recorder).run()
        #expect(outcome.reason == .completed && outcome.step == 100 && outcome.epoch == 5)
        #expect(recorder.outcome == outcome)
        #expect(recorder.validations.map(\.step) == [20, 40, 60, 80, 100])
        let best = try #require(outcome.best)
        #expect(best.metric < recorder.validations[0].validation.metric)
        #expect(recorder.steps[0].loss > 2.2 && best.metric < 2.0)  // log 11 = 2.4 nats at first
        #expect(recorder.steps.last?.progress == 1 && recorder.steps.last?.remainingSeconds == 0)
        #expect(recorder.steps.map(\.step) == Array(1...100))
        #expect(recorder.steps.allSatisfy { $0.targetCount == 20 || $0.targetCount == 16 })
    }

    /// The best weights are in the model and in the folder, not the last ones.
    @Test(arguments: [true, false]) func endsWithTheBestWeights(hasFolder: Bool) throws {
        let task = try SmallTask(), recorder = Recorder()
        task.scriptedMetrics = [3, 1, 2, 4]
        var after: [Int: [[UInt32]]] = [:]
        recorder.onStep = { after[$0.step] = task.weights }
        let outcome = try Trainer(
            task, settings: .short { $0.validateEvery = 3 }, folder: hasFolder ? folder : nil, observer: recorder
        ).run()
        #expect(outcome.best == .init(step: 6, metric: 1))
        #expect(recorder.validations.map(\.isBest) == [true, true, false, false])
        #expect(task.weights == after[6])
        guard hasFolder else { return }
        let read = try SmallTask()
        try read.readWeights(from: folder.path(of: .weights))
        #expect(read.weights == after[6])
        #expect(try CheckpointStore(folder: folder.checkpoints, run: "").steps() == [6, 12])
    }

    @Test func averagedWeightsAreValidatedAndKept() throws {
        let task = try SmallTask(hasValidation: false), recorder = Recorder()
        var sum: [[Float]] = []
        recorder.onStep = { report in
            let now = task.parameters.entries.map { $0.parameter.value.floats() }
            sum = report.step == 1 ? now : zip(sum, now).map { zip($0, $1).map { 0.5 * $0 + 0.5 * $1 } }
        }
        let settings = TrainingSettings.short { $0.averaging = AveragingSettings(kind: .exponential, decay: 0.5) }
        let outcome = try Trainer(task, settings: settings, folder: folder, observer: recorder).run()
        #expect(outcome.best == nil)
        let read = try SmallTask()
        try read.readWeights(from: folder.path(of: .weights))
        #expect(read.weights == task.weights)
        for (entry, expected) in zip(task.parameters.entries, sum) {
            for (value, expected) in zip(entry.parameter.value.floats(), expected) { #expect(abs(value - expected) < 1e-6) }
        }
    }

    @Test func theTriggerBeginsTheAverage() throws {
        let task = try SmallTask(), recorder = Recorder()
        task.scriptedMetrics = [3, 2, 2.5, 2.6, 2.7, 2.8]
        let settings = TrainingSettings.short {
            $0.validateEvery = 2
            $0.averaging = AveragingSettings(kind: .triggered, window: 2)
        }
        _ = try Trainer(task, settings: settings, observer: recorder).run()
        // 2.7 is worse than the best of those more than two checks ago, 2.
        #expect(recorder.validations.map { $0.consequences == [.averagingBegun] } == [false, false, false, false, true, false])
    }

    @Test func patienceEndsTheRun() throws {
        let task = try SmallTask(), recorder = Recorder()
        task.scriptedMetrics = [3, 2, 2, .nan, 1]
        let settings = TrainingSettings.short {
            $0.validateEvery = 2
            $0.patience = 2
        }
        let outcome = try Trainer(task, settings: settings, folder: folder, observer: recorder).run()
        #expect(outcome.reason == .stoppedEarly && outcome.step == 8 && outcome.best?.step == 4)
        #expect(recorder.validations.last?.consequences == [.stopping])
    }

    @Test func thePlateauLowersTheRate() throws {
        let task = try SmallTask(), recorder = Recorder()
        task.scriptedMetrics = [3, 3, 2, 2, 2, 2]
        let settings = TrainingSettings.short {
            $0.schedule = LearningRateSchedule(kind: .plateau, learningRate: 0.01, plateauFactor: 0.5)
            $0.validateEvery = 2
        }
        _ = try Trainer(task, settings: settings, observer: recorder).run()
        #expect(recorder.steps.map { $0.learningRate / 0.01 } == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125])
    }

    // MARK: Ends before the end

    /// A loss that is no number ends the run, names the step, and keeps the last good checkpoint.
    @Test func aLossThatIsNoNumberEndsTheRun() throws {
        let task = try SmallTask()
        task.beforeBatch = { number in
            guard number == 8, let weight = task.parameters["output.weight"] else { return }
            weight.update { $0[0] = .nan }
        }
        let trainer = try Trainer(task, settings: .short { $0.checkpointEvery = 3 }, folder: folder)
        #expect { try trainer.run() } throws: { error in
            guard case TrainingError.notFinite("loss", _, 8, let checkpoint?) = error else { return false }
            return checkpoint.hasSuffix("checkpoints/step-6") && !"\(error)".contains("\n")
        }
        #expect(try MappedFile(path: folder.path(of: .metrics)).text().contains("{\"event\":\"failed\",\"step\":8,"))
        #expect(try Trainer(SmallTask(), settings: .short(), folder: folder).resume() == 6)
    }

    @Test func aRateThatIsTooHighIsSeenBeforeItIsSaved() throws {
        let task = try SmallTask(dropout: 0)
        let settings = TrainingSettings.short {
            $0.optimizer = OptimizerSettings(kind: .sgd)
            $0.schedule = LearningRateSchedule(kind: .constant, learningRate: 1e38)
            $0.clip = nil
            $0.checkpointEvery = 1
        }
        #expect { try Trainer(task, settings: settings, folder: folder).run() } throws: { error in
            guard case TrainingError.notFinite(_, _, _, _) = error else { return false }
            return true
        }
        let store = CheckpointStore(folder: folder.checkpoints, run: "")
        for step in try store.steps() {
            let saved = try SmallTask()
            try Checkpoint.read(saved.parameters, from: store.path(ofStep: step) + "/model.safetensors")
            #expect(saved.parameters.entries.allSatisfy { $0.parameter.value.floats().allSatisfy(\.isFinite) })
        }
    }

    @Test func anInterruptionSavesAndEnds() throws {
        let recorder = Recorder()
        let settings = TrainingSettings.short { $0.maximumSteps = 1000 }
        let trainer = try Trainer(
            SmallTask(), settings: settings, folder: folder, observer: recorder, isInterrupted: { recorder.steps.count == 5 })
        let outcome = try trainer.run()
        #expect(outcome.reason == .interrupted && outcome.step == 5)
        #expect(outcome.checkpoint == folder.checkpoints + "/step-5")
        // Weights that were never validated are there to be used all the same.
        #expect(throws: Never.self) { try SmallTask().readWeights(from: folder.path(of: .weights)) }
    }

    @Test func theClockEndsTheRun() throws {
        let recorder = Recorder()
        let settings = TrainingSettings.short {
            $0.maximumSteps = nil
            $0.maximumMinutes = 0.2 / 60
        }
        let outcome = try Trainer(SmallTask(), settings: settings, folder: folder, observer: recorder).run()
        #expect(outcome.reason == .timeLimit)
        #expect(outcome.seconds >= 0.2 && outcome.seconds < 20)
        let progress = recorder.steps.map(\.progress)
        #expect(progress == progress.sorted() && (progress.last ?? 0) > 0)
        // After the two steps of the warm-up the cosine follows the clock; a busy machine may not come so far.
        let last = try #require(recorder.steps.last)
        #expect((last.learningRate < 0.01 || last.step <= 2) && recorder.validations.last?.step == last.step)
    }

    @Test func dataWithoutTargetsAreAnError() throws {
        let task = NoTargets()
        #expect { try Trainer(task, settings: .short()).run() } throws: { "\($0)".contains("no target") }
    }

    private final class NoTargets: TrainingTask {
        let layer = Linear(from: 2, to: 2, random: RandomStream(seed: 1))
        var isOver = false
        lazy var parameters = layer.parameters()
        func nextBatch() -> MicroBatch? {
            defer { isOver = true }
            return isOver
                ? nil
                : MicroBatch(exampleCount: 2) { [layer] in
                    MicroBatchLoss(layer(Tensor.ones([2, 2])).crossEntropy(Tensor([-1, -1] as [Int32])))
                }
        }
        func startNextEpoch() { isOver = false }
        var epochProgress: Double { isOver ? 1 : 0 }
        func validate() -> Validation? { nil }
        var position: JSONValue { .null }
        func restore(position: JSONValue, carriedState: NamedTensors) {}
    }

    @Test func refusesWhatNoRunCanFollow() throws {
        for change: (inout TrainingSettings) -> Void in [
            { $0.maximumSteps = nil }, { $0.maximumSteps = 0 }, { $0.epochs = -1 }, { $0.maximumMinutes = 0 },
            { $0.maximumMinutes = .nan }, { $0.accumulate = 0 }, { $0.clip = 0 }, { $0.clip = .nan }, { $0.validateEvery = 0 },
            { $0.patience = 0 }, { $0.keepCheckpoints = 0 }, { $0.checkpointEvery = 0 }, { $0.optimizer.beta1 = 1 },
            { $0.optimizer.epsilon = 0 }, { $0.optimizer.weightDecay = -1 }, { $0.optimizer.momentum = .nan },
            { $0.averaging.decay = 1 }, { $0.averaging.window = 0 }, { $0.schedule.learningRate = -1 },
        ] {
            #expect { try Trainer(SmallTask(), settings: .short(change)) } throws: {
                guard case TrainingError.invalidSetting = $0 else { return false }
                return true
            }
        }
    }

    @Test func metricsTellOfEveryEvent() throws {
        _ = try Trainer(SmallTask(), settings: .short { $0.validateEvery = 6 }, folder: folder).run()
        var events: [String: Int] = [:]
        for line in try MappedFile(path: folder.path(of: .metrics)).text().split(separator: "\n") {
            let json = try Array(line.utf8).withUnsafeBytes { try JSONValue.parse($0) }
            events[try #require(json["event"]?.string), default: 0] += 1
            if json["event"] == "step" {
                for key in ["loss", "learning_rate", "gradient_norm", "seconds", "targets", "targets_per_second", "epoch"] {
                    #expect(json[key]?.double != nil)
                }
            }
        }
        #expect(events == ["step": 12, "validation": 2, "checkpoint": 2, "finished": 1])
    }
}
