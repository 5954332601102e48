import CSequiturKernels

/// The place of a value on a tape.
package struct Node: Sendable, Equatable {
    let tape: UInt32
    let index: Int32
}

/// A flat list of what was computed, walked backwards once. (Linked nodes would overflow the stack when they are released.)
///
/// Gradients are float32; between two operations that say they accept it, also bfloat16. Those of leaves (parameters) are float32
/// and go to slices of one flat buffer, written in place.
package final class Tape: @unchecked Sendable {
    /// Adds to the gradients of the inputs, given those of the outputs (nil where an output had no influence).
    package typealias Backward = (_ upstream: [Tensor?], _ sink: Tape) -> Void

    private struct Record {
        let firstOutput: Int32
        let outputCount: Int32
        let acceptsHalf: Bool
        let backward: Backward
    }

    /// Where a leaf's gradient goes, and what is there already.
    private struct Leaf {
        let offset: Int
        let shape: [Int]
        var node: Int32 = -1
        var isWritten: Bool
        /// Written during the forward pass by an operation whose backward step has yet to confirm its scale.
        var isClaimed = false
        var deferred: [Tensor] = []
    }

    private let serial: UInt32
    private var records: [Record] = []
    private var slots: [Int32] = []  // per node: the leaf it is, or -1
    private var gradients: [Tensor?] = []
    private var leaves: [Leaf]
    private let flat: Tensor?
    private let identities: [ObjectIdentifier: Int]

    private static let serials = Serials()

    /// - Parameters:
    ///   - leaves: offset in `flat` and shape of each leaf.
    ///   - isWritten: true to add to what `flat` holds, false to overwrite it.
    ///   - identities: the leaf that each object (a parameter) is.
    package init(
        leaves: [(offset: Int, shape: [Int])] = [], flat: Tensor? = nil, isWritten: Bool = false,
        identities: [ObjectIdentifier: Int] = [:]
    ) {
        serial = Tape.serials.next()
        self.leaves = leaves.map { Leaf(offset: $0.offset, shape: $0.shape, isWritten: isWritten) }
        self.flat = flat
        self.identities = identities
        records.reserveCapacity(64)
        slots.reserveCapacity(128)
    }

    // MARK: Recording

    private func newNode(slot: Int32 = -1) -> Node {
        slots.append(slot)
        return Node(tape: serial, index: Int32(slots.count - 1))
    }

    /// `value` as the leaf that `object` is, or as it is where `object` is none.
    package func leaf(_ object: AnyObject, _ value: Tensor) -> Tensor {
        guard let slot = identities[ObjectIdentifier(object)] else { return value }
        var leaf = value
        if leaves[slot].node < 0 { leaves[slot].node = newNode(slot: Int32(slot)).index }
        leaf.node = Node(tape: serial, index: leaves[slot].node)
        return leaf
    }

    /// `value` as an input whose gradient is asked for by `gradient(of:)`.
    package func watched(_ value: Tensor) -> Tensor {
        var watched = value
        watched.node = newNode()
        return watched
    }

    package func isRecorded(_ tensor: Tensor) -> Bool { tensor.node?.tape == serial }

    /// - Parameter acceptsHalf: `backward` takes upstream gradients of bfloat16 too.
    package func record(_ outputs: inout [Tensor], acceptsHalf: Bool = false, backward: @escaping Backward) {
        let first = Int32(slots.count)
        for index in outputs.indices { outputs[index].node = newNode() }
        records.append(
            Record(firstOutput: first, outputCount: Int32(outputs.count), acceptsHalf: acceptsHalf, backward: backward))
    }

    // MARK: Walking back

    /// Fills the gradients of everything that `root` (a scalar) depends on.
    package func backward(from root: Tensor, seed: Float = 1) {
        gradients = Array(repeating: nil, count: slots.count)
        if let node = root.node, node.tape == serial { add(.full(seed, shape: root.shape), to: root) }
        while let record = records.popLast() {
            let range = Int(record.firstOutput)..<Int(record.firstOutput + record.outputCount)
            guard range.contains(where: { gradients[$0] != nil }) else { continue }
            var upstream = Array(gradients[range])
            for index in range { gradients[index] = nil }
            if !record.acceptsHalf { upstream = upstream.map { $0?.detached.cast(to: .float32) } }
            record.backward(upstream, self)
        }
        if let flat { finishLeaves(in: flat) }
    }

    /// Leaves without influence get zeros; so does a claimed place whose operation had none, before what others have deferred.
    private func finishLeaves(in flat: Tensor) {
        for slot in leaves.indices where !leaves[slot].isWritten {
            let count = leaves[slot].shape.reduce(1, *), place = flat.mutableFloats + leaves[slot].offset
            place.initialize(repeating: 0, count: count)
            addDeferred(slot, to: place, count)
        }
    }

    private func addDeferred(_ slot: Int, to place: UnsafeMutablePointer<Float>, _ count: Int) {
        for gradient in leaves[slot].deferred {
            sequitur_scale_add(gradient.floatElements, 1, place, 1, Int64(count))
            keepAlive(gradient)
        }
        leaves[slot].deferred = []
    }

    /// The gradient of a watched value, after `backward(from:)`; zeros where it had no influence.
    package func gradient(of watched: Tensor) -> Tensor {
        watched.node.flatMap { gradients[Int($0.index)]?.cast(to: .float32) } ?? .zeros(watched.shape)
    }

    /// True where a gradient for `input` is of use.
    package func wants(_ input: Tensor?) -> Bool { input.map(isRecorded) ?? false }

    /// Adds a gradient of the input's shape.
    package func add(_ gradient: Tensor, to input: Tensor) {
        guard let node = input.node, node.tape == serial else { return }
        let isLast = slots[Int(node.index)] < 0 && gradients[Int(node.index)] == nil
        let gradient = isLast ? gradient : gradient.detached.cast(to: .float32)
        accumulate(into: input, given: gradient) { destination, accumulates in
            sequitur_scale_add(gradient.floatElements, 1, destination, accumulates ? 1 : 0, Int64(gradient.count))
        }
    }

    /// Lets `body` write (or, where its second argument is true, add) the gradient of `input` in place.
    package func accumulate(into input: Tensor, _ body: (UnsafeMutablePointer<Float>, _ accumulates: Bool) -> Void) {
        accumulate(into: input, given: nil, body)
    }

    private func accumulate(
        into input: Tensor, given: Tensor?, _ body: (UnsafeMutablePointer<Float>, _ accumulates: Bool) -> Void
    ) {
        guard let node = input.node, node.tape == serial else { return }
        if let given {
            precondition(given.shape == input.shape, "gradient of shape \(given.shape) for a value of shape \(input.shape)")
        }
        let slot = Int(slots[Int(node.index)])
        if slot >= 0, let flat {
            if leaves[slot].isClaimed {
                leaves[slot].deferred.append(given ?? Tape.filled(input.shape, by: body))
            } else {
                body(flat.mutableFloats + leaves[slot].offset, leaves[slot].isWritten)
                leaves[slot].isWritten = true
            }
        } else if let present = gradients[Int(node.index)] {
            gradients[Int(node.index)] = nil
            gradients[Int(node.index)] = present.added(given ?? Tape.filled(input.shape, by: body))
        } else {
            gradients[Int(node.index)] = given ?? Tape.filled(input.shape, by: body)
        }
        keepAlive(given)
    }

    private static func filled(_ shape: [Int], by body: (UnsafeMutablePointer<Float>, Bool) -> Void) -> Tensor {
        let made = Tensor.uninitialized(shape)
        body(made.mutableFloats, false)
        return made
    }

    // MARK: Gradients written during the forward pass

    /// The place of a leaf's gradient for an operation that computes it while it computes its value, or nil where the
    /// gradient must wait. The operation's backward step must call `settle`.
    package func claim(_ input: Tensor) -> (destination: UnsafeMutablePointer<Float>, accumulates: Bool)? {
        guard let flat, let node = input.node, node.tape == serial else { return nil }
        let slot = Int(slots[Int(node.index)])
        guard slot >= 0, !leaves[slot].isClaimed, !leaves[slot].isWritten else { return nil }
        leaves[slot].isClaimed = true
        return (flat.mutableFloats + leaves[slot].offset, false)
    }

    /// Scales what was written at a claimed place by the upstream gradient, now known.
    package func settle(_ input: Tensor, scale: Float) {
        guard let flat, let node = input.node, node.tape == serial else { return }
        let slot = Int(slots[Int(node.index)])
        let count = input.count, place = flat.mutableFloats + leaves[slot].offset
        if scale != 1 { sequitur_scale_add(place, scale, place, 0, Int64(count)) }
        leaves[slot].isClaimed = false
        leaves[slot].isWritten = true
        addDeferred(slot, to: place, count)
    }
}

