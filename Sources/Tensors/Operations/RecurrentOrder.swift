/// The order in which a recurrent layer takes its time steps, and where it keeps its states meanwhile.
///
/// A history [T + 1, B, H] holds a state before and after every step. Forwards, step t leads from place t to t + 1; in reverse, from
/// t + 1 to t. So the outputs of all steps lie one after another in time, and so do the states before them: both are views.
struct RecurrentOrder {
    struct Step {
        let time: Int
        /// Places in a history.
        let before, after: Int
    }

    let steps, sequences, width: Int
    let lengths: Tensor?
    let isReversed: Bool

    /// - Parameter lengths: int32 [B], 0...T each, or nil where every sequence has T steps.
    init(steps: Int, sequences: Int, width: Int, lengths: Tensor?, isReversed: Bool) {
        if let lengths {
            precondition(
                lengths.dtype == .int32 && lengths.shape == [sequences],
                "recurrent layer: int32 lengths [\(sequences)] expected, \(lengths.dtype) \(lengths.shape) found")
            for index in 0..<sequences {
                let length = Int(lengths.int32Elements[index])
                precondition(
                    (0...steps).contains(length), "recurrent layer: length \(length) of sequence \(index) is not in 0...\(steps)")
            }
            keepAlive(lengths)
        }
        self.steps = steps
        self.sequences = sequences
        self.width = width
        self.lengths = lengths
        self.isReversed = isReversed
    }

    var hasLengths: Bool { lengths != nil }

    func lengths(from row: Int) -> UnsafePointer<Int32>? { lengths.map { UnsafePointer($0.int32Elements + row) } }

    /// The steps in the order in which they are taken.
    var forward: [Step] {
        isReversed
            ? (0..<steps).reversed().map { Step(time: $0, before: $0 + 1, after: $0) }
            : (0..<steps).map { Step(time: $0, before: $0, after: $0 + 1) }
    }

    /// Writes the state with which the first step begins.
    func begin(_ history: Tensor, with initial: Tensor) {
        let offset = isReversed ? steps * initial.byteCount : 0
        if initial.byteCount > 0 { (history.elements + offset).copyMemory(from: initial.elements, byteCount: initial.byteCount) }
        keepAlive(initial, history)
    }

    /// The states before all steps, [T, B, H].
    func before(_ history: Tensor) -> Tensor { isReversed ? history[1..<(steps + 1)] : history[0..<steps] }

    /// The states after all steps, [T, B, H], with zeros beyond the lengths.
    func outputs(_ history: Tensor) -> Tensor {
        let states = isReversed ? history[0..<steps] : history[1..<(steps + 1)]
        guard let lengths else { return states }
        let outputs = states.copied(), row = width * history.dtype.size
        for sequence in 0..<sequences {
            for time in Int(lengths.int32Elements[sequence])..<steps {
                (outputs.elements + (time * sequences + sequence) * row).initializeMemory(
                    as: UInt8.self, repeating: 0, count: row)
            }
        }
        keepAlive(lengths)
        return outputs
    }

    /// The state after the last step, [B, H] in float32.
    func final(_ history: Tensor) -> Tensor { history[isReversed ? 0 : steps].cast(to: .float32).copied() }
}

extension Tensor {
    /// The same elements in storage of their own.
    package func copied() -> Tensor {
        let made = Tensor.uninitialized(shape, dtype)
        if byteCount > 0 { made.elements.copyMemory(from: elements, byteCount: byteCount) }
        keepAlive(self)
        return made
    }
}
