import Foundation
import SequiturFiles
import SequiturModels
import SequiturTensors
import Testing

/// Weights in one file or in several, as model folders have them.
@Suite struct WeightFilesTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "weights-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }

    private func shards(in folder: String) throws {
        try Checkpoint.write(
            [("a", Tensor([1, 2, 3] as [Float], shape: [3])), ("b", Tensor([4] as [Float], shape: [1, 1]))],
            to: folder + "/one.safetensors")
        try Checkpoint.write([("c", Tensor([5, 6] as [Float], shape: [2]))], to: folder + "/two.safetensors")
    }

    @Test func oneFileNeedsNoIndex() throws {
        try Engine.run {
            try withFolder { folder in
                try Checkpoint.write([("a", Tensor([1, 2, 3] as [Float], shape: [3]))], to: folder + "/model.safetensors")
                let weights = try WeightFiles(folder: folder)
                #expect(weights.entries.map(\.name) == ["a"] && weights["b"] == nil)
                #expect(try weights.tensor(named: "a").floats() == [1, 2, 3])
                #expect(throws: SafetensorsError.self) { try weights.tensor(named: "b") }
            }
        }
    }

    @Test func theIndexSaysWhereTensorsAre() throws {
        try Engine.run {
            try withFolder { folder in
                try shards(in: folder)
                try write(
                    #"{"metadata":{"total_size":24},"weight_map":{"a":"one.safetensors","b":"one.safetensors","c":"two.safetensors"}}"#,
                    to: folder + "/model.safetensors.index.json")
                let weights = try WeightFiles(folder: folder)
                #expect(Set(weights.entries.map(\.name)) == ["a", "b", "c"])
                #expect(try weights.tensor(named: "c").floats() == [5, 6])
                #expect(try weights.tensor(named: "b").shape == [1, 1])
            }
        }
    }

    /// Every malformed index is an error that says what is wrong with it.
    @Test(arguments: [
        (#"[]"#, "weight_map"), (#"{"metadata":{}}"#, "weight_map"), (#"{"weight_map":{}}"#, "empty"),
        (#"{"weight_map":{"a":3}}"#, "name of a file"), (#"{"weight_map":{"a":"../one.safetensors"}}"#, "same folder"),
        (#"{"weight_map":{"a":"/etc/passwd"}}"#, "same folder"), (#"{"weight_map":{"a":"one.bin"}}"#, "same folder"),
        (#"{"weight_map":{"a":"one.safetensors","c":"two.safetensors"}}"#, "nothing of it"),
        (#"{"weight_map":{"a":"one.safetensors","b":"two.safetensors","c":"two.safetensors"}}"#, "says it is in two"),
        (#"{"weight_map":{"a":"one.safetensors","b":"one.safetensors","d":"one.safetensors"}}"#, "does not have it"),
        (#"{"weight_map":{"a":"three.safetensors"}}"#, "three.safetensors"), (#"{"weight_map":{"a":"one.safetensors""#, "JSON"),
    ]) func malformedIndicesAreRefused(_ index: String, _ expected: String) throws {
        try Engine.run {
            try withFolder { folder in
                try shards(in: folder)
                try write(index, to: folder + "/model.safetensors.index.json")
                let error = #expect(throws: (any Error).self) { try WeightFiles(folder: folder) }
                let message = error.map { "\($0)" } ?? ""
                #expect(message.contains(expected) && message.contains(folder) && !message.contains("\n"), "\(message)")
            }
        }
    }

    @Test func foldersOfOtherFormatsAreRefused() throws {
        try withFolder { folder in
            try write("x", to: folder + "/pytorch_model.bin")
            let error = #expect(throws: FileError.self) { try WeightFiles(folder: folder) }
            #expect(error?.description.contains("convert the weights to safetensors") == true)
        }
    }

    /// float16 at its corners, and 64-bit integers that fit and that do not.
    @Test func halfAndLongNumbersAreWidened() throws {
        try Engine.run {
            try withFolder { folder in
                let halves: [(UInt16, Float)] = [
                    (0x3c00, 1), (0xc000, -2), (0x0001, 5.9604645e-8), (0x83ff, -6.097555e-5), (0x0400, 6.1035156e-5),
                    (0x7bff, 65504), (0x3555, 0.33325195), (0x7c00, .infinity), (0xfc00, -.infinity), (0x0000, 0),
                ]
                func save(_ longs: [Int64]) throws {
                    try SafetensorsWriter.write(
                        [
                            .init(name: "halves", dtype: .float16, shape: [halves.count]) { writer in
                                try halves.map(\.0.littleEndian).withUnsafeBytes { try writer.write($0) }
                            },
                            .init(name: "longs", dtype: .int64, shape: [longs.count]) { writer in
                                try longs.map(\.littleEndian).withUnsafeBytes { try writer.write($0) }
                            },
                        ], to: folder + "/model.safetensors")
                }
                try save([-3, 1 << 30])
                let weights = try WeightFiles(folder: folder)
                #expect(try weights.tensor(named: "halves").floats() == halves.map(\.1))
                #expect(try weights.tensor(named: "longs").int32s() == [-3, 1 << 30])
                try save([1 << 40])
                #expect(throws: CheckpointError.self) { try WeightFiles(folder: folder).tensor(named: "longs") }
            }
        }
    }
}
