import SequiturLayers
import SequiturTensors

/// The relative error of the gradients of `body` against finite differences, the worst of three seeds.
///
/// The elements of the result are weighted at random into a scalar L, and every input x is moved along a random direction d:
///
///     (L(x + εd) − L(x − εd)) / 2ε   against   Σ ∂L/∂x · d
///
/// Results are float32, as the engine computes them; L and both sums are accumulated in double. Each direction is a random one
/// plus thrice the unit vector along the gradient: along a random direction alone a large tensor's differences may cancel to
/// less than the rounding of L.
/// - Parameters:
///   - inputs: float32 tensors at which `body` is smooth.
///   - step: ε; large enough to stand out from rounding, small enough for the curvature not to matter.
public func gradientError(
    of inputs: [Tensor], step: Float = 5e-3, seeds: [UInt64] = [1, 2, 3], _ body: ([Tensor]) -> Tensor
) -> Double {
    seeds.map { gradientError(of: inputs, step: step, random: RandomStream(seed: $0), body) }.max() ?? 0
}

private func gradientError(of inputs: [Tensor], step: Float, random: RandomStream, _ body: ([Tensor]) -> Tensor) -> Double {
    let weights = Tensor.normal(withoutGradients { body(inputs).shape }, from: random.split("weights"))
    let (_, gradients) = valueWithGradients(of: inputs) { (body($0).cast(to: .float32) * weights).sum() }
    let norm = gradients.map { dot($0, $0) }.reduce(0, +).squareRoot()
    let directions = zip(inputs.indices, gradients).map { index, gradient in
        Tensor.normal(gradient.shape, from: random.split(index)) + gradient * Tensor(norm > 0 ? Float(3 / norm) : 0)
    }
    let analytic = zip(gradients, directions).map { dot($0, $1) }.reduce(0, +)

    func moved(by step: Float) -> Double {
        dot(body(zip(inputs, directions).map { $0 + $1 * Tensor(step) }), weights)
    }
    let numeric = (moved(by: step) - moved(by: -step)) / (2 * Double(step))
    let reference = max(abs(numeric), abs(analytic))
    return reference > 0 ? abs(numeric - analytic) / reference : 0
}

/// The sum of products of corresponding elements, in double.
public func dot(_ a: Tensor, _ b: Tensor) -> Double {
    zip(a.floats(), b.floats()).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}
