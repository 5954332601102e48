import SequiturLayers
import SequiturTensors

extension Trainer {
    /// Validates with the averaged weights where there are any, keeps the best, and draws the consequences.
    ///
    /// - Returns: whether the weights are the best so far.
    private func validate() throws -> Bool {
        let began = clock.seconds
        var isBest = false
        let found = try average.whileSwappedIn {
            let validation = try Engine.run {
                try withContext(.inference, precision: step.precision) { try withoutGradients { try task.validate() } }
            }
            if let validation {
                isBest = state.observe(validation.metric)
                if isBest { try keepWeights() }
            }
            return validation
        }
        state.validatedStep = state.step
        guard let found else { return false }
        var consequences: [ValidationReport.Consequence] = []
        if average.observe(found.metric) { consequences.append(.averagingBegun) }
        let schedule = settings.schedule
        if schedule.kind == .plateau,
            state.plateau.observe(found.metric, factor: schedule.plateauFactor, patience: schedule.plateauPatience)
        {
            consequences.append(.rateReduced)
        }
        if let patience = settings.patience, state.validationsWithoutImprovement >= patience { consequences.append(.stopping) }
        state.seconds = clock.seconds
        let report = ValidationReport(
            step: state.step, epoch: epoch, validation: found, isBest: isBest, seconds: state.seconds - began,
            consequences: consequences)
        observer?.validated(report)
        record(report.json)
        return isBest
    }

    func validateAndSave() throws {
        let isBest = try validate()
        if isBest || settings.checkpointEvery == nil { try saveCheckpoint() } else { try saveIfDue() }
    }

    /// Validates the last weights, saves them, and gives the model the best ones.
    func finish() throws {
        let isValidated = state.validatedStep == state.step
        if !isValidated { _ = try validate() }
        if !isValidated || savedStep != state.step { try saveCheckpoint() }
        if state.best == nil { try average.whileSwappedIn { try keepWeights() } }
        if let weightsFailure { throw weightsFailure }
        if let best = state.best, best.step != state.step { try restoreBestWeights() } else { average.settle() }
    }

    // MARK: The best weights

    /// Keeps the weights that stand in the model. That they cannot be written ends the run only if it is still so at its end.
    private func keepWeights() throws {
        guard let folder else {
            bestWeights = task.parameters.entries.map(\.parameter.value)
            return
        }
        do {
            try task.writeWeights(to: folder.path(of: .weights))
            weightsFailure = nil
        } catch {
            weightsFailure = error
            warn("the best weights could not be written: \(error); training goes on")
        }
    }

    private func restoreBestWeights() throws {
        if let folder {
            try task.readWeights(from: folder.path(of: .weights))
        } else if let bestWeights {
            for (entry, value) in zip(task.parameters.entries, bestWeights) { entry.parameter.assign(value) }
        }
    }

    /// Keeps weights where a run that is interrupted has none yet, so that what there is can be used.
    func keepWeightsIfNone() throws {
        if state.best == nil { try average.whileSwappedIn { try keepWeights() } }
    }
}
