import Foundation
import SequiturFiles
import SequiturModels
import Testing

/// One file for each way of being malformed, and the error that must tell it from the others.
@Suite struct SafetensorsMalformedTests {
    typealias Problem = SafetensorsError.Problem

    private func expect(_ bytes: [UInt8], _ problem: Problem, _ location: SourceLocation = #_sourceLocation) throws {
        let folder = try SafetensorsFolder()
        try folder.put(bytes)
        let error = #expect(throws: SafetensorsError.self, sourceLocation: location) { try folder.open() }
        #expect(error == SafetensorsError(problem, action: .read, path: folder.file), sourceLocation: location)
        let line = error?.description ?? ""
        #expect(line.hasPrefix("cannot read '\(folder.file)': ") && line.contains("; "), sourceLocation: location)
        #expect(!line.contains(where: \.isNewline) && line.utf8.count < 1000, sourceLocation: location)
    }

    private func length(_ length: UInt64) -> [UInt8] { withUnsafeBytes(of: length.littleEndian) { Array($0) } }

    @Test func fileTooShort() throws {
        for count in 0..<8 { try expect([UInt8](repeating: 0, count: count), .fileTooShort(count: count)) }
    }

    @Test(arguments: [100_000_001, 1 << 32, UInt64(Int64.max) - 7, UInt64(Int64.max), UInt64.max - 7, UInt64.max])
    func headerTooLarge(announced: UInt64) throws {
        try expect(length(announced) + Array("{}".utf8), .headerTooLarge(length: announced))
    }

    @Test func headerBeyondFile() throws {
        try expect(length(3) + Array("{}".utf8), .headerBeyondFile(length: 3, fileSize: 10))
        try expect(length(100_000_000) + Array("{}".utf8), .headerBeyondFile(length: 100_000_000, fileSize: 10))
    }

    @Test func headerEmptyOrWithAnotherBeginning() throws {
        try expect(length(0), .headerEmpty)
        try expect(length(0) + [0, 0, 0, 0], .headerEmpty)
        try expect(safetensors(" {}"), .headerStart(byte: 0x20))
        try expect(safetensors("[]"), .headerStart(byte: 0x5B))
    }

    @Test func byteOrderMarkAndWideText() throws {
        try expect(safetensors("\u{FEFF}{}"), .headerStart(byte: 0xEF))
        try expect(safetensors([0xFF, 0xFE, 0x7B, 0, 0x7D, 0]), .headerStart(byte: 0xFF))
        try expect(
            safetensors([0x7B, 0, 0x7D, 0]),
            .headerNotJSON(JSONError(.unexpectedByte(0, expected: "a key in quotation marks"), at: 1)))
    }

