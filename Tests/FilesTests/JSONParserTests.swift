import Foundation
import SequiturFiles
import Testing

@Suite struct JSONParserTests {
    @Test func readsEveryKindOfValue() throws {
        let text = #" { "a" : null , "b":[true,false,[ ],{}], "c": -12.5e-1, "d":"x", "" : 0 } "#
        let value = try JSONValue.parse(text)
        #expect(value == ["a": nil, "b": [true, false, [], [:]], "c": -1.25, "d": "x", "": 0])
        #expect(value.members?.map(\.key) == ["a", "b", "c", "d", ""])
        #expect(value["c"]?.double == -1.25)
        #expect(value["b"]?.array?.count == 4)
        #expect(value["none"] == nil)
    }

    @Test(
        arguments: [
            ("0", .integer(0)), ("-0", .integer(0)), ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            ("-9223372036854775809", .number(-9_223_372_036_854_775_808)),
            ("1000000000000000019884624838656", .number(1e30)), ("1.0", .number(1)), ("1E2", .number(100)),
            ("5e-324", .number(.leastNonzeroMagnitude)),
            ("0.1", .number(0.1)), ("1e-400", .number(0)), ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
            ("9007199254740993.0", .number(9_007_199_254_740_992)),
        ] as [(String, JSONValue)])
    func numbersAreExactOrRounded(text: String, value: JSONValue) throws {
        #expect(try JSONValue.parse(text) == value)
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC\ud83d\uDE00\u0000""#, "Aé€😀\u{0}"),
        (#""é€😀 \u007f""#, "é€😀 \u{7F}"), ("\"\u{FFFE}\u{2028}\"", "\u{FFFE}\u{2028}"),
    ])
    func stringsAreDecoded(text: String, value: String) throws {
        #expect(try JSONValue.parse(text) == .string(value))
    }

