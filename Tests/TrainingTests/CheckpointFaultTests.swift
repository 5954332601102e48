import Foundation
import SequiturFiles
import SequiturTraining
import Synchronization
import Testing

/// The operating system fails, or the program is killed, at every single operation of saving in turn.
@Suite struct CheckpointFaultTests {
    /// Counts operations, and says which fails.
    private final class Counter: Sendable {
        private let count = Atomic<Int>(0)
        func next() -> Int { count.add(1, ordering: .relaxed).newValue }
        var total: Int { count.load(ordering: .relaxed) }
    }

    private func train(_ folder: RunFolder, steps: Int, resume: Bool = false, _ recorder: Recorder = Recorder()) throws
        -> SmallTask
    {
        let task = try SmallTask(tokenCount: 100)
        let settings = TrainingSettings.short {
            $0.maximumSteps = steps
            $0.checkpointEvery = 2
            $0.validateEvery = 4
            $0.averaging = AveragingSettings(kind: .exponential, decay: 0.9)
        }
        let trainer = try Trainer(task, settings: settings, folder: folder, observer: recorder)
        if resume { try trainer.resume() }
        _ = try trainer.run()
        return task
    }

    private func operationCount() throws -> Int {
        let temporary = try TemporaryFolder(), folder = try RunFolder(creating: temporary.path + "/run"), counter = Counter()
        try FaultInjection.$current.withValue(FaultInjection { _ in counter.next() < 0 ? 0 : nil }) {
            _ = try train(folder, steps: 4)
        }
        return counter.total
    }

    /// An error at operation n: training goes on with a warning, and at its end a whole checkpoint is there. Where the best weights
    /// are what cannot be written, the run says so at its end.
    @Test func anErrorAtAnyOperationLosesNothing() throws {
        let reference = try train(try RunFolder(creating: try TemporaryFolder().path + "/run"), steps: 4)
        let operations = try operationCount()
        #expect(operations > 40)
        for failing in 1...operations {
            let temporary = try TemporaryFolder(), folder = try RunFolder(creating: temporary.path + "/run")
            let recorder = Recorder(), counter = Counter(), code = [ENOSPC, EIO, EDQUOT][failing % 3]
            let fault = FaultInjection { _ in counter.next() == failing ? code : nil }
            do {
                let task = try FaultInjection.$current.withValue(fault) { try train(folder, steps: 4, recorder) }
                #expect(task.weights == reference.weights, "operation \(failing)")
                #expect(recorder.warnings.count <= 1, "operation \(failing): \(recorder.warnings)")
            } catch let error as FileError {
                #expect(error.code == code, "operation \(failing): \(error)")
            }
            // Only what could not be removed is left, until the run goes on.
            let names = try temporary.names(of: "run/checkpoints")
            let couldNotRemove = recorder.warnings.contains {
                $0.contains("could not be removed") || $0.contains("cannot remove")
            }
            #expect(names.allSatisfy { $0.hasPrefix("step-") } || couldNotRemove, "operation \(failing): \(names)")
            #expect(recorder.warnings.allSatisfy { !$0.contains("\n") })
            #expect(try train(folder, steps: 4, resume: true).weights == reference.weights, "operation \(failing)")
            #expect(try temporary.names(of: "run/checkpoints").allSatisfy { $0.hasPrefix("step-") }, "operation \(failing)")
        }
    }

    /// A copy of the folder as it stands before operation n is what a kill there leaves. From every one the run goes on and ends
    /// with the same weights, as soon as there is a first checkpoint.
    @Test func aKillAtAnyOperationLosesNothing() throws {
        let temporary = try TemporaryFolder(), folder = try RunFolder(creating: temporary.path + "/run"), counter = Counter()
        let path = temporary.path
        let snapshots = FaultInjection { _ in
            try? FileManager.default.copyItem(atPath: path + "/run", toPath: path + "/killed-\(counter.next())")
            return nil
        }
        let reference = try FaultInjection.$current.withValue(snapshots) { try train(folder, steps: 6) }
        #expect(counter.total > 60)
        var resumed = 0
        for kill in 1...counter.total {
            let killed = try RunFolder(opening: path + "/killed-\(kill)")
            let store = CheckpointStore(folder: killed.checkpoints, run: "")
            guard try !store.steps().isEmpty else {
                #expect(resumed == 0, "operation \(kill): a checkpoint that was there is gone")
                continue
            }
            resumed += 1
            let recorder = Recorder()
            #expect(try train(killed, steps: 6, resume: true, recorder).weights == reference.weights, "operation \(kill)")
            #expect(recorder.warnings == [], "operation \(kill)")
        }
        #expect(resumed > 30)
    }

