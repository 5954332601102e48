import Foundation
import SequiturFiles
import SequiturModels
import Testing

@Suite struct SafetensorsFileTests {
    @Test func readsTensorsAndMetadata() throws {
        let folder = try SafetensorsFolder()
        let header =
            "{\(entry("b", "BF16", "[2,0,5]", 24, 24)),\"__metadata__\":{\"format\":\"pt\",\"é\":\"\"}"
            + ",\(entry("w", "F32", "[2,3]", 0, 24)),\(entry("", "I8", "[]", 24, 25)),\(entry("f", "F4", "[3,2]", 25, 28))}    "
        try folder.put(safetensors(header, data: 28))
        let file = try folder.open()
        #expect(file.metadata == ["format": "pt", "é": ""])
        #expect(file.entries.map(\.name) == ["w", "b", "", "f"])
        #expect(file.entries.map(\.shape) == [[2, 3], [2, 0, 5], [], [3, 2]])
        #expect(file.entries.map(\.dtype) == [.float32, .bfloat16, .int8, .float4])
        #expect(file.entries.map(\.elementCount) == [6, 0, 1, 6])
        #expect(file.withBytes(of: file.entries[0]) { Array($0) } == Array(0..<24))
        #expect(file.withBytes(of: file.entries[1]) { $0.count } == 0)
        #expect(try file.withBytes(of: file.entry(named: "")) { Array($0) } == [24])
        #expect(try file.withBytes(of: file.entry(named: "f")) { Array($0) } == [25, 26, 27])
        #expect(file["none"] == nil)
        let error = #expect(throws: SafetensorsError.self) { try file.entry(named: "none") }
        #expect(error?.problem == .missingTensor(name: "none"))
    }

    @Test func aFileWithoutTensorsIsValid() throws {
        let folder = try SafetensorsFolder()
        try folder.put(safetensors("{}"))
        #expect(try folder.open().entries.isEmpty)
        try folder.put(safetensors(#"{"__metadata__":{}}  "#))
        #expect(try folder.open().metadata.isEmpty)
    }

    @Test func aMissingFileIsAFileError() throws {
        #expect(throws: FileError.self) { try SafetensorsFile(path: SafetensorsFolder().path + "/none") }
    }

    @Test func everyTypeHasItsWidth() throws {
        let folder = try SafetensorsFolder()
        for dtype in SafetensorsDType.allCases {
            let bytes = dtype.bits
            try folder.put(safetensors("{\(entry("t", dtype.rawValue, "[2,4]", 0, bytes))}", data: bytes))
            #expect(try folder.open()["t"]?.byteRange.count == bytes)
        }
    }

    /// Every prefix of a valid file is refused, and so is the file with anything after it.
    @Test func noCutAndNoAppendageGoesUnseen() throws {
        let folder = try SafetensorsFolder()
        let bytes = safetensors("{\(entry("a", "F32", "[2]", 0, 8)),\(entry("b", "U8", "[3]", 8, 11))}   ", data: 11)
        for end in bytes.indices {
            try folder.put(Array(bytes[..<end]))
            #expect(throws: SafetensorsError.self) { try folder.open() }
        }
        try folder.put(bytes + [0])
        #expect(throws: SafetensorsError.self) { try folder.open() }
        try folder.put(bytes)
        #expect(try folder.open().entries.count == 2)
    }

    @Test(.timeLimit(.minutes(10))) func aHundredThousandTensorsAreReadInLinearTime() throws {
        let folder = try SafetensorsFolder()
        let entries = (0..<100_000).map { entry("tensor \($0)", "U8", "[1]", $0, $0 + 1) }
        try folder.put(safetensors("{\(entries.reversed().joined(separator: ","))}", data: 100_000))
        let file = try folder.open()
        #expect(file.entries.count == 100_000)
        #expect(file["tensor 77777"]?.byteRange.lowerBound == file.entries[0].byteRange.lowerBound + 77_777)
    }
}
