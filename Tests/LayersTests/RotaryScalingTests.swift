import SequiturLayers
import SequiturTensors
import Testing

/// Frequencies of stretched rotary positions: those that `transformers` 5.23.0 gives (`ROPE_INIT_FUNCTIONS`) for heads of width 16 and
/// base 10,000, and what follows from the formulas.
@Suite struct RotaryScalingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let scaling: RotaryScaling
        var positions = 1
        let expected: [Double]
    }

    private static let longRope = RotaryScaling.perPair(
        short: [1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7], long: [2, 3, 4, 5, 6, 7, 8, 9], original: 64, magnitude: 1.1547)
    private static func yarn(isTruncated: Bool) -> RotaryScaling {
        .yarn(factor: 4, original: 64, fast: 8, slow: 1, magnitude: 1.1386, isTruncated: isTruncated)
    }
    private static let plain = [1, 0.3162278, 0.1, 0.03162278, 0.01, 0.003162278, 0.001, 0.0003162278]

    static let cases = [
        Case(testDescription: "none", scaling: .none, expected: plain),
        Case(testDescription: "linear", scaling: .linear(factor: 4), expected: plain.map { $0 / 4 }),
        Case(testDescription: "dynamic, 64", scaling: .dynamic(factor: 4, original: 64), positions: 64, expected: plain),
        Case(
            testDescription: "dynamic, 128", scaling: .dynamic(factor: 4, original: 64), positions: 128,
            expected: [1, 0.2512738, 0.06313851, 0.01586505, 0.00398647, 0.001001695, 0.0002516998, 6.324555e-05]),
        Case(
            testDescription: "dynamic, 200", scaling: .dynamic(factor: 4, original: 64), positions: 200,
            expected: [1, 0.2292584, 0.0525594, 0.01204968, 0.002762491, 0.0006333241, 0.0001451948, 3.328714e-05]),
        Case(
            testDescription: "yarn", scaling: yarn(isTruncated: true),
            expected: [1, 0.2371708, 0.05, 0.007905695, 0.0025, 0.0007905695, 0.00025, 7.905695e-05]),
        Case(
            testDescription: "yarn, not truncated", scaling: yarn(isTruncated: false),
            expected: [1, 0.2124687, 0.0256644, 0.007905695, 0.0025, 0.0007905695, 0.00025, 7.905695e-05]),
        Case(
            testDescription: "llama3", scaling: .llama3(factor: 8, low: 1, high: 4, original: 128),
            expected: [1, 0.3162278, 0.04275118, 0.003952847, 0.00125, 0.0003952847, 0.000125, 3.952847e-05]),
        Case(
            testDescription: "per pair, 64", scaling: longRope, positions: 64,
            expected: [1, 0.2874798, 0.08333334, 0.02432521, 0.007142857, 0.002108185, 0.000625, 0.0001860163]),
        Case(
            testDescription: "per pair, 65", scaling: longRope, positions: 65,
            expected: [0.5, 0.1054092, 0.025, 0.006324556, 0.001666667, 0.000451754, 0.000125, 3.513642e-05]),
    ]

    @Test(arguments: cases) func frequenciesAreThoseOfTransformers(_ given: Case) {
        let reach = given.scaling.reach(given.positions)
        let found = given.scaling.frequencies(width: 16, base: 10_000, reach: reach)
        #expect(found.count == 8)
        for (a, b) in zip(found, given.expected) { #expect(abs(a - b) <= 1e-6 * b, "\(found)") }
    }

    @Test func whatFollowsFromTheFormulas() {
        func frequencies(_ scaling: RotaryScaling, width: Int = 16, positions: Int = 1) -> [Double] {
            scaling.frequencies(width: width, base: 500, reach: scaling.reach(positions))
        }
        // A factor of 1 stretches nothing, whatever else is said.
        let plain = frequencies(.none)
        let others: [RotaryScaling] = [
            .linear(factor: 1), .dynamic(factor: 1, original: 1 << 20), .llama3(factor: 1, low: 1, high: 4, original: 64),
            .yarn(factor: 1, original: 64, fast: 32, slow: 1, magnitude: 1, isTruncated: true),
            .perPair(short: .init(repeating: 1, count: 8), long: .init(repeating: 1, count: 8), original: 4, magnitude: 1),
        ]
        for other in others { #expect(zip(frequencies(other, positions: 99), plain).allSatisfy { abs($0 - $1) <= 1e-12 * $1 }) }
        // A single pair has frequency 1 at whatever base, and no exponent n / (n − 2).
        #expect(frequencies(.dynamic(factor: 2, original: 8), width: 2, positions: 32) == [1])
        #expect(frequencies(.none, width: 2) == [1])
        #expect(RotaryScaling.dynamic(factor: 2.5, original: 10).extent == 25 && RotaryScaling.linear(factor: 2).extent == nil)
    }

    /// A layer that has turned a long text goes on with a short one as if it had not.
    @Test func tablesOfLengthsDoNotMix() {
        for scaling in [
            RotaryScaling.dynamic(factor: 2, original: 8), Self.longRope, .llama3(factor: 8, low: 1, high: 4, original: 16),
        ] {
            Engine.run {
                func attention() -> MultiHeadAttention {
                    MultiHeadAttention(
                        width: 32, heads: 2, rotary: RotaryPositions(width: 16, scaling: scaling), random: RandomStream(seed: 2))
                }
                let used = attention(), x = Tensor.normal([90, 1, 32], from: RandomStream(seed: 3))
                for count in [6, 90, 20, 64, 65, 8, 9, 90] {
                    #expect(used(x[0..<count]).floats() == attention()(x[0..<count]).floats(), "\(count) of \(scaling)")
                }
            }
        }
    }
}
