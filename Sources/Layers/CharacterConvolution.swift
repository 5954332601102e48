import SequiturTensors

// U words, C characters of the longest, W width of a character's vector, K kernel, F filters

/// What a word is made of, read by a convolution over its characters (Santos & Zadrozny 2014; Ma & Hovy 2016).
///
///     h_c = b + Σ_{k} W_k e_{c + k − ⌊K/2⌋}        y = max_c h_c
///
/// for the vectors e of a word's characters, with zeros around them.
/// - Shape: ids [C, U] (int32), lengths [U] (int32, each at least 1) → [U, F].
///
/// Vectors begin even in ±√(3/W), the convolution's weights in ±√(6/(K·W + F)).
public final class CharacterConvolution: Module {
    public let embedding: Embedding
    public let convolution: Linear  // [F, K · W]
    public let kernel: Int

    public init(characters count: Int, width: Int, filters: Int, kernel: Int = 3, random: RandomStream) {
        precondition(kernel > 0, "CharacterConvolution: a kernel of \(kernel)")
        self.kernel = kernel
        embedding = Embedding(count: count, width: width, random: random.split("embedding"))
        convolution = Linear(from: kernel * width, to: filters, random: random.split("convolution"))
        let bound = (3 / Float(width)).squareRoot(), spread = (6 / Float(kernel * width + filters)).squareRoot()
        embedding.weight.assign(.uniform([count, width], -bound, bound, from: random.split("vectors")))
        convolution.weight.assign(.uniform([filters, kernel * width], -spread, spread, from: random.split("filters")))
    }

    public var outputSize: Int { convolution.weight.shape[0] }

    /// - Parameter dropout: of the characters' vectors.
    public func callAsFunction(_ ids: Tensor, lengths: Tensor, dropout: Dropout? = nil) -> Tensor {
        let (steps, words, width) = (ids.shape[0], ids.shape[1], embedding.width), counts = lengths.int32s().map(Int.init)
        precondition(
            counts.count == words && counts.allSatisfy { (1...max(1, steps)).contains($0) },
            "CharacterConvolution: lengths \(lengths.shape) for ids \(ids.shape)")
        let absent = Tensor((0..<steps).flatMap { step in counts.map { step >= $0 } }, shape: [steps, words, 1])
        let vectors = embedding(ids)
        let x = (dropout.map { $0(vectors) } ?? vectors).masked(absent, value: 0)  // [C, U, W]
        let before = kernel / 2, after = kernel - 1 - before
        let padded = Tensor.concatenated(
            [.zeros([before, words, width]), x, .zeros([after, words, width])].filter { $0.shape[0] > 0 })
        let windows = Tensor.concatenated((0..<kernel).map { padded[$0..<($0 + steps)] }, axis: 2)  // [C, U, K · W]
        return convolution(windows).masked(absent, value: -.infinity).maximum(axis: 0)
    }
}
