import Foundation
import SequiturFiles
import SequiturGeneration
import SequiturModels
import Testing

/// What transformers made of a model's scores under some settings: a file of Tools/make_generation_fixtures.py.
struct TransformersFixture: Sendable, CustomTestStringConvertible {
    let path: String

    var testDescription: String { URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent }

    /// All files of the folder Fixtures beside this one.
    static let all: [TransformersFixture] = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".safetensors") }.sorted().map {
            TransformersFixture(path: folder.appendingPathComponent($0).path)
        }
    }()

    struct Row {
        var scores: [Float]
        var history: [Int32]
        var expectedScores: [Float]
        var expectedProbabilities: [Float]
    }

    func rows() throws -> [Row] {
        let file = try SafetensorsFile(path: path)
        func rows<Element>(_ name: String, as type: Element.Type) throws -> [[Element]] {
            let entry = try file.entry(named: name)
            let (count, width) = (entry.shape[0], entry.shape[1])
            return file.withBytes(of: entry) { bytes in
                (0..<count).map { row in
                    (0..<width).map {
                        bytes.loadUnaligned(fromByteOffset: (row * width + $0) * MemoryLayout<Element>.size, as: Element.self)
                    }
                }
            }
        }
        let scores = try rows("input.scores", as: Float.self)
        let histories = try rows("input.history", as: Int32.self)
        let expected = try rows("output.scores", as: Float.self)
        let probabilities = try rows("output.probabilities", as: Float.self)
        return scores.indices.map {
            Row(
                scores: scores[$0], history: histories[$0], expectedScores: expected[$0], expectedProbabilities: probabilities[$0]
            )
        }
    }

    func settings() throws -> GenerationSettings {
        var settings = GenerationSettings()
        for (key, value) in try SafetensorsFile(path: path).metadata {
            switch key {
            case "repetition_penalty": settings.repetitionPenalty = try #require(Double(value))
            case "temperature": settings.temperature = try #require(Double(value))
            case "top_k": settings.topK = try #require(Int(value))
            case "top_p": settings.topP = try #require(Double(value))
            case "greedy": settings.greedy = value == "true"
            default: Issue.record("\(path): unknown setting \(key)")
            }
        }
        return settings
    }
}
