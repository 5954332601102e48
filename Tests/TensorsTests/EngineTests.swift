import Foundation
import SequiturLayers
import SequiturTensors
import SequiturTestSupport
import Synchronization
import Testing

@Suite struct EngineTests {
    struct Failure: Error, Equatable { let code: Int }

    @Test func returnsValuesAndErrors() throws {
        #expect(Engine.run { 6 * 7 } == 42)
        #expect(throws: Failure(code: 3)) { try Engine.run { () throws(Failure) in throw Failure(code: 3) } }
        #expect(Engine.run { Engine.run { Engine.run { "nested" } } } == "nested")
    }

    @Test func theSurroundingsGoAlong() {
        let random = RandomStream(seed: 9)
        let inside = withContext(.training, random: random, precision: .bfloat16) { Engine.run { Context.current } }
        #expect(inside.mode == .training && inside.random == random && inside.precision == .bfloat16)
        #expect(Engine.run { Context.current }.mode == .inference)
    }

    @Test func aTapeGoesAlong() {
        let x = Tensor([1, 2, 3] as [Float])
        let (_, gradients) = valueWithGradients(of: [x]) { values in Engine.run { values[0].squared().sum() } }
        #expect(gradients[0].floats() == [2, 4, 6])
    }

    @Test func manyCallsFromManyThreadsAreAllAnswered() {
        let total = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { caller in
            for round in 0..<500 { total.add(Engine.run { caller * round % 3 }, ordering: .relaxed) }
        }
        var expected = 0
        for caller in 0..<8 { for round in 0..<500 { expected += caller * round % 3 } }
        #expect(total.load(ordering: .relaxed) == expected)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/task"), "threads are listed on Linux alone"))
    func threadsStayTheSameUnderConcurrentCallers() throws {
        let found = try EngineProbe.measurements(["callers", "8"])
        #expect(found["wrong"] == 0)
        let before = try #require(found["before"]), most = try #require(found["most"])
        #expect(most <= before, "\(most) threads beside the callers, \(before) before them")
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/task"), "threads are listed on Linux alone"))
    func loopsOfAllSizesKeepTheTeam() throws {
        let found = try EngineProbe.measurements(["team", "4"])
        #expect(found["threads"] == 4)
        #expect(try #require(found["team"]) >= 4)
        #expect(found["replaced"] == 0)
    }
}
