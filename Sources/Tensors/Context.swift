import CSequiturKernels

/// Whether layers behave as in training (dropout on) or as in inference.
public enum Mode: Sendable { case training, inference }

/// The arithmetic of matrix products. Parameters and optimiser state are float32 whichever is chosen.
public enum Precision: String, Sendable, CaseIterable {
    /// bfloat16 where the processor multiplies it itself, float32 elsewhere.
    case auto
    case float32
    /// Factors rounded to bfloat16, sums in float32. Where the processor has no bfloat16 products, the rounded factors are
    /// multiplied in float32: the same numbers, without the speed.
    case bfloat16

    /// `auto` decided for this processor.
    public var resolved: Precision { self == .auto ? (Processor.hasBFloat16 ? .bfloat16 : .float32) : self }

    /// Whether factors of products are stored as bfloat16.
    package var storesHalf: Bool { operand == SEQUITUR_OPERAND_BFLOAT16 }

    package var operand: sequitur_operand {
        switch resolved {
        case .bfloat16: Processor.hasBFloat16 ? SEQUITUR_OPERAND_BFLOAT16 : SEQUITUR_OPERAND_ROUNDED
        default: SEQUITUR_OPERAND_FLOAT32
        }
    }
}

/// The processor as the engine uses it.
public enum Processor {
    /// "AVX-512 with bfloat16", "AVX-512", "AVX2" or "baseline"; `SEQUITUR_MAX_ISA` may lower it.
    public static var instructionSet: String { String(cString: sequitur_instruction_set_name()) }
    public static var hasBFloat16: Bool { sequitur_has_bfloat16() != 0 }
    public static var threadCount: Int { Int(sequitur_thread_count()) }
    /// The version of oneDNN in use, such as "2.6.3".
    public static var productLibrary: String { "oneDNN " + String(cString: sequitur_onednn_version()) }
}

/// What surrounds a computation: mode, randomness, precision and the tape. Scoped, never stored in a layer.
package struct Context: Sendable {
    package var mode = Mode.inference
    package var random = RandomStream(seed: 0)
    package var precision = Precision.float32
    package var tape: Tape?
    /// Index of the first row of this batch within the whole effective batch, so that randomness does not depend on the cut.
    package var firstExample = 0
    /// How the rows of a batch lie, where they are those of tokens alone.
    package var packing: PackedRows?

    @TaskLocal package static var current = Context()
}

/// Runs `body` with the given mode, randomness and precision; what is not given stays as it is around the call.
public func withContext<Result>(
    _ mode: Mode? = nil, random: RandomStream? = nil, precision: Precision? = nil, _ body: () throws -> Result
) rethrows -> Result {
    var context = Context.current
    if let mode { context.mode = mode }
    if let random { context.random = random }
    if let precision { context.precision = precision.resolved }
    return try Context.$current.withValue(context, operation: body)
}

/// Runs `body` without recording: what it computes has no gradient.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    var context = Context.current
    context.tape = nil
    return try Context.$current.withValue(context, operation: body)
}
