import Foundation
import SequiturTensors
import SequiturTestSupport
import Testing

/// Neither the number of threads nor the instruction set changes a result beyond rounding.
@Suite struct MachineTests {
    private struct Results {
        let machine: String
        let values: [(name: String, elements: [Float])]

        init(threads: Int, instructionSet: String = "best", bfloat16: String = "") throws {
            let environment = ["SEQUITUR_MAX_ISA": instructionSet, "SEQUITUR_BFLOAT16": bfloat16]
            var bytes = try EngineProbe.run(["results", "\(threads)"], environment: environment)[...]
            func line() throws -> String {
                let end = try #require(bytes.firstIndex(of: 0x0A))
                defer { bytes = bytes[(end + 1)...] }
                return String(decoding: bytes[..<end], as: UTF8.self)
            }
            machine = try line()
            var values: [(name: String, elements: [Float])] = []
            while !bytes.isEmpty {
                let header = try line(), space = try #require(header.lastIndex(of: " "))
                let count = try #require(Int(header[header.index(after: space)...]))
                let elements = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                    initialized = bytes.prefix(4 * count).copyBytes(to: buffer) / 4
                }
                bytes = bytes.dropFirst(4 * count)
                values.append((String(header[..<space]), elements))
            }
            self.values = values
        }

        func problems(against other: Results, tolerance: (String) -> Double) -> [String] {
            guard values.map(\.name) == other.values.map(\.name) else { return ["other results: \(other.values.map(\.name))"] }
            return zip(values, other.values).compactMap { own, others in
                mismatch(own.elements, others.elements.map(Double.init), tolerance: tolerance(own.name)).map {
                    "\(own.name): \($0)"
                }
            }
        }
    }

    /// float32 to rounding; under bfloat16 a factor near the middle of two numbers may be rounded either way.
    private static func tolerance(_ name: String) -> Double { name.contains("bfloat16") ? 0.01 : 2e-6 }

    @Test func oneThreadAndMoreAgree() throws {
        let one = try Results(threads: 1, instructionSet: "best")
        for threads in [2, 3] {
            let more = try Results(threads: threads, instructionSet: "best")
            #expect(one.machine != more.machine)
            #expect(one.problems(against: more, tolerance: Self.tolerance) == [])
        }
    }

    @Test func theSameRunReplaysToTheBit() throws {
        let first = try Results(threads: 2, instructionSet: "best"), second = try Results(threads: 2, instructionSet: "best")
        #expect(first.problems(against: second) { _ in 0 } == [])
    }

    @Test func instructionSetsAgree() throws {
        let best = try Results(threads: 2, instructionSet: "best")
        for name in ["baseline", "avx2", "avx512"] {
            let lesser = try Results(threads: 2, instructionSet: name)
            if name == "baseline" { #expect(lesser.machine.hasPrefix("baseline")) }
            #expect(best.problems(against: lesser, tolerance: Self.tolerance) == [], "\(lesser.machine)")
        }
    }

    /// Where the processor has no bfloat16 products, factors are rounded and multiplied in float32; oneDNN's own products of bfloat16
    /// tensors, which it can do on AVX-512 though slowly, must give the same.
    @Test func roundedFactorsAndTheLibrarysBFloat16Agree() throws {
        let rounded = try Results(threads: 2), library = try Results(threads: 2, bfloat16: "library")
        #expect(rounded.problems(against: library, tolerance: Self.tolerance) == [], "\(library.machine)")
    }
}
