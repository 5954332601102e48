import SequiturHub
import Testing

@Suite struct NameTests {
    @Test func namesAreReadAsTheHubWritesThem() throws {
        let model = try HubModelName("google-t5/t5-small")
        #expect(model.name == "google-t5/t5-small" && model.revision == "main" && model.description == "google-t5/t5-small")
        let other = try HubModelName("org/A_b.c-1@refs/pr/12")
        #expect(other.name == "org/A_b.c-1" && other.revision == "refs/pr/12" && other.description == "org/A_b.c-1@refs/pr/12")
        #expect(try HubModelName("gpt2").name == "gpt2")
    }

    @Test(arguments: [
        "", "/", "a/", "/a", "a//b", "a/b/c", "../b", "a/..", ".a/b", "a/.b", "a./b", "a/b-", "a--b/c", "a/b..c", "a/b.git",
        "a b/c",
        "a/b\n", "a\u{0}/b", "é/b", "~/b", "a\\b/c", "@main", "C:/b", String(repeating: "a", count: 97) + "/b",
    ])
    func whatIsNoNameIsRefused(_ text: String) {
        #expect(throws: HubError.invalidName(text + "@main")) { try HubModelName(text + "@main") }
    }

    @Test(arguments: [
        "", "..", "a/../b", "/etc", "a//b", "a/", ".hidden", "a/.b", "a b", "a\n", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b",
        "-a", "a@{1}", "x.lock", "a.", "é",
    ])
    func whatIsNoRevisionIsRefused(_ revision: String) {
        #expect(throws: HubError.invalidRevision(revision)) { try HubModelName("a/b@" + revision) }
    }

    @Test func aModelFolderNeedsItsOwnFilesAlone() {
        let names = [
            "README.md", "config.json", "model.safetensors", "model.fp16.safetensors", "consolidated.safetensors",
            "pytorch_model.bin",
            "pytorch_model.bin.index.json", "tf_model.h5", "flax_model.msgpack", "tokenizer.json", "vocab.txt", "merges.txt",
            "spiece.model",
            "source.spm", "chat_template.jinja", "modules.json", "1_Pooling/config.json", "2_Dense/model.safetensors",
            "onnx/config.json", "onnx/model.onnx", "original/params.json", "original/tokenizer.model", "training_args.bin",
            "requirements.txt", "checkpoint-5/model.safetensors",
        ]
        #expect(
            FileSelection().select(from: names) == [
                "config.json", "model.safetensors", "tokenizer.json", "vocab.txt", "merges.txt", "spiece.model", "source.spm",
                "chat_template.jinja", "modules.json", "1_Pooling/config.json", "2_Dense/model.safetensors",
            ])
        #expect(FileSelection().select(from: ["consolidated.safetensors", "a.b.safetensors"]).count == 2)
    }

    /// Expected: Python 3.11, `fnmatch` as huggingface_hub 2.4 calls it.
    @Test func patternsArePythons() {
        let names = ["a.json", "b/a.json", "b/c/d.bin", "[x].txt"]
        func select(_ include: [String], _ exclude: [String] = []) -> [String] {
            FileSelection(include: include, exclude: exclude).select(from: names)
        }
        #expect(select(["*.json"]) == ["a.json", "b/a.json"])
        #expect(select(["b/"]) == ["b/a.json", "b/c/d.bin"])
        #expect(select(["?.json"]) == ["a.json"])
        #expect(select(["[ab]*"], ["*.bin"]) == ["a.json", "b/a.json"])
        #expect(select(["[!a]*"]) == ["b/a.json", "b/c/d.bin", "[x].txt"])
        #expect(select(["*"]) == names && select(["*"], ["*"]).isEmpty)
        #expect(select([], ["*.json"]).isEmpty)
    }
}

@Suite struct DigestTests {
    private func digest(_ hash: some SHA, _ bytes: [UInt8], piece: Int = .max) -> String {
        var hash = hash
        for start in stride(from: 0, to: bytes.count, by: min(piece, max(bytes.count, 1))) {
            bytes[start..<min(bytes.count, start + min(piece, bytes.count))].withUnsafeBytes { hash.update($0) }
        }
        return hexadecimal(hash.finalized())
    }

    /// Expected: the examples that NIST publishes beside FIPS 180-4.
    @Test func hashesAreThoseOfTheStandard() {
        let long = Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
        let million = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(digest(SHA256(), []) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(digest(SHA256(), Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(digest(SHA256(), long) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        #expect(digest(SHA256(), million) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        #expect(digest(SHA1(), []) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(digest(SHA1(), Array("abc".utf8)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(digest(SHA1(), long) == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
        #expect(digest(SHA1(), million) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f")
    }

    /// Expected: `printf 'what is up, doc?' | git hash-object --stdin`, from the book Pro Git, section 10.2.
    @Test func blobsHaveTheNamesThatGitGivesThem() {
        #expect(StubFile(name: "", bytes: [], isLarge: false).etag == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
        #expect(
            StubFile(name: "", bytes: Array("what is up, doc?".utf8), isLarge: false).etag
                == "bd9dbf5aae1a3862dd1526723246b20206e5fc37")
    }

    @Test func piecesDoNotMatter() {
        for count in [1, 54, 55, 56, 63, 64, 65, 119, 128, 1000] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            for piece in [1, 3, 63, 64, 65] {
                #expect(digest(SHA256(), bytes, piece: piece) == digest(SHA256(), bytes))
                #expect(digest(SHA1(), bytes, piece: piece) == digest(SHA1(), bytes))
            }
        }
    }
}
