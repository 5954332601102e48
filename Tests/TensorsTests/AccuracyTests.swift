import Foundation
import SequiturLayers
import SequiturTensors
import Testing

/// Elementwise functions over the whole range of float32, against double precision.
@Suite struct AccuracyTests {
    struct Function: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Bounds on what separates the result from the reference, as multiples of the reference and absolutely: either suffices.
        let relative: Double
        var absolute = 1e-37
        /// Where the bounds hold.
        var domain: ClosedRange<Float> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude
        let run: @Sendable (Tensor) -> Tensor
        let exact: @Sendable (Double) -> Double
    }

    static let functions: [Function] = [
        Function(testDescription: "exponential", relative: 3e-7, run: { $0.exponential() }, exact: { exp($0) }),
        Function(testDescription: "logarithm", relative: 3e-7, run: { $0.logarithm() }, exact: { log($0) }),
        Function(testDescription: "squareRoot", relative: 1e-7, run: { $0.squareRoot() }, exact: { $0.squareRoot() }),
        Function(
            testDescription: "reciprocalSquareRoot", relative: 2e-7, run: { $0.reciprocalSquareRoot() },
            exact: { 1 / $0.squareRoot() }),
        Function(testDescription: "reciprocal", relative: 1e-7, run: { $0.reciprocal() }, exact: { 1 / $0 }),
        Function(testDescription: "hyperbolicTangent", relative: 4e-7, run: { $0.hyperbolicTangent() }, exact: { tanh($0) }),
        Function(testDescription: "sigmoid", relative: 4e-7, run: { $0.sigmoid() }, exact: { 1 / (1 + exp(-$0)) }),
        Function(testDescription: "silu", relative: 5e-7, absolute: 1e-36, run: { $0.silu() }, exact: { $0 / (1 + exp(-$0)) }),
        Function(
            testDescription: "softplus", relative: 5e-7, run: { $0.softplus() }, exact: { max(0, $0) + log1p(exp(-abs($0))) }),
        Function(testDescription: "errorFunction", relative: 4e-7, run: { $0.errorFunction() }, exact: { erf($0) }),
        Function(
            testDescription: "gelu", relative: 2e-5, run: { $0.gelu() }, exact: { $0 / 2 * erfc(-$0 / 2.0.squareRoot()) }),
        Function(
            testDescription: "sine", relative: 0, absolute: 3e-7, domain: -1e9...1e9, run: { $0.sine() }, exact: { sin($0) }),
        Function(
            testDescription: "cosine", relative: 0, absolute: 3e-7, domain: -1e9...1e9, run: { $0.cosine() }, exact: { cos($0) }),
        Function(
            testDescription: "geluTanh", relative: 1e-6, absolute: 1e-6, domain: -1e5...1e5, run: { $0.geluTanh() },
            exact: { $0 / 2 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }),
    ]

    /// Both signs of every power of two and numbers between, subnormal ones among them, with a close look at −20 to 20.
    private static let sweep: [Float] = {
        var values: [Float] = [0, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude]
        for exponent in -149...127 {
            for part in 0..<16 { values.append(Float(sign: .plus, exponent: exponent, significand: 1 + Float(part) / 16)) }
        }
        for index in 0...40_000 { values.append(Float(index) * 0.0005) }
        for index in 0...2_000 { values.append(Float(index) * 0.06) }
        return values + values.map { -$0 }
    }()

    @Test(arguments: functions) func holdsItsBounds(_ function: Function) {
        let values = Self.sweep.filter(function.domain.contains)
        let results = function.run(Tensor(values)).floats()
        var worst = (excess: 0.0, at: Float(0), result: Float(0), reference: 0.0)
        for (x, result) in zip(values, results) {
            let reference = function.exact(Double(x))
            if Float(reference).isInfinite || reference.isNaN {
                #expect(
                    result == Float(reference) || (result.isNaN && reference.isNaN),
                    "\(function.testDescription)(\(x)) is \(result)")
                continue
            }
            let difference = abs(Double(result) - reference)
            let excess = result.isFinite ? difference / max(function.absolute, function.relative * abs(reference)) : .infinity
            if excess > worst.excess { worst = (excess, x, result, reference) }
        }
        #expect(worst.excess <= 1, "f(\(worst.at)) is \(worst.result), \(worst.reference) expected")
    }

    /// Values and derivatives at ±0, ±∞ and NaN.
    struct Special: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let run: @Sendable (Tensor) -> Tensor
        let results: [Float]  // at 0, -0, inf, -inf, nan
    }

    static let specials: [Special] = [
        Special(testDescription: "negated", run: { -$0 }, results: [-0.0, 0, -.infinity, .infinity, .nan]),
        Special(testDescription: "absolute", run: { $0.absolute() }, results: [0, 0, .infinity, .infinity, .nan]),
        Special(testDescription: "squared", run: { $0.squared() }, results: [0, 0, .infinity, .infinity, .nan]),
        Special(testDescription: "squareRoot", run: { $0.squareRoot() }, results: [0, -0.0, .infinity, .nan, .nan]),
        Special(
            testDescription: "reciprocalSquareRoot", run: { $0.reciprocalSquareRoot() },
            results: [.infinity, -.infinity, 0, .nan, .nan]),
        Special(testDescription: "reciprocal", run: { $0.reciprocal() }, results: [.infinity, -.infinity, 0, -0.0, .nan]),
        Special(testDescription: "exponential", run: { $0.exponential() }, results: [1, 1, .infinity, 0, .nan]),
        Special(testDescription: "logarithm", run: { $0.logarithm() }, results: [-.infinity, -.infinity, .infinity, .nan, .nan]),
        Special(testDescription: "sine", run: { $0.sine() }, results: [0, 0, .nan, .nan, .nan]),
        Special(testDescription: "cosine", run: { $0.cosine() }, results: [1, 1, .nan, .nan, .nan]),
        Special(testDescription: "hyperbolicTangent", run: { $0.hyperbolicTangent() }, results: [0, -0.0, 1, -1, .nan]),
        Special(testDescription: "sigmoid", run: { $0.sigmoid() }, results: [0.5, 0.5, 1, 0, .nan]),
        Special(testDescription: "relu", run: { $0.relu() }, results: [0, 0, .infinity, 0, .nan]),
        Special(testDescription: "softplus", run: { $0.softplus() }, results: [log(2), log(2), .infinity, 0, .nan]),
        Special(testDescription: "errorFunction", run: { $0.errorFunction() }, results: [0, -0.0, 1, -1, .nan]),
        Special(testDescription: "to the power of 2", run: { $0.power(2) }, results: [0, 0, .infinity, .infinity, .nan]),
        Special(testDescription: "to the power of -1", run: { $0.power(-1) }, results: [.infinity, .infinity, 0, 0, .nan]),
        Special(testDescription: "to the power of 0", run: { $0.power(0) }, results: [1, 1, 1, 1, 1]),
        Special(testDescription: "1 to its power", run: { Tensor(1).power($0) }, results: [1, 1, 1, 1, 1]),
        Special(testDescription: "maximum with 1", run: { $0.maximum(1) }, results: [1, 1, .infinity, 1, .nan]),
        Special(testDescription: "minimum with 1", run: { $0.minimum(1) }, results: [0, 0, 1, -.infinity, .nan]),
        Special(testDescription: "maximum of 1", run: { Tensor(1).maximum($0) }, results: [1, 1, .infinity, 1, .nan]),
        Special(testDescription: "clamped", run: { $0.clamped(-2, 2) }, results: [0, 0, 2, -2, .nan]),
    ]

    @Test(arguments: specials) func treatsSpecialNumbersAsItShould(_ special: Special) {
        let x: [Float] = [0, -0.0, .infinity, -.infinity, .nan]
        for (index, (result, expected)) in zip(special.run(Tensor(x)).floats(), special.results).enumerated() {
            let isEqual = expected.isNaN ? result.isNaN : abs(result - expected) <= 1e-6 || result == expected
            // The sign of 0 is part of the value where something may be divided by it.
            let keepsSign = !(expected == 0 && expected.sign == .minus) || result.sign == .minus
            #expect(isEqual && keepsSign, "at \(x[index]): \(result), \(expected) expected")
        }
    }

    @Test func derivativesStayFiniteWhereFunctionsDo() {
        let extremes = Tensor([-3e38, -1e20, -1e10, -100, -30, -0.0, 0, 30, 100, 1e10, 1e20, 3e38] as [Float])
        let functions: [(String, @Sendable (Tensor) -> Tensor)] = [
            ("hyperbolicTangent", { $0.hyperbolicTangent() }), ("sigmoid", { $0.sigmoid() }), ("relu", { $0.relu() }),
            ("silu", { $0.silu() }), ("gelu", { $0.gelu() }), ("geluTanh", { $0.geluTanh() }), ("softplus", { $0.softplus() }),
            ("errorFunction", { $0.errorFunction() }), ("absolute", { $0.absolute() }),
        ]
        for (name, function) in functions {
            let (_, gradients) = valueWithGradients(of: [extremes]) { function($0[0]).sum() }
            #expect(gradients[0].floats().allSatisfy { abs($0) <= 1.2 }, "\(name): \(gradients[0])")
        }
        for exponent: Float in [0, 1, 2] {
            let (_, gradients) = valueWithGradients(of: [Tensor([0, 0.5, 2] as [Float])]) { $0[0].power(Tensor(exponent)).sum() }
            let expected = [0, 0.5, 2].map { exponent * pow($0, max(0, exponent - 1)) }
            #expect(
                zip(gradients[0].floats(), expected).allSatisfy { abs($0 - $1) <= 1e-5 }, "power \(exponent): \(gradients[0])")
        }
    }
}
