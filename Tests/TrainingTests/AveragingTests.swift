import SequiturLayers
import SequiturTensors
import SequiturTraining
import Testing

@Suite struct AveragingTests {
    private func list(_ value: Float) -> (ParameterList, Parameter) {
        let parameter = Parameter(Tensor([value]))
        return (ParameterList([("p", parameter)]), parameter)
    }

    /// Merity, Keskar & Socher 2017, algorithm 1, as awd-lstm-lm has it: `len(best) > n and loss > min(best[:-n])`.
    @Test func triggerLooksPastTheWindow() {
        func firedAt(_ metrics: [Double], window: Int) -> Int? {
            let (parameters, _) = list(0)
            let average = WeightAverage(of: parameters, settings: AveragingSettings(kind: .triggered, window: window))
            return metrics.firstIndex { average.observe($0) }
        }
        #expect(firedAt([3, 3.5, 3.6, 3.7], window: 2) == 3)  // 3.6 is compared with nothing, 3.7 with 3
        #expect(firedAt([4, 3.5, 3.6, 3.7, 3.4, 3.8], window: 2) == 5)  // 3.7 is compared with 4, 3.8 with 3.5
        #expect(firedAt([4, 3.5, 3.6, 3.5, 3.4, 3.55], window: 2) == 5)
        #expect(firedAt([4, 3, 2, 1], window: 1) == nil)
        #expect(firedAt([4, 5, 6], window: 5) == nil)
        #expect(firedAt([4, 4, 4, 4], window: 1) == nil)  // equal is not worse
        #expect(firedAt([4, 4, .nan], window: 1) == 2)
    }

    @Test func triggeredAverageIsTheMeanSinceTheTrigger() {
        let (parameters, parameter) = list(0)
        let average = WeightAverage(of: parameters, settings: AveragingSettings(kind: .triggered, window: 1))
        parameter.assign(Tensor([100 as Float]))
        average.update()
        #expect(average.count == 0)
        for metric in [1.0, 1, 2] { average.observe(metric) }
        for value: Float in [1, 2, 6] {
            parameter.assign(Tensor([value]))
            average.update()
        }
        #expect(average.count == 3)
        average.whileSwappedIn { #expect(parameter.value.floats() == [3]) }
        #expect(parameter.value.floats() == [6])
    }

    /// Swapping moves references: the same two pieces of memory change places, and stay apart afterwards.
    @Test func swappingCopiesNothing() {
        let parameter = Parameter(Tensor.ones([1000]))
        func address() -> UnsafeRawPointer? { parameter.value.withUnsafeBytes { $0.baseAddress } }
        let average = WeightAverage(
            of: ParameterList([("p", parameter)]), settings: AveragingSettings(kind: .exponential, decay: 0.5))
        average.update()
        parameter.update { $0[0] = 5 }
        average.update()
        let own = address(), averaged = average.whileSwappedIn(address)
        #expect(own != averaged)
        for _ in 0..<3 {
            average.whileSwappedIn {
                #expect(address() == averaged)
                #expect(parameter.value.floats()[0] == 3)
            }
            #expect(address() == own)
        }
        #expect(parameter.value.floats()[0] == 5)
        parameter.update { $0[0] = 7 }
        #expect(address() == own)
        average.whileSwappedIn { #expect(parameter.value.floats()[0] == 3) }
    }

    @Test func nothingIsAveragedWithoutAKind() {
        let (parameters, parameter) = list(2)
        let average = WeightAverage(of: parameters, settings: AveragingSettings())
        average.update()
        parameter.assign(Tensor([3 as Float]))
        average.whileSwappedIn { #expect(parameter.value.floats() == [3]) }
        #expect(average.state.isEmpty && !average.isActive)
    }
}
