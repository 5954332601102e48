import CSequiturKernels
import Foundation
import SequiturTensors
import Synchronization

enum Threads {
    /// The OS threads of this process.
    private static func identities() -> Set<String> {
        Set((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? [])
    }

    private static func work(_ rows: Int) -> Double {
        let x = Tensor.uniform([rows, 300], -1, 1, from: RandomStream(seed: UInt64(rows)))
        return Double((x.matrixProduct(x, transposesOther: true).exponential() * 0.001).sum().scalar)
    }

    /// Prints the threads of the process before and while `count` threads call `Engine.run`, less those callers,
    /// and whether all of them were given the right answers.
    static func underCallers(_ count: Int) {
        let expected = Engine.run { (1...5).map { work($0 * 40) } }
        let before = identities().count
        let wrong = Atomic(0), most = Atomic(0), alive = Atomic(0), done = Atomic(0)
        let callers = (0..<count).map { _ in
            Thread {
                // Counted from the first caller's beginning to the last one's end: none begins or ends while threads are counted.
                alive.add(1, ordering: .sequentiallyConsistent)
                while alive.load(ordering: .sequentiallyConsistent) < count { usleep(1_000) }
                for round in 0..<20 {
                    let result = Engine.run { work((round % 5 + 1) * 40) }
                    if abs(result - expected[round % 5]) > 1e-6 * abs(result) { wrong.add(1, ordering: .relaxed) }
                    let present = identities().count - count
                    most.max(present, ordering: .relaxed)
                }
                done.add(1, ordering: .sequentiallyConsistent)
                while done.load(ordering: .sequentiallyConsistent) < count { usleep(1_000) }
            }
        }
        callers.forEach { $0.start() }
        while !callers.allSatisfy(\.isFinished) { usleep(1_000) }
        print("before", before)
        print("most", most.load(ordering: .relaxed))
        print("wrong", wrong.load(ordering: .relaxed))
    }

    /// Prints how many threads a team of `count` has, and how many of them were replaced during loops of every size.
    static func ofTeam(_ count: Int) {
        Engine.requestedThreads = count
        let (first, last) = Engine.run {
            let x = Tensor.ones([1 << 20])
            _ = x.exponential()
            let first = identities()
            for round in 0..<200 { _ = x[0..<(1 << (10 + round % 11))].exponential() }
            return (first, identities())
        }
        print("threads", Processor.threadCount)
        print("team", first.count)
        print("replaced", first.symmetricDifference(last).count)
    }
}
