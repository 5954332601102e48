import Foundation
import SequiturFiles
import Testing

/// `sequitur embed`: texts in, vectors out.
@Suite struct EmbedCommandTests {
    private static let float32 = ["--precision", "float32", "--no-progress"]

    private func workplace(_ layout: String = "mean-normalized") throws -> Workplace {
        try Workplace(files: ModelFolders.sentences(layout, in: "model"))
    }

    /// The vectors of JSON lines.
    private func lines(_ outcome: Outcome) throws -> [[Double]] {
        try outcome.output.split(separator: "\n").map {
            try #require(try JSONValue(parsing: String($0)).array).compactMap(\.double)
        }
    }

    private func expectEqual(_ found: [[Double]], _ expected: [[Double]], _ what: String = "") {
        #expect(found.map(\.count) == expected.map(\.count), "\(what)")
        let greatest = expected.joined().reduce(0) { max($0, abs($1)) }
        let difference = zip(found.joined(), expected.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
        #expect(difference <= 1e-5 * greatest, "\(what): \(difference)")
    }

    @Test func vectorsComeAsLinesAsAnObjectAndAsAFile() throws {
        let work = try workplace(), (texts, expected) = try ModelFolders.vectors("mean-normalized")
        let input = texts.joined(separator: "\n") + "\n"
        try work.write(input, to: "texts.txt")
        let read = try work.sequitur(["embed", "model", "texts.txt"] + Self.float32)
        #expect(read.status == 0 && read.errors.isEmpty, "\(read)")
        // An empty line is a text without words, and keeps its place.
        #expect(texts.contains(""))
        expectEqual(try lines(read), expected, "from a file")
        for arguments in [["embed", "model"], ["embed", "model", "-"]] {
            let piped = try work.sequitur(arguments + Self.float32, input: input)
            #expect(piped.output == read.output && piped.status == 0)
        }
        // Line ends of other systems, and none at the end.
        let other = try work.sequitur(["embed", "model"] + Self.float32, input: texts.joined(separator: "\r\n"))
        #expect(other.output == read.output)

        let object = try JSONValue(parsing: try work.sequitur(["embed", "model", "texts.txt", "--json"] + Self.float32).output)
        #expect(object["width"] == 16)
        expectEqual(
            try #require(object["embeddings"]?.array).compactMap { $0.array?.compactMap(\.double) }, expected, "as an object")

        let file = try work.sequitur(["embed", "model", "texts.txt", "--output", "out.safetensors"] + Self.float32)
        #expect(file.status == 0 && file.output.isEmpty, "\(file)")
        let tensor = try #require(try ModelFolders.tensors(work.path + "/out.safetensors")["embeddings"])
        #expect(tensor.shape == [8, 16])
        expectEqual([tensor.values], [Array(expected.joined())], "as a file")
        let told = try work.sequitur(["embed", "model", "texts.txt", "--output", "out.safetensors", "--json"] + Self.float32)
        #expect(try JSONValue(parsing: told.output) == ["texts": 8, "output": "out.safetensors"])
    }

    @Test func oneTextAndNone() throws {
        let work = try workplace(), (texts, expected) = try ModelFolders.vectors("mean-normalized")
        let one = try work.sequitur(["embed", "model", "--text", texts[1]] + Self.float32)
        expectEqual(try lines(one), [expected[1]])
        let none = try work.sequitur(["embed", "model", "--json"] + Self.float32)
        #expect(try JSONValue(parsing: none.output)["embeddings"] == [], "\(none)")
        let empty = try work.sequitur(["embed", "model"] + Self.float32, input: "\n")
        expectEqual(try lines(empty), [expected[try #require(texts.firstIndex(of: ""))]])
        let file = try work.sequitur(["embed", "model", "--output", "none.safetensors"] + Self.float32)
        #expect(file.status == 0, "\(file)")
        #expect(try ModelFolders.tensors(work.path + "/none.safetensors")["embeddings"]?.shape == [0, 16])
    }

    /// What is saved with other pooling is what is read again.
    @Test func savedFoldersGiveTheSame() throws {
        let work = try workplace(), (texts, expected) = try ModelFolders.vectors("cls")
        try work.write(texts.joined(separator: "\n"), to: "texts.txt")
        let choice = ["--pooling", "cls", "--no-normalize", "--save", "saved"]
        let first = try work.sequitur(["embed", "model", "texts.txt"] + choice + Self.float32)
        #expect(first.status == 0, "\(first)")
        expectEqual(try lines(first), expected)
        for name in [
            "modules.json", "config.json", "model.safetensors", "tokenizer.json", "sentence_bert_config.json", "1_Pooling",
        ] {
            #expect(work.names(in: "saved").contains(name), "\(name)")
        }
        let again = try work.sequitur(["embed", "saved", "texts.txt"] + Self.float32)
        #expect(again.output == first.output)
    }

    @Test func mistakesAreOneLine() throws {
        let work = try workplace("several-dense")
        try work.write([0x61, 0xFF], to: "latin.txt")
        let folder = ModelFolders.model("distilbert")
        for (arguments, status, message) in [
            (["nowhere", "text.txt"], 1, "nowhere"), (["model", "missing.txt"], 1, "missing.txt"),
            (["model", "latin.txt"], 1, "not UTF-8 at byte 1"),
            (["model", "text.txt", "--pooling", "cls"], 1, "pooling gives 16 numbers"),
            (["model", "--pooling", "least"], 2, "least"),
            (["model", "--maximum-length", "0"], 2, "--maximum-length must be at least 1"),
            (["model", "--text", "A", "--maximum-length", "1"], 1, "2"), (["model", "--batch-tokens", "0"], 2, "--batch-tokens"),
            ([folder, "text.txt"], 1, "there is no tokenizer in it"), ([ModelFolders.model("t5"), "text.txt"], 1, "decoder"),
        ] as [([String], Int32, String)] {
            let outcome = try work.sequitur(["embed"] + arguments + ["--output", "out.safetensors", "--no-progress"])
            #expect(
                outcome.status == status && outcome.isOneLineError && outcome.errors.contains(message), "\(arguments): \(outcome)"
            )
        }
        let both = try work.sequitur(["embed", "model", "text.txt", "--text", "A lamp.", "--no-progress"])
        #expect(both.status == 2 && both.isOneLineError, "a file and a text at once: \(both.status)")
        #expect(!work.names(in: "").contains { $0.contains("out.safetensors") })
    }
}