    /// A save that failed is made up for when the next is due; the older checkpoint is there meanwhile.
    @Test func theNextSaveMakesUpForAFailedOne() throws {
        let temporary = try TemporaryFolder(), folder = try RunFolder(creating: temporary.path + "/run"), recorder = Recorder()
        let isFull = Mutex(false)
        recorder.onStep = { report in isFull.withLock { $0 = report.step == 4 } }
        let settings = TrainingSettings.short {
            $0.maximumSteps = 6
            $0.checkpointEvery = 2
        }
        let fault = FaultInjection { operation in operation == .write && isFull.withLock { $0 } ? ENOSPC : nil }
        try FaultInjection.$current.withValue(fault) {
            _ = try Trainer(SmallTask(), settings: settings, folder: folder, observer: recorder).run()
        }
        #expect(recorder.warnings.count == 1)
        #expect(recorder.warnings.first?.contains("step 4") == true && recorder.warnings.first?.contains("step-2") == true)
        #expect(recorder.checkpoints.map(\.step) == [2, 6])
    }

    @Test func failedSavesAreTriedAgainEverLater() {
        var retry = SaveRetry()
        #expect(!retry.isDue(at: 1000))
        var seconds = 0.0, waits: [Double] = []
        for _ in 0..<9 {
            retry.failed(at: seconds)
            let wait = (1...400).first { retry.isDue(at: seconds + Double($0)) }.map(Double.init) ?? .infinity
            waits.append(wait)
            seconds += wait
        }
        #expect(waits == [5, 10, 20, 40, 80, 160, 300, 300, 300])
        retry.succeeded()
        #expect(!retry.isDue(at: .infinity))
    }

    /// A damaged checkpoint is named, and the one before it is used.
    @Test(arguments: ["model.safetensors", "optimizer.safetensors", "task.safetensors", "trainer.json", "manifest.json"])
    func aDamagedCheckpointIsPassedOver(name: String) throws {
        let temporary = try TemporaryFolder(), folder = try RunFolder(creating: temporary.path + "/run")
        let settings = TrainingSettings.short {
            $0.checkpointEvery = 3
            $0.keepCheckpoints = 3
        }
        let reference = try SmallTask()
        _ = try Trainer(reference, settings: settings, folder: folder).run()
        let file = folder.checkpoints + "/step-12/" + name
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        if name == "manifest.json" { bytes.removeLast(9) } else { bytes[bytes.count / 2] ^= 1 }
        try bytes.write(to: URL(fileURLWithPath: file))
        let recorder = Recorder(), task = try SmallTask()
        let trainer = try Trainer(task, settings: settings, folder: folder, observer: recorder)
        #expect(try trainer.resume() == 9)
        #expect(recorder.warnings.count == 1)
        #expect(recorder.warnings.first?.contains(name) == true && recorder.warnings.first?.contains("step-12") == true)
        _ = try trainer.run()
        #expect(task.weights == reference.weights)
        #expect(throws: Never.self) { try CheckpointStore(folder: folder.checkpoints, run: "").verify(step: 12) }
    }

    @Test func allDamagedIsAnError() throws {
        let temporary = try TemporaryFolder(), folder = try RunFolder(creating: temporary.path + "/run")
        _ = try Trainer(SmallTask(), settings: .short(), folder: folder).run()
        let store = CheckpointStore(folder: folder.checkpoints, run: "")
        for step in try store.steps() { try AtomicFile.write("{}", to: store.path(ofStep: step) + "/trainer.json") }
        let trainer = try Trainer(SmallTask(), settings: .short(), folder: folder)
        #expect { try trainer.resume() } throws: { "\($0)".contains("step-12") && "\($0)".contains("trainer.json") }
    }
}
