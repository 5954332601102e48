import Foundation
import SequiturFiles
import SequiturModels
import Testing

@Suite struct SafetensorsWriterTests {
    typealias Tensor = SafetensorsWriter.Tensor

    private func random(_ name: String) -> (tensor: Tensor, bytes: [UInt8]) {
        let dtype = SafetensorsDType.allCases.randomElement()!
        // Extents of four and more times two keep packed types on whole bytes.
        let shape = [4] + (0..<Int.random(in: 0..<4)).map { _ in Int.random(in: 0..<6) }
        let bytes = (0..<shape.reduce(1, *) * dtype.bits / 8).map { _ in UInt8.random(in: 0...255) }
        return (Tensor(name: name, dtype: dtype, shape: shape, bytes: bytes), bytes)
    }

    @Test func randomTensorsReadBackTheSame() throws {
        let folder = try SafetensorsFolder()
        for round in 0..<100 {
            let names = Set(
                (0..<Int.random(in: 0..<12)).map { _ in
                    ["a", "b.weight", "é", "\"", "\n", "", "😀"].randomElement()! + "\(Int.random(in: 0..<30))"
                })
            let samples = names.map { (name: $0, random($0)) }
            let metadata = round.isMultiple(of: 2) ? ["round": "\(round)", "text": "\"\u{0}é\n"] : [:]
            try SafetensorsWriter.write(samples.map(\.1.tensor), metadata: metadata, to: folder.file)
            let file = try folder.open()
            #expect(file.metadata == metadata)
            #expect(file.entries.count == samples.count)
            for (name, sample) in samples {
                let entry = try file.entry(named: name)
                #expect(entry.dtype == sample.tensor.dtype && entry.shape == sample.tensor.shape)
                #expect(file.bytes(of: entry).elementsEqual(sample.bytes))
                #expect(entry.byteRange.lowerBound.isMultiple(of: max(1, entry.dtype.bits / 8)), "aligned")
            }
            let before = folder.contents
            try SafetensorsWriter.write(samples.map(\.1.tensor).shuffled(), metadata: metadata, to: folder.file)
            #expect(folder.contents == before, "the order of the tensors does not matter")
        }
    }

