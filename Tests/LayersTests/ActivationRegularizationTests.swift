import SequiturLayers
import SequiturTensors
import Testing

/// What the fixtures of `activation_regularization` do not hold: terms that are not there.
@Suite struct ActivationRegularizationTests {
    private let both = ActivationRegularization(activation: 2, temporal: 1)

    @Test func nothingIsPenalisedWhereNothingIsAskedFor() {
        let states = Tensor.ones([3, 2, 4])
        #expect(ActivationRegularization.none.penalty(raw: states, dropped: states) == nil)
        #expect(ActivationRegularization(temporal: 1).penalty(raw: states[0..<1], dropped: states[0..<1]) == nil)
        #expect(both.penalty(raw: states[0..<0], dropped: states[0..<0]) == nil)
        #expect(both.penalty(raw: states.sliced(axis: 1, 0..<0), dropped: states.sliced(axis: 1, 0..<0)) == nil)
    }

    /// A window of one step has no change, and no NaN for it: only its activations count.
    @Test func aSingleStepHasNoChange() throws {
        let states = Tensor([3, -1] as [Float], shape: [1, 1, 2])
        #expect(try #require(both.penalty(raw: states, dropped: states)).scalar == 2 * 5)
    }

    @Test func eachTermSeesItsOwnStates() throws {
        let raw = Tensor([1, 4, 2] as [Float], shape: [3, 1, 1]), dropped = Tensor([0, 8, 0] as [Float], shape: [3, 1, 1])
        let penalty = try #require(ActivationRegularization(activation: 3, temporal: 0.5).penalty(raw: raw, dropped: dropped))
        // 3 · (0 + 64 + 0) / 3 + 0.5 · (9 + 4) / 2
        #expect(penalty.scalar == 67.25)
    }
}
