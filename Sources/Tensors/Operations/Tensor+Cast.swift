import CSequiturKernels

extension Tensor {
    /// The elements converted to another type: floating point to integers towards zero, to bfloat16 to the nearest even,
    /// to bool as "is not zero". Gradients pass between floating-point types unchanged.
    public func cast(to target: DType) -> Tensor {
        if target == dtype { return self }
        let result = Tensor.uninitialized(shape, target)
        let count = Int64(count)
        switch (dtype, target) {
        case (.float32, .bfloat16): sequitur_float_to_bfloat16(floatElements, result.halfElements, count)
        case (.bfloat16, .float32): sequitur_bfloat16_to_float(halfElements, result.mutableFloats, count)
        case (.int32, .float32): sequitur_int32_to_float(int32Elements, result.mutableFloats, count)
        case (.float32, .int32): sequitur_float_to_int32(floatElements, result.int32Elements, count)
        case (.bool, .float32): sequitur_bool_to_float(byteElements, result.mutableFloats, count)
        case (.float32, .bool): sequitur_float_to_bool(floatElements, result.byteElements, count)
        case (.int8, .float32):
            let source = elements.assumingMemoryBound(to: Int8.self)
            for index in 0..<Int(count) { result.mutableFloats[index] = Float(source[index]) }
        case (.float32, .int8):
            let source = floatElements, destination = result.elements.assumingMemoryBound(to: Int8.self)
            for index in 0..<Int(count) {
                destination[index] = Int8(max(-128, min(127, source[index].isNaN ? 0 : source[index])))
            }
        default: return cast(to: .float32).cast(to: target)
        }
        guard dtype.isFloatingPoint, target.isFloatingPoint else { return result }
        return result.recorded(from: self) { [self] upstream, sink in sink.add(upstream, to: self) }
    }

    /// float32 elements rounded to the nearest bfloat16, still stored as float32.
    package func roundedToBFloat16() -> Tensor {
        let result = Tensor.uninitialized(shape)
        sequitur_round_to_bfloat16(floatElements, result.mutableFloats, Int64(count))
        return result.recorded(from: self) { [self] upstream, sink in sink.add(upstream, to: self) }
    }

    /// These elements in the form in which matrix products read them, cut off from the tape.
    package func operand(_ form: sequitur_operand) -> Tensor {
        switch form {
        case SEQUITUR_OPERAND_BFLOAT16: detached.cast(to: .bfloat16)
        case SEQUITUR_OPERAND_ROUNDED: detached.cast(to: .float32).roundedToBFloat16()
        default: detached.cast(to: .float32)
        }
    }

    /// These elements as the second factor of a product: like `operand`, but float32 is left as it is where packing will round it.
    package func factor(_ form: sequitur_operand) -> Tensor {
        guard form == SEQUITUR_OPERAND_BFLOAT16 else { return operand(form) }
        return dtype == .bfloat16 ? detached : detached.cast(to: .float32)
    }

    /// The type in which a result of `count` elements that feeds another product is stored: bfloat16 where products read it, and where
    /// there is so much of it that memory counts. Smaller results stay exact, at no cost.
    package static func operandType(_ form: sequitur_operand, count: Int) -> DType {
        form == SEQUITUR_OPERAND_BFLOAT16 && count >= 1 << 14 ? .bfloat16 : .float32
    }
}
