import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturTestSupport
import SequiturTraining
import Testing

@Suite struct TrainingStepTests {
    /// A linear classifier with dropout whose eight rows are handed out in batches of the given sizes.
    private final class RowsTask: TrainingTask {
        let layer = Linear(from: 6, to: 5, random: RandomStream(seed: 2))
        let dropout = Dropout(0.4, name: "rows")
        let parameters: ParameterList
        private let x = Tensor.uniform([8, 6], -1, 1, from: RandomStream(seed: 3))
        private let targets: [Int32]
        private let classWeights: Tensor?
        private var cuts: [Range<Int>]
        private var next = 0

        init(sizes: [Int], targets: [Int32] = [0, 1, -1, 2, 3, 4, -1, 0], classWeights: Tensor? = nil) {
            self.classWeights = classWeights
            parameters = layer.parameters()
            self.targets = targets
            var start = 0
            cuts = sizes.map { size in
                defer { start += size }
                return start..<(start + size)
            }
        }

        func nextBatch() -> MicroBatch? {
            guard next < cuts.count else { return nil }
            let rows = cuts[next]
            next += 1
            return MicroBatch(exampleCount: rows.count) { [self] in
                let hidden = dropout(x[rows]), own = Tensor(Array(targets[rows]))
                guard let classWeights else { return MicroBatchLoss(layer(hidden).crossEntropy(own)) }
                return MicroBatchLoss(
                    hidden.linearCrossEntropy(
                        weight: layer.weight(), bias: layer.bias?(), targets: own, classWeights: classWeights, labelSmoothing: 0.1
                    )
                )
            }
        }
        func startNextEpoch() { next = 0 }
        var epochProgress: Double { Double(next) / Double(cuts.count) }
        func validate() -> Validation? { nil }
        var position: JSONValue { .null }
        func restore(position: JSONValue, carriedState: NamedTensors) {}
    }

    private func step(
        _ sizes: [Int], accumulate: Int, classWeights: Tensor? = nil
    ) throws -> (loss: Double, norm: Double, weight: Tensor) {
        let task = RowsTask(sizes: sizes, classWeights: classWeights)
        let step = TrainingStep(
            task, optimizer: SGD(task.parameters), accumulate: accumulate, clip: 0.1, precision: .float32,
            random: RandomStream(seed: 4))
        let result = try #require(try step(number: 1, learningRate: 1))
        #expect(result.targetCount == 6)
        return (result.loss, result.gradientNorm, task.layer.weight.value)
    }

    /// The cut into micro-batches changes nothing but rounding, with dropout, and with rows without targets spread unevenly.
    @Test(arguments: [[4, 4], [2, 6], [1, 2, 2, 3], [1, 1, 1, 1, 1, 1, 1, 1]])
    func accumulationEqualsOneBatch(sizes: [Int]) throws {
        let whole = try step([8], accumulate: 1), parts = try step(sizes, accumulate: sizes.count)
        #expect(abs(parts.loss - whole.loss) < 1e-6 * whole.loss)
        #expect(abs(parts.norm - whole.norm) < 1e-5 * whole.norm)
        #expect(mismatch(parts.weight, whole.weight, tolerance: 1e-6) == nil)
    }

