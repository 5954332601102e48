import CSequiturKernels
import SequiturTensors

/// The gradients of a model's parameters: a value, held in one flat float32 buffer in the order of the parameters.
public struct Gradients: Sendable {
    public let parameters: ParameterList
    package private(set) var flat: Tensor  // [flatCount]; the gaps between parameters are zero

    package init(_ parameters: ParameterList, flat: Tensor) {
        self.parameters = parameters
        self.flat = flat
    }

    /// Gradients of zero.
    public init(zeros parameters: ParameterList) {
        self.init(parameters, flat: .zeros([parameters.flatCount]))
    }

    /// The gradient of one parameter; nil where it is not trainable.
    public subscript(_ parameter: Parameter) -> Tensor? {
        parameters.offset(of: parameter).map { flat[$0..<($0 + parameter.count)].reshaped(parameter.shape) }
    }

    /// The Euclidean length of all gradients together. Not a number, or infinite, where any element is.
    public var norm: Double {
        var result = 0.0
        sequitur_sum_of_squares(flat.floatElements, Int64(flat.count), &result)
        return result.squareRoot()
    }

    /// The sum of the products of corresponding elements.
    public func dot(_ other: Gradients) -> Double {
        var result = 0.0
        sequitur_dot(flat.floatElements, other.flat.floatElements, Int64(flat.count), &result)
        return result
    }

    public static func + (a: Gradients, b: Gradients) -> Gradients { Gradients(a.parameters, flat: a.flat + b.flat) }

    public static func * (gradients: Gradients, scale: Float) -> Gradients {
        Gradients(gradients.parameters, flat: gradients.flat * Tensor(scale))
    }

    /// Every parameter's gradient replaced by what `body` makes of it.
    public func map(_ body: (Parameter, Tensor) -> Tensor) -> Gradients {
        zip(self) { parameter, own, _ in body(parameter, own) }
    }

    /// Every parameter's pair of gradients joined by `body`.
    public func zip(_ other: Gradients, _ body: (Parameter, Tensor, Tensor) -> Tensor) -> Gradients {
        let result = Gradients(zeros: parameters)
        for entry in parameters.entries {
            guard let offset = entry.offset, let own = self[entry.parameter], let others = other[entry.parameter] else {
                continue
            }
            let joined = body(entry.parameter, own, others)
            precondition(
                joined.shape == own.shape, "Gradients: \(joined.shape) for parameter \(entry.name) of shape \(own.shape)")
            sequitur_scale_add(joined.floatElements, 1, result.flat.mutableFloats + offset, 0, Int64(joined.count))
            keepAlive(joined)
        }
        return result
    }

    /// The factor that brings these gradients, taken times `scale`, to at most `limit`, and their norm before:
    /// scale · min(1, limit / (norm + 10⁻⁶)), as PyTorch has it.
    package func clippingFactor(limit: Double?, scale: Double = 1) -> (factor: Double, norm: Double) {
        let norm = norm * scale
        guard let limit, norm + 1e-6 > limit else { return (scale, norm) }
        return (scale * limit / (norm + 1e-6), norm)
    }

    /// These gradients, shortened to a global norm of at most `limit` (Pascanu et al. 2013).
    public func clipped(toNorm limit: Double) -> Gradients { self * Float(clippingFactor(limit: limit).factor) }
}

/// Runs `body` and returns the scalar that it computes with the gradients of the parameters.
///
/// - Parameter added: gradients to add to, for accumulation over micro-batches; they must not be used afterwards.
public func valueWithGradients<Failure: Error>(
    of parameters: ParameterList, addingTo added: consuming Gradients? = nil, _ body: () throws(Failure) -> Tensor
) throws(Failure) -> (value: Tensor, gradients: Gradients) {
    let isWritten = added != nil
    let flat = added?.flat ?? .uninitialized([parameters.flatCount])
    if !isWritten { clearGaps(flat, parameters) }
    let tape = Tape(leaves: parameters.leaves, flat: flat, isWritten: isWritten, identities: parameters.identities)
    let value = try recording(tape, body)
    precondition(value.count == 1, "valueWithGradients: a scalar expected, a tensor of shape \(value.shape) found")
    tape.backward(from: value)
    return (value.detached, Gradients(parameters, flat: flat))
}

/// Runs `body` on the given inputs and returns the scalar that it computes with the gradients of those inputs.
public func valueWithGradients(of inputs: [Tensor], _ body: ([Tensor]) throws -> Tensor) rethrows -> (
    value: Tensor, gradients: [Tensor]
) {
    let tape = Tape()
    let watched = inputs.map { tape.watched($0) }
    var context = Context.current
    context.tape = tape
    let value = try Context.$current.withValue(context) { try body(watched) }
    precondition(value.count == 1, "valueWithGradients: a scalar expected, a tensor of shape \(value.shape) found")
    tape.backward(from: value)
    return (value.detached, watched.map { tape.gradient(of: $0) })
}

private func recording<Failure: Error>(_ tape: Tape, _ body: () throws(Failure) -> Tensor) throws(Failure) -> Tensor {
    var context = Context.current
    context.tape = tape
    let outcome: Result<Tensor, Failure> = Context.$current.withValue(context) {
        do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
    }
    return try outcome.get()
}

private func clearGaps(_ flat: Tensor, _ parameters: ParameterList) {
    for (index, leaf) in parameters.leaves.enumerated() {
        let end = leaf.offset + leaf.shape.reduce(1, *)
        let next = index + 1 < parameters.leaves.count ? parameters.leaves[index + 1].offset : parameters.flatCount
        if next > end { (flat.mutableFloats + end).initialize(repeating: 0, count: next - end) }
    }
}
