import CSequiturKernels
import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors

extension Trainer {
    var store: CheckpointStore? { folder.map { CheckpointStore(folder: $0.checkpoints, run: state.run) } }
    var newestCheckpoint: String? { savedStep.flatMap { store?.path(ofStep: $0) } }

    // MARK: Saving

    func saveIfDue() throws {
        let isDue = settings.checkpointEvery.map { state.step % $0 == 0 } ?? false
        if isDue && savedStep != state.step || saveRetry.isDue(at: state.seconds) { try saveCheckpoint() }
    }

    func endInterrupted() throws {
        if savedStep != state.step { try saveCheckpoint() }
        try keepWeightsIfNone()
    }

    /// Saves where the run stands, and removes what is no longer wanted. That it cannot be saved is a warning.
    ///
    /// - Throws: `TrainingError.notFinite` where the parameters are not worth saving.
    func saveCheckpoint() throws {
        guard let store else { return }
        try Engine.run { try requireFiniteParameters() }
        state.seconds = clock.seconds
        let began = state.seconds
        do {
            let path = try store.save(step: state.step, checkpointFiles())
            savedStep = state.step
            saveRetry.succeeded()
            let report = CheckpointReport(step: state.step, path: path, seconds: clock.seconds - began)
            observer?.checkpointSaved(report)
            record(report.json)
        } catch {
            saveRetry.failed(at: clock.seconds)
            return warn(
                "the checkpoint of step \(state.step) could not be saved: \(error); training goes on"
                    + (newestCheckpoint.map { ", the last one is '\($0.printable(limit: 1024))'" } ?? ""))
        }
        do {
            let protected = Set([resumedStep, state.best?.step].compactMap { $0 })
            try store.rotate(latest: state.step, keep: settings.keepCheckpoints, protecting: protected)
        } catch {
            warn("an old checkpoint could not be removed: \(error)")
        }
    }

    private func requireFiniteParameters() throws(TrainingError) {
        for entry in task.parameters.entries where entry.parameter.isTrainable {
            var sum = 0.0
            let value = entry.parameter.value
            sequitur_sum_of_squares(value.floatElements, Int64(value.count), &sum)
            keepAlive(value)
            if !sum.isFinite {
                throw .notFinite(quantity: "parameter \(entry.name)", value: sum, step: state.step, checkpoint: nil)
            }
        }
    }

    private func checkpointFiles() -> [CheckpointStore.File] {
        func file(_ file: CheckpointFile, _ tensors: [(name: String, tensor: Tensor)]) -> CheckpointStore.File? {
            tensors.isEmpty ? nil : .init(name: file.rawValue) { try Checkpoint.write(tensors, to: $0) }
        }
        var state = state
        state.averageCount = average.count
        state.trigger = average.trigger
        let json = state.json(settings: settings.json, position: task.position)
        return [
            file(.parameters, task.parameters.entries.map { ($0.name, $0.parameter.value) }),
            file(.optimizer, step.optimizer.state), file(.averages, average.state), file(.task, task.carriedState),
            .init(name: CheckpointFile.trainer.rawValue) { try json.write(to: $0) },
        ].compactMap { $0 }
    }

    // MARK: Going on

    /// Takes up the newest checkpoint of the folder that is whole. Damaged ones are named in a warning.
    ///
    /// - Returns: its step.
    /// - Throws: `TrainingError.noCheckpoint` or `noGoodCheckpoint`; `StateError`, `CheckpointError` and what the task throws where
    ///   the checkpoint belongs to another model, optimiser or data.
    @discardableResult
    public func resume() throws -> Int {
        guard let folder, let store else { preconditionFailure("Trainer: resume needs a run folder") }
        try store.tidy()
        let steps = try store.steps()
        guard let newest = steps.last else { throw TrainingError.noCheckpoint(folder: folder.checkpoints) }
        var newestReason = ""
        for step in steps.reversed() {
            let saved: SavedRun
            do { saved = try SavedRun(step: step, in: store) } catch let error as TrainingError {
                if step == newest { newestReason = error.reason }
                if step != steps.first { warn("\(error); the one before it is tried") }
                continue
            }
            try take(saved)
            return step
        }
        throw TrainingError.noGoodCheckpoint(folder: folder.checkpoints, newest: "step-\(newest)", reason: newestReason)
    }

    private func take(_ saved: SavedRun) throws {
        for difference in settings.differences(from: saved.settings) {
            warn("the run goes on with another setting than it began with: \(difference)")
        }
        try Checkpoint.read(task.parameters, from: saved.path(of: .parameters))
        let moments = try saved.tensors(.optimizer)
        try Engine.run { try step.optimizer.restore(moments) }
        if saved.settings["average"]?.string == settings.averaging.kind.rawValue {
            let trigger = NonImprovementTrigger(
                window: settings.averaging.window, hasFired: saved.state.trigger.hasFired, metrics: saved.state.trigger.metrics)
            try average.restore(try saved.tensors(.averages), count: saved.state.averageCount, trigger: trigger)
        }
        let carried = try saved.tensors(.task)
        try Engine.run { try task.restore(position: saved.position, carriedState: carried) }
        state = saved.state
        step.random = RandomStream(seed: state.seed).split("training")
        savedStep = state.step
        resumedStep = state.step
        isEpochBarren = false
    }

    func warn(_ message: String) {
        observer?.warned(message)
        record(["event": "warning", "step": .integer(Int64(state.step)), "message": .string(message)])
    }

    /// Adds a line to `metrics.jsonl`. A disk that has no room for it is told once, and training goes on.
    func record(_ line: JSONValue) {
        guard let log else { return }
        do { try log.write(line) } catch {
            self.log = nil
            observer?.warned("metrics are no longer written: \(error)")
        }
    }
}

/// A checkpoint that was verified.
private struct SavedRun {
    let folder: String
    let state: TrainerState
    let settings: JSONValue
    let position: JSONValue
    /// What the manifest vouches for; nothing else is read.
    private let files: Set<String>

    /// - Throws: `TrainingError.damagedCheckpoint`.
    init(step: Int, in store: CheckpointStore) throws {
        let folder = store.path(ofStep: step)
        func damaged(_ reason: String) -> TrainingError { .damagedCheckpoint(path: folder, reason: reason) }
        self.folder = folder
        files = try store.verify(step: step)
        for file in [CheckpointFile.parameters, .trainer] where !files.contains(file.rawValue) {
            throw damaged("\(CheckpointManifest.fileName) does not list \(file.rawValue)")
        }
        do {
            let json = try MappedFile(path: "\(folder)/\(CheckpointFile.trainer.rawValue)").json()
            state = try TrainerState(json: json)
            settings = json["settings"] ?? .null
            position = json["position"] ?? .null
        } catch {
            throw damaged("\(CheckpointFile.trainer.rawValue): \(error)")
        }
        guard state.step == step else { throw damaged("\(CheckpointFile.trainer.rawValue) is that of step \(state.step)") }
    }

    func path(of file: CheckpointFile) -> String { "\(folder)/\(file.rawValue)" }

    /// The tensors of a file; none where there is no such file.
    func tensors(_ file: CheckpointFile) throws -> NamedTensors {
        let path = path(of: file)
        return files.contains(file.rawValue) ? try NamedTensors(reading: path) : NamedTensors([], source: path)
    }
}
