import SequiturTensors

/// The only thing that can be trained, frozen, tied, adapted or saved: a tensor with an identity.
///
/// Two modules that hold the same parameter share (tie) it. Reading it inside `valueWithGradients` puts it on the tape.
public final class Parameter: @unchecked Sendable {
    /// The current value, off the tape.
    public private(set) var value: Tensor
    /// A parameter that is not trainable has no gradient and is left alone by optimisers.
    public var isTrainable: Bool
    /// False for biases and the gains of norms, which weight decay leaves alone.
    public let isDecayed: Bool
    /// What optimisers multiply the learning rate by: lower layers of a tuned model learn more slowly, frozen ones not at all.
    public var learningRateScale: Float = 1
    /// Grows with every change; what is derived from the value (packed or quantised copies) is keyed by it.
    public private(set) var version = 0

    /// The value as products read it, kept until it changes.
    var packings: [PackedFactor] = []

    /// Floating-point values of any width are held as float32.
    public init(_ value: Tensor, isTrainable: Bool = true, isDecayed: Bool = true) {
        self.value = value.detached.asFloat32("Parameter")
        self.isTrainable = isTrainable
        self.isDecayed = isDecayed
    }

    public var shape: [Int] { value.shape }
    public var count: Int { value.count }

    /// The value as layers read it: on the tape where one is recording gradients of this parameter.
    public func callAsFunction() -> Tensor {
        guard let tape = Context.current.tape else { return value }
        return tape.leaf(self, value)
    }

    /// Replaces the value; the shape stays.
    public func assign(_ value: Tensor) {
        precondition(value.shape == shape, "Parameter: a value of shape \(value.shape) for one of \(shape)")
        self.value = value.detached.asFloat32("Parameter")
        changed()
    }

    /// Lets an optimiser change the elements in place; copies them first where a tensor elsewhere still holds them.
    package func update(_ body: (UnsafeMutablePointer<Float>) -> Void) {
        if !value.isUniquelyStored() { value = value.copied() }
        body(value.mutableFloats)
        changed()
    }

    private func changed() {
        version += 1
        if !packings.isEmpty { packings = [] }
    }
}