extension Tensor {
    /// Sum of two gradients; in place where nobody else holds the first.
    fileprivate consuming func added(_ other: Tensor) -> Tensor {
        let first = cast(to: .float32), second = other.cast(to: .float32), sum = Tensor.uninitialized(shape)
        sequitur_scale_add(first.floatElements, 1, sum.mutableFloats, 0, Int64(count))
        sequitur_scale_add(second.floatElements, 1, sum.mutableFloats, 1, Int64(count))
        keepAlive(first, second)
        return sum
    }

    /// This value, recorded as computed from `inputs` where any of them is on the tape.
    package func recorded(from inputs: Tensor..., backward: @escaping (_ upstream: Tensor, _ sink: Tape) -> Void) -> Tensor {
        recorded(from: inputs, acceptsHalf: false, backward)
    }

    /// The same for a derivative that takes an upstream gradient of bfloat16 too.
    package func recordedWithHalves(
        from inputs: Tensor..., backward: @escaping (_ upstream: Tensor, _ sink: Tape) -> Void
    ) -> Tensor {
        recorded(from: inputs, acceptsHalf: true, backward)
    }

    private func recorded(from inputs: [Tensor], acceptsHalf: Bool, _ backward: @escaping (Tensor, Tape) -> Void) -> Tensor {
        guard let tape = Context.current.tape, inputs.contains(where: tape.isRecorded) else { return self }
        var outputs = [self]
        tape.record(&outputs, acceptsHalf: acceptsHalf) { upstream, sink in
            if let upstream = upstream[0] { backward(upstream, sink) }
        }
        return outputs[0]
    }

    /// The same elements, cut off from the tape.
    public var detached: Tensor {
        var copy = self
        copy.node = nil
        return copy
    }
}