    @Test(
        arguments: [
            ("", .unexpectedEnd(expected: "a value"), 0), ("  ", .unexpectedEnd(expected: "a value"), 2),
            ("[1,]", .unexpectedByte(0x5D, expected: "a value"), 3), ("[1 2]", .unexpectedByte(0x32, expected: "',' or ']'"), 3),
            (#"{"a":1,}"#, .unexpectedByte(0x7D, expected: "a key in quotation marks"), 7),
            ("{a:1}", .unexpectedByte(0x61, expected: "a key in quotation marks"), 1),
            (#"{"a" 1}"#, .unexpectedByte(0x31, expected: "':'"), 5), (#"{"a":1"#, .unexpectedEnd(expected: "',' or '}'"), 6),
            ("1 1", .unexpectedByte(0x31, expected: "the end of the text"), 2),
            ("01", .unexpectedByte(0x31, expected: "the end of the text"), 1),
            ("+1", .unexpectedByte(0x2B, expected: "a value"), 0), ("-", .unexpectedEnd(expected: "a digit"), 1),
            ("1.", .unexpectedEnd(expected: "a digit"), 2), (".5", .unexpectedByte(0x2E, expected: "a value"), 0),
            ("1e+", .unexpectedEnd(expected: "a digit"), 3), ("1ee1", .unexpectedByte(0x65, expected: "a digit"), 2),
            ("0x1", .unexpectedByte(0x78, expected: "the end of the text"), 1), ("1e400", .numberOutOfRange, 0),
            ("NaN", .unexpectedByte(0x4E, expected: "a value"), 0), ("-Infinity", .unexpectedByte(0x49, expected: "a digit"), 1),
            ("nul", .unexpectedEnd(expected: "'null'"), 3), ("tRue", .unexpectedByte(0x52, expected: "'true'"), 1),
            ("'a'", .unexpectedByte(0x27, expected: "a value"), 0), ("\"a\nb\"", .controlCharacter(0x0A), 2),
            (#""\n"#, .unexpectedEnd(expected: "the end of a string"), 3),
            (#"""#, .unexpectedEnd(expected: "the end of a string"), 1),
            (#""\x""#, .invalidEscape, 1), (#""\u12g4""#, .unexpectedByte(0x67, expected: "a hexadecimal digit"), 5),
            (#""\ud800""#, .loneSurrogate, 1), (#""\ud800\u0041""#, .loneSurrogate, 1), (#""a\udc00""#, .loneSurrogate, 2),
            (#"{"k":1,"\u006b":2}"#, .duplicateKey("k"), 7), (#"[{"x":{"k":1,"k":1}}]"#, .duplicateKey("k"), 13),
            ("\u{FEFF}1", .byteOrderMark, 0), ("// x", .unexpectedByte(0x2F, expected: "a value"), 0),
            ("[1\u{A0}]", .unexpectedByte(0xC2, expected: "',' or ']'"), 2),
        ] as [(String, JSONError.Problem, Int)])
    func malformedTextIsRefusedWithItsOffset(text: String, problem: JSONError.Problem, offset: Int) {
        #expect(throws: JSONError(problem, at: offset)) { try JSONValue.parse(text) }
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        let latin = Array(#"{"caf"#.utf8) + [0xE9, 0x22, 0x7D]
        #expect(throws: JSONError(.invalidUTF8, at: 5)) { try latin.withUnsafeBytes { try JSONValue.parse($0) } }
        let wide = [UInt8(ascii: "1"), 0]
        #expect(throws: JSONError.self) { try wide.withUnsafeBytes { try JSONValue.parse($0) } }
    }

    /// Swift's `String` calls these keys equal; they are different bytes, hence different keys.
    @Test func keysAreComparedByTheirBytes() throws {
        let value = try JSONValue.parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value["\u{E9}"]?.int == 1)
        #expect(value["e\u{301}"]?.int == 2)
        #expect(JSONValue.string("\u{E9}") != JSONValue.string("e\u{301}"))
    }

    @Test(arguments: [7, 8, 9, 10, 1000]) func duplicatesAreFoundAmongManyKeys(count: Int) throws {
        let members = (0..<count).map { "\"key \($0)\":\($0)" }
        #expect(try JSONValue.parse("{\(members.joined(separator: ","))}").members?.count == count)
        for repeated in [0, count / 2, count - 1] {
            let text = "{\((members + ["\"key \(repeated)\":0"]).joined(separator: ","))}"
            let error = #expect(throws: JSONError.self) { try JSONValue.parse(text) }
            #expect(error?.problem == .duplicateKey("key \(repeated)"))
        }
    }

    @Test func depthAndNumberOfValuesAreLimited() throws {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(try JSONValue.parse(nested(128)).array?.count == 1)
        #expect(throws: JSONError(.tooDeep(limit: 128), at: 128)) { try JSONValue.parse(nested(129)) }
        #expect(throws: JSONError(.tooDeep(limit: 512), at: 512)) {
            try JSONValue.parse(String(repeating: "[", count: 1_000_000), limits: JSONLimits(depth: .max))
        }
        #expect(try JSONValue.parse("[1,2]", limits: JSONLimits(values: 3)) == [1, 2])
        #expect(throws: JSONError(.tooManyValues(limit: 3), at: 5)) {
            try JSONValue.parse("[1,2,3]", limits: JSONLimits(values: 3))
        }
        #expect(throws: JSONError(.numberTooLong(limit: 1024), at: 1)) {
            try JSONValue.parse("[0." + String(repeating: "1", count: 100_000) + "]")
        }
    }

    @Test func everyCutAndEveryChangedByteEndsInAValueOrAnError() throws {
        let text = Array(
            #"{"__metadata__":{"a\u00e9":"b"},"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"x":[-1.5e3,true,null]}"#
                .utf8)
        for end in 0..<text.count {
            #expect(throws: JSONError.self) { try text[..<end].withUnsafeBytes { try JSONValue.parse($0) } }
        }
        for position in text.indices {
            for byte: UInt8 in [0, 0x22, 0x2C, 0x30, 0x5B, 0x5C, 0x7D, 0xC3, 0xFF] {
                var changed = text
                changed[position] = byte
                do {
                    let value = try changed.withUnsafeBytes { try JSONValue.parse($0) }
                    #expect(try JSONValue.parse(value.serialized()) == value)
                } catch let error as JSONError {
                    #expect((0...text.count).contains(error.offset))
                }
            }
        }
    }

    @Test func aFileThatIsNotJSONIsNamed() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("config.json", Array("{".utf8))
        let error = #expect(throws: FileError.self) { try JSONValue.parse(contentsOf: path) }
        #expect(error?.path == path)
        #expect(error?.reason == "not valid JSON: the JSON text ends where a key in quotation marks was expected, at byte 1")
    }
}
