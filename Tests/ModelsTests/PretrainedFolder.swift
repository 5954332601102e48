import Foundation
import SequiturFiles
import SequiturModels
import SequiturTensors
import Testing

/// A model folder with what `transformers` computes of it, `expected.safetensors`, made by Tools/make_model_fixtures.py.
struct PretrainedFolder: Sendable, CustomTestStringConvertible {
    let path: String

    var testDescription: String { (path as NSString).lastPathComponent }

    /// Those that come with the tests, and those of the folder that `SEQUITUR_MODELS` names.
    static let all: [PretrainedFolder] = {
        let own = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/Models").path
        let others = ProcessInfo.processInfo.environment["SEQUITUR_MODELS"]
        return [own, others].compactMap { $0 }.flatMap { parent in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
            return names.sorted().map { "\(parent)/\($0)" }
                .filter { FileManager.default.fileExists(atPath: $0 + "/expected.safetensors") }.map(PretrainedFolder.init)
        }
    }()

    static func named(_ name: String) -> PretrainedFolder {
        all.first { $0.testDescription == name } ?? PretrainedFolder(path: name)
    }

    /// The tensors of `expected.safetensors`, [B, T, …].
    func expected() throws -> [String: Tensor] {
        let file = try SafetensorsFile(path: path + "/expected.safetensors")
        return try Dictionary(
            uniqueKeysWithValues: file.entries.map { ($0.name, try Checkpoint.tensor(named: $0.name, in: file)) })
    }
}

extension Tensor {
    /// [B, T, …] as [T, B, …] and back.
    var swapped: Tensor {
        let axes = [1, 0] + Array(2..<max(2, rank))
        return dtype == .float32 ? transposed(axes) : cast(to: .float32).transposed(axes).cast(to: dtype)
    }
}
