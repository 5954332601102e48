import CSequiturKernels

// y = f(x), element by element. Forward and derivative of each stand in one row of SequiturElementwise.h.

extension Tensor {
    /// −x
    public func negated() -> Tensor { unary(SEQUITUR_NEGATE) }
    public static prefix func - (x: Tensor) -> Tensor { x.negated() }
    /// |x|, with derivative 0 at 0.
    public func absolute() -> Tensor { unary(SEQUITUR_ABSOLUTE) }
    /// x²
    public func squared() -> Tensor { unary(SEQUITUR_SQUARE) }
    /// √x
    public func squareRoot() -> Tensor { unary(SEQUITUR_SQUARE_ROOT) }
    /// 1 / √x
    public func reciprocalSquareRoot() -> Tensor { unary(SEQUITUR_RECIPROCAL_SQUARE_ROOT) }
    /// 1 / x
    public func reciprocal() -> Tensor { unary(SEQUITUR_RECIPROCAL) }
    /// eˣ
    public func exponential() -> Tensor { unary(SEQUITUR_EXPONENTIAL) }
    /// Natural logarithm.
    public func logarithm() -> Tensor { unary(SEQUITUR_LOGARITHM) }
    /// Sine of an angle in radians.
    public func sine() -> Tensor { unary(SEQUITUR_SINE) }
    /// Cosine of an angle in radians.
    public func cosine() -> Tensor { unary(SEQUITUR_COSINE) }
    public func hyperbolicTangent() -> Tensor { unary(SEQUITUR_HYPERBOLIC_TANGENT) }
    /// 1 / (1 + e⁻ˣ)
    public func sigmoid() -> Tensor { unary(SEQUITUR_SIGMOID) }
    /// max(0, x)
    public func relu() -> Tensor { unary(SEQUITUR_RELU) }
    /// x σ(x) (Hendrycks & Gimpel 2016; "swish").
    public func silu() -> Tensor { unary(SEQUITUR_SILU) }
    /// x Φ(x), with the normal distribution's own Φ (Hendrycks & Gimpel 2016).
    public func gelu() -> Tensor { unary(SEQUITUR_GELU) }
    /// ½x (1 + tanh(√(2/π) (x + 0.044715 x³))), the approximation of GELU that GPT-2 uses.
    public func geluTanh() -> Tensor { unary(SEQUITUR_GELU_TANH) }
    /// log(1 + eˣ)
    public func softplus() -> Tensor { unary(SEQUITUR_SOFTPLUS) }
    public func errorFunction() -> Tensor { unary(SEQUITUR_ERROR_FUNCTION) }

    private func unary<Operation: BinaryInteger>(_ operation: Operation) -> Tensor {
        let operation = Int32(operation)
        let x = asFloat32("elementwise operation")
        let y = Tensor.uninitialized(shape)
        sequitur_unary(operation, x.floatElements, y.mutableFloats, Int64(count))
        keepAlive(x)
        let result = y.recorded(from: x) { upstream, sink in
            let gradient = Tensor.uninitialized(x.shape)
            sequitur_unary_backward(
                operation, x.floatElements, y.floatElements, upstream.floatElements, gradient.mutableFloats, Int64(x.count))
            keepAlive(y, upstream)
            sink.add(gradient, to: x)
        }
        return dtype == .bfloat16 ? result.cast(to: .bfloat16) : result
    }

    /// Floating-point elements as float32; traps for other types, which have no arithmetic.
    package func asFloat32(_ operation: String, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        precondition(
            dtype.isFloatingPoint, "\(operation): floating-point elements expected, \(dtype) found", file: file, line: line)
        return cast(to: .float32)
    }
}