    @Test func headerNotUTF8() throws {
        try expect(safetensors(Array(#"{"a"#.utf8) + [0xC3, 0x28] + Array(#"":{}}"#.utf8)), .headerNotUTF8(offset: 3))
    }

    @Test func headerNotJSON() throws {
        try expect(safetensors(#"{"a":"#), .headerNotJSON(JSONError(.unexpectedEnd(expected: "a value"), at: 5)))
        try expect(safetensors("{}\0\0"), .headerNotJSON(JSONError(.unexpectedByte(0, expected: "the end of the text"), at: 2)))
        try expect(safetensors("{} {}"), .headerNotJSON(JSONError(.unexpectedByte(0x7B, expected: "the end of the text"), at: 3)))
        try expect(safetensors(#"{"a":{"b":[[]]}}"#), .headerNotJSON(JSONError(.tooDeep(limit: 3), at: 11)))
        let deep = "{\"a\":" + String(repeating: "[", count: 1_000_000)
        try expect(safetensors(deep), .headerNotJSON(JSONError(.tooDeep(limit: 3), at: 7)))
    }

    @Test func moreValuesThanAHeaderCanNeed() throws {
        let header = "{\"a\":[" + String(repeating: "0,", count: 100_000) + "0]}"
        let limit = 1024 + header.utf8.count / 4
        try expect(safetensors(header), .headerNotJSON(JSONError(.tooManyValues(limit: limit), at: 6 + 2 * (limit - 2))))
    }

    @Test(arguments: ["{}\n", "{}\t ", "{} \r  "]) func headerPadding(header: String) throws {
        let last = header.utf8.count - 1 - header.utf8.reversed().prefix { $0 == 0x20 }.count
        try expect(safetensors(header), .headerPadding(offset: last))
    }

    @Test func duplicateKeys() throws {
        let tensor = entry("a", "U8", "[1]", 0, 1)
        try expect(safetensors("{\(tensor),\(tensor)}", data: 1), .duplicateKey("a", offset: 2 + tensor.utf8.count))
        try expect(
            safetensors(#"{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}"#, data: 1),
            .duplicateKey("shape", offset: 31))
        try expect(safetensors(#"{"__metadata__":{"x":"1","\u0078":"2"}}"#), .duplicateKey("x", offset: 25))
        try expect(safetensors(#"{"__metadata__":{},"__metadata__":{}}"#), .duplicateKey("__metadata__", offset: 19))
    }

    @Test func keysThatAreEqualToUnicodeOnly() throws {
        let header = "{\(entry("\u{E9}", "U8", "[1]", 0, 1)),\(entry("e\u{301}", "U8", "[1]", 1, 2))}"
        try expect(safetensors(header, data: 2), .equivalentKeys("e\u{301}"))
        try expect(safetensors("{\"__metadata__\":{\"\u{E9}\":\"\",\"e\u{301}\":\"\"}}"), .equivalentKeys("e\u{301}"))
    }

    @Test func metadataNotText() throws {
        for value in ["null", "[]", "\"text\"", "1"] {
            try expect(safetensors("{\"__metadata__\":\(value)}"), .metadataNotText(key: nil))
            if value != "\"text\"" { try expect(safetensors("{\"__metadata__\":{\"a\":\(value)}}"), .metadataNotText(key: "a")) }
        }
    }

    @Test func entriesWithTheWrongFields() throws {
        try expect(safetensors(#"{"a":[0,1]}"#), .entryNotObject(name: "a", kind: "an array"))
        try expect(safetensors(#"{"a":{"shape":[],"data_offsets":[0,1]}}"#), .missingField(name: "a", field: "dtype"))
        try expect(safetensors(#"{"a":{"dtype":"U8","data_offsets":[0,1]}}"#), .missingField(name: "a", field: "shape"))
        try expect(safetensors(#"{"a":{"dtype":"U8","shape":[]}}"#), .missingField(name: "a", field: "data_offsets"))
        try expect(
            safetensors(#"{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"strides":[1]}}"#, data: 1),
            .unknownField(name: "a", field: "strides"))
        try expect(safetensors("{\(entry("a", "f32", "[1]", 0, 4))}", data: 4), .unknownDType(name: "a", dtype: "f32"))
        try expect(safetensors(#"{"a":{"dtype":7,"shape":[],"data_offsets":[0,1]}}"#), .unknownDType(name: "a", dtype: "7"))
    }

    @Test(arguments: [
        "null", "4", "[-1]", "[1.0]", "[1e0]", "[\"1\"]", "[9223372036854775808]", "[18446744073709551617]", "[null]", "{}",
    ])
    func invalidShapesAndOffsets(value: String) throws {
        try expect(safetensors("{\(entry("a", "U8", value, 0, 1))}", data: 1), .invalidShape(name: "a"))
        try expect(
            safetensors(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":\#(value)}}"#, data: 1), .invalidOffsets(name: "a"))
    }

    @Test(arguments: ["[]", "[0]", "[0,1,1]", "[0,-1]"]) func offsetsThatAreNotTwo(value: String) throws {
        try expect(
            safetensors(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":\#(value)}}"#, data: 1), .invalidOffsets(name: "a"))
    }

    /// The first shape's product wraps to 4 in 64 bits: a reader that does not check would accept 16 bytes of data.
    @Test(arguments: [
        [4_194_305, 4_194_305, 211_106_198_978_564], [Int.max, 2], [1 << 61, 1], [Int.max], [1 << 32, 1 << 32, 0],
    ])
    func sizeOverflow(shape: [Int]) throws {
        try expect(
            safetensors("{\(entry("a", "F32", "\(shape)", 0, 16))}", data: 16),
            .sizeOverflow(name: "a", shape: shape, dtype: .float32))
    }

    @Test func sizesThatDoNotFit() throws {
        try expect(
            safetensors("{\(entry("a", "F4", "[3]", 0, 2))}", data: 2), .sizeNotWholeBytes(name: "a", shape: [3], dtype: .float4))
        try expect(
            safetensors("{\(entry("a", "F32", "[2,3]", 0, 20))}", data: 20), .sizeMismatch(name: "a", expected: 24, found: 20))
        try expect(safetensors("{\(entry("a", "F32", "[]", 0, 0))}"), .sizeMismatch(name: "a", expected: 4, found: 0))
        try expect(safetensors("{\(entry("a", "U8", "[1]", 1, 0))}", data: 1), .offsetsReversed(name: "a", begin: 1, end: 0))
    }

    @Test func holesAndOverlaps() throws {
        let first = entry("a", "U8", "[4]", 0, 4)
        try expect(safetensors("{\(entry("a", "U8", "[4]", 4, 8))}", data: 8), .hole(name: "a", begin: 4, previousEnd: 0))
        try expect(
            safetensors("{\(first),\(entry("b", "U8", "[2]", 6, 8))}", data: 8), .hole(name: "b", begin: 6, previousEnd: 4))
        try expect(
            safetensors("{\(first),\(entry("b", "U8", "[4]", 2, 6))}", data: 6), .overlap(name: "b", begin: 2, previousEnd: 4))
        try expect(
            safetensors("{\(first),\(entry("b", "U8", "[4]", 0, 4))}", data: 4), .overlap(name: "b", begin: 0, previousEnd: 4))
        try expect(
            safetensors("{\(first),\(entry("b", "U8", "[0]", 2, 2))}", data: 4), .overlap(name: "b", begin: 2, previousEnd: 4))
    }

    /// Data that no tensor owns, where a second file format could hide.
    @Test func polyglots() throws {
        try expect(safetensors("{}", data: 10), .dataAfterTensors(expected: 0, found: 10))
        try expect(safetensors("{\(entry("a", "U8", "[4]", 0, 4))}", data: 5), .dataAfterTensors(expected: 4, found: 5))
    }

    @Test func dataTruncated() throws {
        try expect(safetensors("{\(entry("a", "U8", "[4]", 0, 4))}", data: 3), .dataTruncated(expected: 4, found: 3))
        let huge = Int.max / 8 * 8
        try expect(
            safetensors("{\(entry("a", "U8", "[\(huge / 8)]", 0, huge / 8))}"), .dataTruncated(expected: huge / 8, found: 0))
        let begin = Int.max - 3
        try expect(safetensors("{\(entry("a", "U8", "[3]", begin, begin + 3))}"), .dataTruncated(expected: Int.max, found: 0))
    }

    @Test func otherFormatsAreCalledByTheirNames() throws {
        try expect(Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".utf8), .otherFormat(.gitLFSPointer))
        try expect([0x50, 0x4B, 0x03, 0x04] + [UInt8](repeating: 1, count: 40), .otherFormat(.zipArchive))
        try expect([0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9], .otherFormat(.pickle))
        try expect(Array("GGUF".utf8) + [3, 0, 0, 0, 0], .otherFormat(.gguf))
    }

    @Test func hostileNamesCannotBreakTheLine() throws {
        let name = "\u{1B}[2J\u{202E}" + String(repeating: "x", count: 100_000)
        let header =
            #"{"\u001b[2J\#u{202E}\#(String(repeating: "x", count: 100_000))\n":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}}"#
        try expect(safetensors(header, data: 1), .sizeMismatch(name: name + "\n", expected: 2, found: 1))
    }
}
