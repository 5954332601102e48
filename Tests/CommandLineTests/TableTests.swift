import SequiturConsole
import SequiturFiles
import Testing

@Suite struct TableTests {
    /// Columns as terminals draw them (checked against Unicode 16's EastAsianWidth.txt and emoji-data.txt).
    static let widths: [(text: String, width: Int)] = [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本語", 6), ("ｱ", 1), ("Ａ", 2), ("한국", 4),
        ("\u{1112}\u{1161}\u{11AB}", 2),
        ("😀", 2), ("👩‍👩‍👧", 2), ("🇩🇪", 2), ("❤", 1), ("❤\u{FE0F}", 2), ("☃", 1), ("⌚", 2), ("a\u{200B}b", 2), ("ไทย", 3), ("नि", 1),
        ("𠀀", 2), ("→", 1), ("█", 1), ("，", 2), ("𝟘", 1), ("1\u{FE0F}\u{20E3}", 2),
    ]

    @Test(arguments: widths) func textIsAsWideAsATerminalDrawsIt(_ sample: (text: String, width: Int)) {
        #expect(displayWidth(sample.text) == sample.width, "\(sample.text.unicodeScalars.map { String($0.value, radix: 16) })")
    }

    @Test func columnsAlignInEveryScript() {
        var table = Table([.init("word"), .init("count", .right), .init("note")])
        table.append(["the", "12", "x"])
        table.append(["天地玄黄", "3456", "古文"])
        table.append(["cafe\u{301}", "7", ""])
        table.append(["👩‍👩‍👧", "0", "👍"])
        #expect(
            table.lines() == [
                "word      count  note",
                "the          12  x",
                "天地玄黄   3456  古文",
                "cafe\u{301}          7",
                "👩‍👩‍👧            0  👍",
            ])
    }

    @Test func theLastColumnIsCutToTheWidthAndTitlesAreStyled() {
        let table = Table([.init("k"), .init("v")], rows: [["a", "abcdefghijklmnop"], ["b", "天地玄黄宇宙洪荒"]])
        #expect(table.lines(maximumWidth: 13) { "<\($0)>" } == ["<k  v>", "a  abcdefghi…", "b  天地玄黄…"])
    }

    @Test func aTableWithoutTitlesHasNoLineForThem() {
        #expect(Table([.init(""), .init("")], rows: [["a", "line\nbreak"]]).lines() == ["a  line break"])
    }
}

@Suite struct QuantityTests {
    @Test func numbersHaveThreeDigitsAndAUnit() {
        #expect([0, 7, 7.25, 950, 999, 999.4].map { Quantity.count($0) } == ["0", "7", "7.25", "950", "999", "999"])
        #expect(
            [999.6, 1234, 12_345, 123_456, 999_950, 45_600_000].map { Quantity.count($0) } == [
                "1.00k", "1.23k", "12.3k", "123k", "1.00M", "45.6M",
            ])
        #expect(Quantity.rate(12_345, of: "tokens") == "12.3k tokens/s")
        #expect(
            [0, 512, 1024, 1536, 1 << 30].map { Quantity.bytes($0) } == ["0 B", "512 B", "1.00 KiB", "1.50 KiB", "1.00 GiB"])
    }

    @Test func fixedPointRoundsAndSurvivesEverything() {
        #expect(
            [0.002, 0.25, 1, 9.996, 30, 0.000123, 0.0000123, 0.00009999, 0, -0.5, 1e300, 123456].map { Quantity.significant($0) }
                == [
                    "0.00200", "0.250", "1.00", "10.0", "30.0", "0.000123", "1.23e-05", "0.000100", "0", "-0.500", "1.00e+300",
                    "123456",
                ])
        #expect(Quantity.fixed(1.5, 3) == "1.500" && Quantity.fixed(-0.0004, 3) == "0.000" && Quantity.fixed(-1.25, 1) == "-1.3")
        #expect(Quantity.fixed(9.9996, 3) == "10.000" && Quantity.fixed(2, 0) == "2" && Quantity.fixed(0.05, 2) == "0.05")
        #expect(
            Quantity.fixed(.nan, 2) == "nan" && Quantity.fixed(-.infinity, 2) == "-inf" && Quantity.fixed(1e300, 2) == "1e+300")
        #expect(Quantity.count(.nan) == "nan" && Quantity.count(.infinity) == "inf" && Quantity.count(1e300).hasSuffix("P"))
    }

    @Test func durationsGrowWithTheirLength() {
        let durations: [(Double, String)] = [
            (0, "0:00"), (7.9, "0:07"), (754, "12:34"), (3723, "1:02:03"), (176_523, "2d 1:02:03"), (.nan, "?"), (-1, "?"),
            (1e30, "?"),
        ]
        for (seconds, text) in durations { #expect(Quantity.duration(seconds) == text) }
    }
}

@Suite struct NearestNameTests {
    @Test func theNearestNameIsFound() {
        let names = ["layers", "layer-dropout", "width", "learning-rate", "steps"]
        #expect(NearestName.of("lyaers", in: names) == "layers")
        #expect(NearestName.of("Learning_Rate", in: names) == "learning-rate")
        #expect(NearestName.of("wdith", in: names) == "width")
        #expect(NearestName.of("", in: names) == "width")
        #expect(NearestName.of(String(repeating: "x", count: 1_000_000), in: names) != "")
        #expect(NearestName.of("x", in: []) == "")
    }
}
