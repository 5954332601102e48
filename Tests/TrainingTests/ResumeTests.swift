import SequiturDatasets
import SequiturFiles
import SequiturTraining
import Testing

/// A run that was interrupted and goes on is the run that was not: every loss and every weight has the same bits.
@Suite struct ResumeTests {
    /// A run of 30 steps (20 an epoch), in one piece or cut after the given steps.
    private func run(
        _ settings: TrainingSettings, cuts: [Int], truncation: Truncation = .fixed
    ) throws -> (losses: [UInt64], rates: [Double], validations: [Double], weights: [[UInt32]], best: TrainingOutcome.Best?) {
        let temporary = try TemporaryFolder(), path = temporary.path + "/run"
        let folder = try RunFolder(creating: path)
        var losses: [UInt64] = [], rates: [Double] = [], validations: [Double] = []
        var last: (SmallTask, TrainingOutcome)?
        for (part, cut) in (cuts + [.max]).enumerated() {
            let task = try SmallTask(truncation: truncation), recorder = Recorder()
            var stepsMade = cuts.indices.contains(part - 1) ? cuts[part - 1] : 0
            recorder.onStep = { stepsMade = $0.step }
            let trainer = try Trainer(
                task, settings: settings, folder: folder, observer: recorder, isInterrupted: { stepsMade >= cut })
            if part > 0 { #expect(try trainer.resume() == cuts[part - 1]) }
            let outcome = try trainer.run()
            #expect(outcome.reason == (cut == .max ? .completed : .interrupted))
            #expect(recorder.warnings == [])
            losses += recorder.losses
            rates += recorder.steps.map(\.learningRate)
            validations += recorder.validations.map(\.validation.metric)
            last = (task, outcome)
        }
        let (task, outcome) = try #require(last)
        return (losses, rates, validations, task.weights, outcome.best)
    }

    private func expectSameRun(
        _ settings: TrainingSettings, cuts: [Int], truncation: Truncation = .fixed, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let whole = try run(settings, cuts: [], truncation: truncation)
        let parts = try run(settings, cuts: cuts, truncation: truncation)
        #expect(whole.losses.count == 30, sourceLocation: location)
        #expect(parts.losses == whole.losses, sourceLocation: location)
        #expect(parts.rates == whole.rates, sourceLocation: location)
        #expect(parts.validations == whole.validations, sourceLocation: location)
        #expect(parts.weights == whole.weights, sourceLocation: location)
        #expect(parts.best == whole.best, sourceLocation: location)
    }

    private var settings: TrainingSettings { .short { $0.maximumSteps = 30 } }

    @Test func inTheMiddleOfAnEpoch() throws { try expectSameRun(settings, cuts: [7]) }
    @Test func atTheEndOfAnEpoch() throws { try expectSameRun(settings, cuts: [20]) }
    @Test func moreThanOnce() throws { try expectSameRun(settings, cuts: [3, 20, 21, 29]) }

    @Test func withAccumulation() throws {
        var settings = settings
        settings.accumulate = 3  // 7 steps an epoch, the last of 2 micro-batches
        try expectSameRun(settings, cuts: [6, 14])
    }

    @Test func withMomentumAndPlateau() throws {
        var settings = settings
        settings.optimizer = OptimizerSettings(kind: .sgd, momentum: 0.9)
        settings.schedule = LearningRateSchedule(kind: .plateau, learningRate: 0.5, plateauFactor: 0.5)
        settings.validateEvery = 2
        try expectSameRun(settings, cuts: [5, 12])
    }

    @Test func withAnExponentialAverage() throws {
        var settings = settings
        settings.averaging = AveragingSettings(kind: .exponential, decay: 0.8)
        settings.validateEvery = 4
        try expectSameRun(settings, cuts: [6, 16])
    }

    @Test func withATriggeredAverage() throws {
        var settings = settings
        settings.optimizer = OptimizerSettings(kind: .sgd)
        settings.schedule = LearningRateSchedule(kind: .constant, learningRate: 4)
        settings.averaging = AveragingSettings(kind: .triggered, window: 1)
        settings.validateEvery = 2
        try expectSameRun(settings, cuts: [5, 17])
    }

    @Test func withWindowsOfRandomLength() throws {
        try expectSameRun(settings, cuts: [4, 9], truncation: .variable(seed: 2))
    }

    /// The control: another seed is another run.
    @Test func anotherSeedIsAnotherRun() throws {
        var other = settings
        other.seed = 6
        #expect(try run(settings, cuts: []).losses != run(other, cuts: []).losses)
    }

    @Test func theSeedOfTheRunIsKept() throws {
        let temporary = try TemporaryFolder(), folder = try RunFolder(creating: temporary.path + "/run")
        var count = 0
        _ = try Trainer(
            SmallTask(), settings: settings, folder: folder,
            isInterrupted: {
                count += 1; return count > 5
            }
        ).run()
        var changed = settings
        changed.seed = 99
        changed.schedule.learningRate = 0.02
        changed.maximumSteps = 40
        let recorder = Recorder()
        let trainer = try Trainer(SmallTask(), settings: changed, folder: folder, observer: recorder)
        #expect(try trainer.resume() == 5)
        #expect(recorder.warnings.count == 2)
        #expect(recorder.warnings.contains { $0.contains("seed") && $0.contains("is kept") })
        #expect(recorder.warnings.contains { $0.contains("learning_rate was 0.01, now 0.02") })
    }

    @Test func anotherModelIsRefused() throws {
        let temporary = try TemporaryFolder(), folder = try RunFolder(creating: temporary.path + "/run")
        _ = try Trainer(SmallTask(), settings: .short(), folder: folder).run()
        let otherRows = try Trainer(SmallTask(rows: 2), settings: .short(), folder: folder)
        #expect(throws: DatasetError.self) { try otherRows.resume() }
        let otherOptimizer = try Trainer(
            SmallTask(), settings: .short { $0.optimizer = .init(kind: .sgd, momentum: 0.5) }, folder: folder)
        #expect(throws: StateError.self) { try otherOptimizer.resume() }
    }

    /// A run that came to its end goes on where the limit is raised.
    @Test func aFinishedRunGoesOn() throws {
        let temporary = try TemporaryFolder(), folder = try RunFolder(creating: temporary.path + "/run")
        _ = try Trainer(SmallTask(), settings: .short(), folder: folder).run()
        let recorder = Recorder()
        let trainer = try Trainer(SmallTask(), settings: .short { $0.maximumSteps = 20 }, folder: folder, observer: recorder)
        #expect(try trainer.resume() == 12)
        #expect(try trainer.run().step == 20)
        #expect(recorder.steps.map(\.step) == Array(13...20))
        #expect(recorder.steps.allSatisfy { $0.learningRate > 0 })
    }

    @Test func thereIsNothingToResume() throws {
        let temporary = try TemporaryFolder(), folder = try RunFolder(creating: temporary.path + "/run")
        let trainer = try Trainer(SmallTask(), settings: .short(), folder: folder)
        #expect { try trainer.resume() } throws: { "\($0)".contains("no checkpoint") }
    }

    /// Lines of steps that are made again, and one that a kill cut short, are not in the file twice.
    @Test func metricsAreOneSeries() throws {
        let temporary = try TemporaryFolder(), folder = try RunFolder(creating: temporary.path + "/run")
        let settings = TrainingSettings.short {
            $0.checkpointEvery = 5
            $0.keepCheckpoints = 2
        }
        _ = try Trainer(SmallTask(), settings: settings, folder: folder).run()
        let lines = try MappedFile(path: folder.path(of: .metrics)).text()
        try AtomicFile.write(lines + "{\"event\":\"step\",\"step\":13,\"lo", to: folder.path(of: .metrics))
        // The checkpoints of step 10 and 12 are there; without the newer one the run goes on at step 10.
        try AtomicFile.write("damage", to: folder.checkpoints + "/step-12/trainer.json")
        let trainer = try Trainer(SmallTask(), settings: settings, folder: folder)
        #expect(try trainer.resume() == 10)
        _ = try trainer.run()
        var steps: [Int] = []
        for line in try MappedFile(path: folder.path(of: .metrics)).text().split(separator: "\n") {
            let json = try Array(line.utf8).withUnsafeBytes { try JSONValue.parse($0) }
            if json["event"]?.string == "step" { steps.append(try #require(json["step"]?.int)) }
        }
        #expect(steps == Array(1...12))
    }
}
