import SequiturLayers
import SequiturTensors
import SequiturTestSupport

extension ParityOperations {
    static let transformers: [String: Operation] = [
        "scaled_dot_product_attention": { try ParityAttention.scaledDotProduct($0, $0) },
        "swiglu": { ["y": try $0["x"].activated(.swiglu)] },
        "rotary_embedding": { arguments in
            let x = try arguments["x"]  // [B, H, T, D]
            let (batch, heads, time, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
            let offset = try arguments.optionalInteger("offset") ?? 0
            let table = RotaryTable(
                positions: offset + time, width: try arguments.optionalInteger("rotary_width") ?? width,
                base: Double(try arguments.optionalNumber("base") ?? 10_000),
                isInterleaved: try arguments.optionalTruth("interleaved") ?? false)
            let rows = x.transposed([2, 0, 1, 3]).reshaped([time, batch, heads * width])
            let offsets = Tensor([Int32](repeating: Int32(offset), count: batch))
            let turned = rows.rotated(by: table, heads: heads, headWidth: width, offsets: offsets)
            return ["y": turned.reshaped([time, batch, heads, width]).transposed([1, 2, 0, 3])]
        },
        "sinusoidal_positions": { arguments in
            let table = SinusoidalPositions.table(
                first: try arguments.optionalInteger("offset") ?? 0, count: try arguments.integer("count"),
                width: try arguments.integer("width"), base: Double(try arguments.optionalNumber("base") ?? 10_000),
                isInterleaved: try arguments.optionalTruth("interleaved") ?? true)
            return ["y": table]
        },
    ]
}
