import SequiturLayers
import SequiturTensors
import SequiturTestSupport
import Testing

/// Every fixture of an operation or a layer: values and gradients, in float32 and under bfloat16 products.
@Suite struct ParityTests {
    @Test func fixturesAreThere() throws {
        #expect(try Fixture.paths().count > 300)
    }

    @Test(arguments: try Fixture.paths()) func agreesWithTheReference(path: String) throws {
        let fixture = try Fixture(path: path)
        guard fixture.suite == .layersParity else { return }
        #expect(try problems(of: fixture, in: .float32, tolerance: fixture.toleranceFloat32) == [])
        if let bound = fixture.toleranceBFloat16 {
            #expect(try problems(of: fixture, in: .bfloat16, tolerance: bound) == [])
        }
    }

    /// An unknown name, setting or tensor must not pass.
    @Test func refusesWhatItDoesNotKnow() throws {
        func fixture(subject: String, settings: [String: String] = [:], tensors: [String: Tensor]) -> Fixture {
            Fixture(path: "made", kind: .operation, subject: subject, settings: settings, tensors: tensors)
        }
        let x = Tensor([1, 2] as [Float])
        let good = fixture(subject: "exp", tensors: ["input.x": x, "output.y": x.exponential()])
        #expect(try problems(of: good, in: .float32, tolerance: 1e-5) == [])
        for bad in [
            fixture(subject: "expp", tensors: good.tensors),
            fixture(subject: "exp", settings: ["base": "2"], tensors: good.tensors),
            fixture(subject: "exp", tensors: good.tensors.merging(["input.z": x]) { $1 }),
            fixture(subject: "exp", tensors: good.tensors.merging(["output.z": x]) { $1 }),
            fixture(subject: "exp", tensors: good.tensors.merging(["parameter.z": x]) { $1 }),
            fixture(subject: "exp", tensors: good.tensors.merging(["rubbish": x]) { $1 }),
            fixture(subject: "exp", tensors: good.tensors.merging(["upstream.y": x, "gradient.input.z": x]) { $1 }),
            fixture(subject: "exp", tensors: ["output.y": x]),
        ] {
            #expect(throws: FixtureError.self) { try problems(of: bad, in: .float32, tolerance: 1e-5) }
        }
    }

    /// A wrong value and a wrong gradient are found.
    @Test func findsWhatIsWrong() throws {
        let x = Tensor([1, 2] as [Float]), y = x.exponential()
        let right = ["input.x": x, "output.y": y, "upstream.y": Tensor.ones([2]), "gradient.input.x": y]
        func found(_ tensors: [String: Tensor]) throws -> Int {
            let fixture = Fixture(path: "made", kind: .operation, subject: "exp", tensors: tensors)
            return try problems(of: fixture, in: .float32, tolerance: 1e-5).count
        }
        #expect(try found(right) == 0)
        #expect(try found(right.merging(["output.y": x]) { $1 }) == 1)
        #expect(try found(right.merging(["gradient.input.x": x]) { $1 }) == 2)  // on both ways to a gradient
    }

    private func problems(of fixture: Fixture, in precision: Precision, tolerance: Double) throws -> [String] {
        try Engine.run {
            try withContext(.inference, precision: precision) { try ParityRun(fixture).results() }.compactMap { result in
                mismatch(result.actual, result.expected, tolerance: tolerance).map { "\(result.name) in \(precision): \($0)" }
            }
        }
    }
}
