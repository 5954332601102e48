import SequiturFiles
import Testing

@Suite struct JSONSerializationTests {
    @Test func writesCompactAndPrettyText() throws {
        let value: JSONValue = ["name": "a\"b\\\n\u{1}é/", "list": [1, -2.5, true, nil], "empty": [[], [:]]]
        #expect(value.serialized() == #"{"name":"a\"b\\\n\u0001é/","list":[1,-2.5,true,null],"empty":[[],{}]}"#)
        #expect(
            value.serialized(pretty: true) == """
                {
                  "name": "a\\"b\\\\\\n\\u0001é/",
                  "list": [
                    1,
                    -2.5,
                    true,
                    null
                  ],
                  "empty": [
                    [],
                    {}
                  ]
                }
                """)
        let folder = try TemporaryFolder()
        try value.write(to: folder.path + "/value.json")
        #expect(try JSONValue.parse(contentsOf: folder.path + "/value.json") == value)
        #expect(folder.contents(of: "value.json") == Array((value.serialized(pretty: true) + "\n").utf8))
    }

    @Test func numbersReadBackTheSame() throws {
        let special: [Double] = [
            0, -0.0, 1, 0.1, 1 / 3, 1e16, 1e-5, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -.leastNormalMagnitude,
        ]
        for value in special + (0..<20_000).map({ _ in Double(bitPattern: .random(in: 0 ... .max)) }) where value.isFinite {
            let text = JSONValue.number(value).serialized()
            #expect(try JSONValue.parse(text).double?.bitPattern == value.bitPattern, "\(text)")
        }
        for value in [Int64.min, -1, 0, 1, .max] {
            #expect(try JSONValue.parse(JSONValue.integer(value).serialized()) == .integer(value))
        }
        #expect(JSONValue.array([.number(.nan), .number(.infinity)]).serialized() == "[null,null]")
    }

    @Test func randomValuesReadBackTheSame() throws {
        for _ in 0..<300 {
            let value = randomValue(depth: 4)
            #expect(try JSONValue.parse(value.serialized()) == value)
            #expect(try JSONValue.parse(value.serialized(pretty: true)) == value)
        }
    }

    private func randomText() -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "\"", "\\", "\n", "\r", "\u{0}", "\u{1F}", "\u{7F}", "é", "\u{301}", "€", "😀", "\u{2028}",
        ]
        return String(String.UnicodeScalarView((0..<Int.random(in: 0..<12)).map { _ in alphabet.randomElement()! }))
    }

    private func randomValue(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5)) {
        case 0: return .null
        case 1: return .bool(.random())
        case 2: return .integer(.random(in: .min ... .max))
        case 3: return .number(.random(in: -1e6...1e6))
        case 4: return .string(randomText())
        case 5: return .array((0..<Int.random(in: 0..<5)).map { _ in randomValue(depth: depth - 1) })
        default:
            return .object(
                (0..<Int.random(in: 0..<15)).map { .init(key: "\($0)" + randomText(), value: randomValue(depth: depth - 1)) })
        }
    }
}