    /// Class weights average over the whole effective batch, not over each of its pieces.
    @Test(arguments: [[4, 4], [2, 6], [1, 1, 1, 1, 1, 1, 1, 1]]) func accumulationEqualsOneWeightedBatch(sizes: [Int]) throws {
        let weights = Tensor([0.25, 1, 2, 4, 8] as [Float])
        let whole = try step([8], accumulate: 1, classWeights: weights)
        let parts = try step(sizes, accumulate: sizes.count, classWeights: weights)
        #expect(abs(parts.loss - whole.loss) < 1e-6 * whole.loss && abs(parts.norm - whole.norm) < 1e-5 * whole.norm)
        #expect(mismatch(parts.weight, whole.weight, tolerance: 1e-6) == nil)
        // The weight of a batch's targets scales nothing.
        let scaled = try step([8], accumulate: 1, classWeights: weights * 16)
        #expect(
            abs(scaled.loss - whole.loss) < 1e-6 * whole.loss && mismatch(scaled.weight, whole.weight, tolerance: 1e-6) == nil)
    }

    /// Targets of classes that weigh nothing are none.
    @Test func classesWithoutWeightDoNotFillAStep() throws {
        let weights = Tensor([0, 1, 1, 1, 1] as [Float])
        let task = RowsTask(sizes: [2, 2, 4], targets: [0, 0, 1, 0, 0, -1, 0, 0], classWeights: weights)
        let step = TrainingStep(task, optimizer: SGD(task.parameters), precision: .float32, random: RandomStream(seed: 4))
        #expect(try step(number: 1, learningRate: 1)?.weight == 1)
        #expect(try step(number: 2, learningRate: 1) == nil)
    }

    /// Batches without targets are passed over, and an epoch that has none ends without a step.
    @Test func batchesWithoutTargetsDoNotFillAStep() throws {
        let task = RowsTask(sizes: [2, 2, 4], targets: [-1, -1, 1, 2, -1, -1, -1, -1])
        let before = task.layer.weight.value.floats()
        let step = TrainingStep(task, optimizer: SGD(task.parameters), precision: .float32, random: RandomStream(seed: 4))
        #expect(try step(number: 1, learningRate: 1)?.targetCount == 2)
        #expect(task.layer.weight.value.floats() != before)
        #expect(try step(number: 2, learningRate: 1) == nil)
        #expect(try step(number: 2, learningRate: 1) == nil)
    }

    /// One batch an epoch, whose loss is given.
    private final class OneBatchTask: TrainingTask {
        let parameters: ParameterList
        private let scale: Double
        private let loss: (ParameterList) -> Loss
        private var isOver = false

        init(_ values: [String: Tensor], scale: Double = 1, loss: @escaping (ParameterList) -> Loss) {
            parameters = ParameterList(values.sorted { $0.key < $1.key }.map { ($0.key, Parameter($0.value)) })
            self.scale = scale
            self.loss = loss
        }

        /// Parameters of zero, and the loss Σ g·p over `count` targets, of gradient g / count.
        convenience init(gradients: [String: Tensor], count: Int, scale: Double = 1) {
            self.init(gradients.mapValues { .zeros($0.shape) }, scale: scale) { parameters in
                let products = parameters.entries.compactMap { entry in
                    gradients[entry.name].map { (entry.parameter() * $0).sum() }
                }
                return Loss(sum: products.dropFirst().reduce(products[0]) { $0 + $1 }, count: count)
            }
        }

        func nextBatch() -> MicroBatch? {
            guard !isOver else { return nil }
            isOver = true
            return MicroBatch(exampleCount: 1, learningRateScale: scale) { [self] in MicroBatchLoss(loss(parameters)) }
        }
        func startNextEpoch() { isOver = false }
        var epochProgress: Double { isOver ? 1 : 0 }
        func validate() -> Validation? { nil }
        var position: JSONValue { .null }
        func restore(position: JSONValue, carriedState: NamedTensors) {}
    }

    /// `clip_grad_norm_` of PyTorch, seen through the update: with rate 1, p becomes −(clipped gradient).
    @Test(arguments: ["larger", "smaller", "zero"]) func clippingIsThatOfTheReference(label: String) throws {
        let path = try #require(try Fixture.paths().first { $0.hasSuffix("operation-clip-by-global-norm-\(label).safetensors") })
        let fixture = try Fixture(path: path)
        let limit = try #require(fixture.settings["maximum_norm"].flatMap(Double.init))
        let task = OneBatchTask(gradients: fixture.tensors(under: "input").mapValues { $0 * Tensor(3) }, count: 3)
        let step = TrainingStep(
            task, optimizer: SGD(task.parameters), clip: limit, precision: .float32, random: RandomStream(seed: 1))
        let result = try #require(try step(number: 1, learningRate: 1))
        var expected = fixture.tensors(under: "output")
        let norm = try #require(expected["norm"])
        expected["norm"] = nil
        #expect(mismatch(Tensor(Float(result.gradientNorm)), norm, tolerance: 1e-5) == nil)
        #expect(expected.count == task.parameters.entries.count)
        for (name, clipped) in expected {
            let parameter = try #require(task.parameters[name])
            #expect(mismatch(-parameter.value, clipped, tolerance: 1e-5) == nil)
        }
    }

    @Test func theRateIsScaledByTheBatch() throws {
        let task = OneBatchTask(gradients: ["p": Tensor([1, -2] as [Float])], count: 1, scale: 0.25)
        let step = TrainingStep(task, optimizer: SGD(task.parameters), precision: .float32, random: RandomStream(seed: 1))
        let result = try #require(try step(number: 1, learningRate: 2))
        #expect(result.learningRate == 0.5)
        #expect(task.parameters["p"]?.value.floats() == [-0.5, 1])
    }

    /// Nothing changes where a loss or a gradient is not finite, and the first parameter at fault is named.
    @Test(arguments: [("loss", Float(-1)), ("gradient of p", 0)]) func refusesWhatIsNotFinite(quantity: String, value: Float)
        throws
    {
        // √p is no number at −1, and infinitely steep at 0.
        let task = OneBatchTask(["o": Tensor([1, 1] as [Float]), "p": Tensor([4, value] as [Float])]) { parameters in
            let roots = parameters.entries.map { $0.parameter().squareRoot().sum() }
            return Loss(sum: roots[0] + roots[1], count: 1)
        }
        let step = TrainingStep(task, optimizer: SGD(task.parameters), precision: .float32, random: RandomStream(seed: 1))
        #expect { _ = try step(number: 17, learningRate: 1) } throws: { error in
            guard case TrainingError.notFinite(quantity, _, 17, nil) = error else { return false }
            return "\(error)".contains("\(quantity) became") && "\(error)".contains("lower learning rate")
        }
        #expect(task.parameters["p"]?.value.floats() == [4, value] && task.parameters["o"]?.value.floats() == [1, 1])
    }

    /// A step in its steady state asks the operating system for no memory. In a process of its own, since other tests use the
    /// allocator as well.
    @Test func steadyStepsMissNoCache() async {
        await #expect(processExitsWith: .success) {
            let task = try SmallTask(tokenCount: 2000)
            let step = TrainingStep(
                task, optimizer: OptimizerSettings().optimizer(for: task.parameters), clip: 1, precision: .float32,
                random: RandomStream(seed: 1))
            try Engine.run {
                for number in 1...5 { _ = try step(number: number, learningRate: 0.01) }
                let before = Memory.statistics.misses
                for number in 6...30 { _ = try step(number: number, learningRate: 0.01) }
                #expect(Memory.statistics.misses == before)
            }
        }
    }

    /// Frozen parameters stay as they are, and have no memory in the optimiser.
    @Test func frozenParametersStay() throws {
        let task = RowsTask(sizes: [8])
        task.layer.weight.isTrainable = false
        let list = task.layer.parameters(), before = task.layer.weight.value.floats()
        let optimizer = OptimizerSettings(kind: .adam).optimizer(for: list)
        let step = TrainingStep(task, optimizer: optimizer, precision: .float32, random: RandomStream(seed: 1))
        _ = try step(number: 1, learningRate: 1)
        #expect(task.layer.weight.value.floats() == before)
        #expect(task.layer.bias?.value.floats() != [0, 0, 0, 0, 0])
        #expect(optimizer.state.map(\.name) == ["steps", "first_moment.bias", "second_moment.bias"])
    }
}