    /// The very bytes that the reference implementation writes for these tensors (safetensors 0.8.0 of Python).
    @Test func writesTheSameBytesAsTheReference() throws {
        let folder = try SafetensorsFolder()
        try SafetensorsWriter.write([], to: folder.file)
        #expect(folder.contents == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
        try SafetensorsWriter.write([], metadata: ["framework": "pt"], to: folder.file)
        #expect(folder.contents == safetensors(#"{"__metadata__":{"framework":"pt"}}     "#))
        let tensors = [
            Tensor(name: "b", dtype: .bool, shape: [2], bytes: [0, 1]),
            Tensor(name: "a", dtype: .float32, shape: [1], bytes: [0, 0, 128, 63]),
            Tensor(name: "h", dtype: .int64, shape: [1], bytes: [7, 0, 0, 0, 0, 0, 0, 0]),
            Tensor(name: "z", dtype: .bfloat16, shape: [], bytes: [128, 63]),
            Tensor(name: "e", dtype: .float32, shape: [0, 3], bytes: []),
            Tensor(name: "q\n\u{1}\"\u{7F}", dtype: .float8E4M3, shape: [2], bytes: [1, 2]),
            Tensor(name: "B", dtype: .bool, shape: [], bytes: [1]),
        ]
        try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: folder.file)
        let header =
            #"{"__metadata__":{"format":"pt"},"h":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"#
            + #""a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"e":{"dtype":"F32","shape":[0,3],"data_offsets":[12,12]},"#
            + #""z":{"dtype":"BF16","shape":[],"data_offsets":[12,14]},"q\n\u0001\"\#u{7F}":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[14,16]},"#
            + #""B":{"dtype":"BOOL","shape":[],"data_offsets":[16,17]},"b":{"dtype":"BOOL","shape":[2],"data_offsets":[17,19]}}"#
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        #expect(folder.contents == safetensors(padded) + [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 63, 128, 63, 1, 2, 1, 0, 1])
    }

    @Test func aFileCanBeOverwrittenWhileItIsMapped() throws {
        let folder = try SafetensorsFolder()
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        try SafetensorsWriter.write([Tensor(name: "a", dtype: .uint8, shape: [300_000], bytes: bytes)], to: folder.file)
        let file = try folder.open()
        let entry = try file.entry(named: "a")
        let copy = Tensor(name: "copy", dtype: .uint8, shape: [2, 150_000]) { writer in
            try file.withBytes(of: entry) { try writer.write($0) }
        }
        try SafetensorsWriter.write([copy], to: folder.file)
        #expect(file.bytes(of: entry).elementsEqual(bytes))
        let new = try folder.open()
        #expect(try new.bytes(of: new.entry(named: "copy")).elementsEqual(bytes))
    }

    @Test func tensorsThatDoNotFitAreRefused() throws {
        let folder = try SafetensorsFolder()
        func expect(_ tensors: [Tensor], _ problem: SafetensorsError.Problem, _ location: SourceLocation = #_sourceLocation) {
            let error = #expect(throws: SafetensorsError.self, sourceLocation: location) {
                try SafetensorsWriter.write(tensors, to: folder.file)
            }
            #expect(error == SafetensorsError(problem, action: .write, path: folder.file), sourceLocation: location)
            #expect(error?.description.hasPrefix("cannot write '") == true, sourceLocation: location)
        }
        let good = Tensor(name: "a", dtype: .uint8, shape: [2], bytes: [1, 2])
        try SafetensorsWriter.write([good], to: folder.file)
        let before = folder.contents
        expect([good, good], .duplicateName("a"))
        expect([good, Tensor(name: "__metadata__", dtype: .uint8, shape: [], bytes: [1])], .reservedName)
        expect([Tensor(name: "a", dtype: .float32, shape: [2], bytes: [1, 2])], .sizeMismatch(name: "a", expected: 8, found: 2))
        expect([Tensor(name: "a", dtype: .uint8, shape: [2], bytes: [1, 2, 3])], .sizeMismatch(name: "a", expected: 2, found: 3))
        expect([Tensor(name: "a", dtype: .uint8, shape: [-1], bytes: [])], .sizeOverflow(name: "a", shape: [-1], dtype: .uint8))
        expect(
            [Tensor(name: "a", dtype: .float6E2M3, shape: [2], bytes: [])],
            .sizeNotWholeBytes(name: "a", shape: [2], dtype: .float6E2M3))
        let half = Tensor(name: "a", dtype: .uint8, shape: [Int.max / 8], bytes: [])
        expect((0..<9).map { Tensor(name: "\($0)", dtype: .uint8, shape: half.shape, bytes: []) }, .totalOverflow)
        let long = String(repeating: "x", count: SafetensorsHeader.limit)
        // {"x…":{"dtype":"U8","shape":[],"data_offsets":[0,1]}} has 52 bytes more than the name; then come the spaces.
        expect(
            [Tensor(name: long, dtype: .uint8, shape: [], bytes: [1])],
            .headerTooLargeToWrite(length: SafetensorsHeader.limit + 56))
        #expect(folder.contents == before)
        #expect(try folder.names == ["model.safetensors"])
    }

    @Test(arguments: [ENOSPC, EIO]) func noFailingOperationLosesTheOldFile(code: Int32) throws {
        let folder = try SafetensorsFolder()
        try SafetensorsWriter.write([Tensor(name: "old", dtype: .uint8, shape: [2], bytes: [1, 2])], to: folder.file)
        let old = folder.contents
        let new = Tensor(name: "new", dtype: .uint8, shape: [600_000], bytes: [UInt8](repeating: 3, count: 600_000))
        for operation in [FileOperation.create, .write, .synchronize, .close, .rename] {
            let fault = FaultInjection { $0 == operation ? code : nil }
            let error = #expect(throws: FileError.self) {
                try FaultInjection.$current.withValue(fault) { try SafetensorsWriter.write([new], to: folder.file) }
            }
            #expect(error?.code == code)
            #expect(folder.contents == old)
            #expect(try folder.names == ["model.safetensors"])
        }
        try SafetensorsWriter.write([new], to: folder.file)
        #expect(try folder.open().entries.map(\.name) == ["new"])
    }
}
