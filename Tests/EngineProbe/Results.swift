import CSequiturKernels
import Foundation
import SequiturLayers
import SequiturTensors

/// Results of every kind of kernel, written to standard output as float32: name, count, elements.
enum Results {
    static func write(threads: Int) {
        Engine.requestedThreads = threads
        let results = Engine.run { elementwise() + reductions() + products() + recurrent() + structured() + transformer() }
        var bytes = Data("\(Processor.instructionSet), threads \(Processor.threadCount)\n".utf8)
        for (name, tensor) in results {
            let values = tensor.floats()
            bytes.append(Data("\(name) \(values.count)\n".utf8))
            values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        FileHandle.standardOutput.write(bytes)
    }

    private static let random = RandomStream(seed: 11)

    private static func elementwise() -> [(String, Tensor)] {
        let x = Tensor.uniform([301, 207], -6, 6, from: random.split("x")), positive = x.absolute() + 0.1
        let functions: [(String, (Tensor) -> Tensor)] = [
            ("exponential", { $0.exponential() }), ("tanh", { $0.hyperbolicTangent() }), ("sigmoid", { $0.sigmoid() }),
            ("sine", { $0.sine() }), ("gelu", { $0.gelu() }), ("geluTanh", { $0.geluTanh() }), ("softplus", { $0.softplus() }),
            ("silu", { $0.silu() }), ("erf", { $0.errorFunction() }),
        ]
        return functions.map { ($0.0, $0.1(x)) } + [
            ("logarithm", positive.logarithm()), ("power", positive.power(x * 0.3)), ("bfloat16", x.cast(to: .bfloat16)),
            ("broadcast", x * x[0] + x.sliced(axis: 1, 0..<1)), ("comparison", x.isLess(than: 0).cast(to: .float32)),
            ("dropped", x.dropped(rate: 0.4, keys: (0..<301).map { random.split("mask").bits($0) })),
            ("normal", .normal([50_000], from: random)), ("transposed", x.transposed()),
        ]
    }

    private static func reductions() -> [(String, Tensor)] {
        let x = Tensor.uniform([307, 211], -4, 5, from: random.split("y"))
        let ids = Tensor((0..<4_000).map { Int32($0 * $0 % 307) })
        return [
            ("sum", x.sum()), ("row sums", x.sum(axes: [1])), ("column sums", x.sum(axes: [0])), ("maxima", x.maximum(axis: 0)),
            ("softmax", x.softmax()), ("logSumExp", x.logSumExp()), ("argmax", x.argumentOfMaximum().cast(to: .float32)),
            ("rows", x.rows(ids)), ("long sum", x.rows(ids).sum()),
            ("loss", x.crossEntropy(Tensor((0..<307).map { Int32($0 % 211) })).sum),
            ("row gradient", valueWithGradients(of: [x]) { $0[0].rows(ids).squared().sum() }.gradients[0]),
        ]
    }

    private static func products() -> [(String, Tensor)] {
        let a = Tensor.normal([5, 70, 65], from: random.split("a")), b = Tensor.normal([5, 65, 33], from: random.split("b"))
        return [Precision.float32, .bfloat16].flatMap { (precision: Precision) in
            withContext(precision: precision) {
                let (_, gradients) = valueWithGradients(of: [a, b]) { $0[0].matrixProduct($0[1]).squared().sum() }
                return [("product", a.matrixProduct(b)), ("product gradient", gradients[0]), ("other gradient", gradients[1])]
                    .map { ("\($0.0) in \(precision)", $0.1) }
            }
        }
    }

    private static func recurrent() -> [(String, Tensor)] {
        let model = SmallModel(vocabulary: 53, width: 40)
        let list = model.parameters()
        return [Precision.float32, .bfloat16].flatMap { (precision: Precision) in
            withContext(.training, random: random, precision: precision) {
                let (loss, gradients) = valueWithGradients(of: list) { model.loss(steps: 9, rows: 6) }
                return [("loss in \(precision)", loss), ("gradients in \(precision)", gradients.flat)]
            }
        }
    }
}
