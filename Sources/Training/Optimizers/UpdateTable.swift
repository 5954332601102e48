import CSequiturKernels
import SequiturLayers
import SequiturTensors

/// Where each trainable parameter, its gradient and its moments lie, as the update kernels read it.
///
/// The table is made once; a step renews its addresses and makes one call over all parameters.
final class UpdateTable {
    private let parameters: ParameterList
    private let trainable: [(parameter: Parameter, offset: Int)]
    private let segments: UnsafeMutableBufferPointer<sequitur_segment>

    init(_ parameters: ParameterList, weightDecay: Float) {
        self.parameters = parameters
        trainable = parameters.entries.compactMap { entry in entry.offset.map { (entry.parameter, $0) } }
        segments = .allocate(capacity: trainable.count)
        for (index, item) in trainable.enumerated() {
            var segment = sequitur_segment()
            segment.count = Int64(item.parameter.count)
            segment.weight_decay = item.parameter.isDecayed ? weightDecay : 0
            segments.initializeElement(at: index, to: segment)
        }
    }

    deinit { segments.deallocate() }

    /// Calls `kernel` with the table of these gradients. `first` and `second` are laid out as the gradients are.
    func update(
        _ gradients: Gradients, first: UnsafeMutablePointer<Float>?, second: UnsafeMutablePointer<Float>?,
        _ kernel: (UnsafePointer<sequitur_segment>, Int64) -> Void
    ) {
        precondition(gradients.parameters === parameters, "Optimizer: gradients of other parameters than those to be changed")
        guard let base = segments.baseAddress, !segments.isEmpty else { return }
        let flat = gradients.flat
        for index in trainable.indices {
            let (parameter, offset) = trainable[index]
            parameter.update { base[index].parameter = $0 }
            base[index].rate_scale = parameter.learningRateScale
            base[index].gradient = flat.floatElements + offset
            base[index].first = first.map { $0 + offset }
            base[index].second = second.map { $0 + offset }
        }
        kernel(base, Int64(segments.count))
        keepAlive(flat)
    }
}

/// A running value for every element of all trainable parameters, laid out as their gradients are.
struct Moments {
    private let name: String
    private var flat: Tensor  // [flatCount]

    init(_ name: String, of parameters: ParameterList) {
        self.name = name
        flat = .zeros([parameters.flatCount])
    }

    /// Where to change the values in place; copied first where `named` gave them away.
    mutating func address() -> UnsafeMutablePointer<Float> {
        if !flat.isUniquelyStored() { flat = flat.copied() }
        return flat.mutableFloats
    }

    func named(_ parameters: ParameterList) -> [(name: String, tensor: Tensor)] {
        parameters.entries.compactMap { entry in
            entry.offset.map { offset in
                let part = flat[offset..<(offset + entry.parameter.count)].reshaped(entry.parameter.shape)
                return ("\(name).\(entry.name)", part)
            }
        }
    }

    mutating func restore(_ state: NamedTensors, _ parameters: ParameterList) throws {
        let restored = Tensor.zeros([parameters.flatCount])
        for entry in parameters.entries {
            guard let offset = entry.offset else { continue }
            let part = try state.tensor(named: "\(name).\(entry.name)", shape: entry.parameter.shape)
            sequitur_scale_add(part.floatElements, 1, restored.mutableFloats + offset, 0, Int64(part.count))
            keepAlive(part)
        }
        flat = restored
    }
}

/// How an optimiser's number of steps is kept among its tensors.
enum StepCount {
    static let name = "steps"

    static func tensor(_ count: Int) -> Tensor { Tensor([Int32(clamping: count)], shape: []) }

    static func value(in state: NamedTensors) throws -> Int {
        let count = try state.tensor(named: name, shape: [], dtype: .int32).int32s()[0]
        guard count >= 0 else { throw StateError(source: state.source, reason: "its number of steps is \(count)") }
        return Int(count)
    }
}
