import Foundation
import SequiturFiles
import Testing

/// Model folders that the tests of Models keep, and what is written of them.
enum ModelFolders {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("ModelsTests/Fixtures").path

    /// A model with what `transformers` computes of it, `expected.safetensors`.
    static func model(_ name: String) -> String { "\(fixtures)/Models/\(name)" }

    /// The files of a folder of sentence-transformers: the shared encoder, and over it a layout.
    static func sentences(_ layout: String, in folder: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for part in ["encoder", layout] {
            let source = "\(fixtures)/Sentences/\(part)"
            for file in try FileManager.default.subpathsOfDirectory(atPath: source) {
                guard let contents = try? Data(contentsOf: URL(fileURLWithPath: "\(source)/\(file)")) else { continue }
                files["\(folder)/\(file)"] = [UInt8](contents)
            }
        }
        return files
    }

    /// The texts of those folders, and the vectors that sentence-transformers makes of them.
    static func vectors(_ layout: String) throws -> (texts: [String], vectors: [[Double]]) {
        let texts = try JSONValue.parse(contentsOf: "\(fixtures)/Sentences/texts.json").array?.compactMap(\.string) ?? []
        let tensor = try #require(try tensors("\(fixtures)/Sentences/\(layout)/expected.safetensors")["embeddings"])
        let width = tensor.shape[1]
        return (texts, texts.indices.map { Array(tensor.values[($0 * width)..<(($0 + 1) * width)]) })
    }

    /// A tensor of a safetensors file, its numbers as they are.
    struct Values {
        let shape: [Int]
        let values: [Double]
    }

    /// Reads float32, int32 and int64, as the format describes them: 8 bytes of length, a JSON header, the data.
    static func tensors(_ path: String) throws -> [String: Values] {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        func number<Number: FixedWidthInteger>(at place: Int, _: Number.Type) -> Number {
            (0..<MemoryLayout<Number>.size).reduce(0) { $0 | Number(truncatingIfNeeded: bytes[place + $1]) << (8 * $1) }
        }
        let start = 8 + number(at: 0, Int.self)
        let header = try bytes[8..<start].withUnsafeBytes { try JSONValue.parse($0) }
        var found: [String: Values] = [:]
        for member in header.members ?? [] where member.key != "__metadata__" {
            let shape = try #require(member.value["shape"]?.array).compactMap(\.int)
            let first = try #require(member.value["data_offsets"]?.array?.first?.int) + start
            let count = shape.reduce(1, *)
            let values: [Double] =
                switch member.value["dtype"]?.string {
                case "F32": (0..<count).map { Double(Float(bitPattern: number(at: first + 4 * $0, UInt32.self))) }
                case "I32": (0..<count).map { Double(number(at: first + 4 * $0, Int32.self)) }
                case "I64": (0..<count).map { Double(number(at: first + 8 * $0, Int64.self)) }
                default: []
                }
            try #require(values.count == count, "\(member.key) of \(path)")
            found[member.key] = Values(shape: shape, values: values)
        }
        return found
    }
}
