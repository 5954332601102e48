import SequiturTraining
import Testing

@Suite struct ScheduleTests {
    private func rates(_ schedule: LearningRateSchedule, steps: Int) -> [Double] {
        (0..<steps).map { schedule.rate(step: $0, progress: Double($0) / Double(steps)) }
    }

    private func expect(_ actual: [Double], _ expected: [Double], _ location: SourceLocation = #_sourceLocation) {
        #expect(actual.count == expected.count, sourceLocation: location)
        for (actual, expected) in zip(actual, expected) { #expect(abs(actual - expected) < 1e-12, sourceLocation: location) }
    }

    @Test func constantStaysAfterTheWarmup() {
        let schedule = LearningRateSchedule(kind: .constant, learningRate: 2, warmupSteps: 4)
        expect(rates(schedule, steps: 7), [0.5, 1, 1.5, 2, 2, 2, 2])
    }

    /// The reference is transformers' `get_linear_schedule_with_warmup(2, 6)`, whose warm-up is a step behind: 0, 1/2, 1, 3/4, 1/2, 1/4.
    @Test func linearFallsToTheMinimum() {
        expect(
            rates(LearningRateSchedule(kind: .linear, learningRate: 1, warmupSteps: 2), steps: 6), [0.5, 1, 1, 0.75, 0.5, 0.25])
        expect(
            rates(LearningRateSchedule(kind: .linear, learningRate: 1, minimumLearningRate: 0.5), steps: 4),
            [1, 0.875, 0.75, 0.625])
    }

    /// PyTorch: `CosineAnnealingLR(optimizer, T_max=4, eta_min=0.2)` at rate 1.
    @Test func cosineFallsToTheMinimum() {
        let schedule = LearningRateSchedule(kind: .cosine, learningRate: 1, minimumLearningRate: 0.2)
        expect(rates(schedule, steps: 4), [1, 0.8828427124746191, 0.6, 0.31715728752538105])
        #expect(abs(schedule.rate(step: 4, progress: 1) - 0.2) < 1e-12)
    }

    @Test func inverseSquareRootPeaksAtTheEndOfTheWarmup() {
        let schedule = LearningRateSchedule(
            kind: .inverseSquareRoot, learningRate: 1, warmupSteps: 4, minimumLearningRate: 0.4)
        let found = [0, 1, 3, 4, 15, 99].map { schedule.rate(step: $0, progress: 0) }
        expect(found, [0.25, 0.5, 1, (4.0 / 5).squareRoot(), 0.5, 0.4])
    }

    @Test func plateauMultipliesTheRate() {
        let schedule = LearningRateSchedule(
            kind: .plateau, learningRate: 20, minimumLearningRate: 2, plateauFactor: 0.25, plateauPatience: 0)
        var plateau = Plateau()
        let found = [5.0, 4, 4.5, 3, 3, 3].map { metric in
            plateau.observe(metric, factor: schedule.plateauFactor, patience: schedule.plateauPatience)
            return schedule.rate(step: 10, progress: 0.5, plateau: plateau)
        }
        expect(found, [20, 20, 5, 5, 2, 2])
    }

    /// PyTorch: `ReduceLROnPlateau(factor=0.1, patience=2, threshold=0)` reduces at the third bad check, then counts anew.
    @Test func plateauBearsAsManyChecksAsItsPatience() {
        var plateau = Plateau()
        let reductions = [1.0, 2, 2, 2, 2, 2, 2, .nan, 0.5].map { plateau.observe($0, factor: 0.1, patience: 2) }
        #expect(reductions == [false, false, false, true, false, false, true, false, false])
        #expect(plateau.best == 0.5 && plateau.checksWithoutImprovement == 0)
        #expect(abs(plateau.scale - 0.01) < 1e-15)
    }

    /// Where a clock ends the run, the total is what the progress so far makes of it.
    @Test func progressStandsForATotal() {
        let schedule = LearningRateSchedule(kind: .linear, learningRate: 1, warmupSteps: 10)
        #expect(abs(schedule.rate(step: 60, progress: 0.3) - schedule.rate(step: 60, progress: 60.0 / 200)) < 1e-12)
        #expect(abs(schedule.rate(step: 60, progress: 0.3) - (1 - 50.0 / 190)) < 1e-12)
    }

    /// A longer run than planned never has a rate of zero before its end, and a shorter one none below the minimum.
    @Test(arguments: ScheduleKind.allCases) func ratesStayBetweenTheirBounds(kind: ScheduleKind) {
        let schedule = LearningRateSchedule(kind: kind, learningRate: 3, warmupSteps: 5, minimumLearningRate: 0.1)
        for step in 0..<200 {
            for progress in [0, 0.001, 0.5, 0.999, 1] {
                let rate = schedule.rate(step: step, progress: progress)
                #expect(rate > 0 && rate <= 3 && (step < 5 || rate >= 0.1))
            }
        }
    }

    @Test func refusesWhatNoRunCanFollow() {
        for schedule in [
            LearningRateSchedule(learningRate: 0), LearningRateSchedule(learningRate: .nan),
            LearningRateSchedule(learningRate: 1, warmupSteps: -1), LearningRateSchedule(learningRate: 1, minimumLearningRate: 2),
            LearningRateSchedule(learningRate: 1, plateauFactor: 1), LearningRateSchedule(learningRate: 1, plateauPatience: -1),
        ] {
            #expect(throws: TrainingError.self) { try schedule.validate() }
        }
        #expect(throws: Never.self) { try LearningRateSchedule(learningRate: 1).validate() }
    }
}
