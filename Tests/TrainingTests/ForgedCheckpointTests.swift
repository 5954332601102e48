import Foundation
import SequiturFiles
import SequiturText
import SequiturTraining
import Testing

/// Checkpoints whose manifest vouches for a forged trainer.json: size and hash are right, the numbers are not.
@Suite struct ForgedCheckpointTests {
    private let temporary: TemporaryFolder
    private let folder: RunFolder
    private var checkpoint: String { folder.checkpoints + "/step-12" }

    init() throws {
        temporary = try TemporaryFolder()
        folder = try RunFolder(creating: temporary.path + "/run")
        _ = try Trainer(SmallTask(), settings: .short { $0.averaging = AveragingSettings(kind: .triggered) }, folder: folder)
            .run()
    }

    /// Writes trainer.json anew, and a manifest that fits it.
    private func forge(_ text: String) throws {
        let path = checkpoint + "/trainer.json"
        try AtomicFile.write(text, to: path)
        let file = try MappedFile(path: path), manifest = try JSONValue.parse(contentsOf: checkpoint + "/manifest.json")
        let entry: JSONValue = [
            "name": "trainer.json", "size": .integer(Int64(file.count)),
            "xxh64": .string(file.withBytes { Fingerprint(of: $0) }.description),
        ]
        let files = (manifest["files"]?.array ?? []).map { $0["name"] == "trainer.json" ? entry : $0 }
        let members = (manifest.members ?? []).map { $0.key == "files" ? .init(key: "files", value: .array(files)) : $0 }
        try JSONValue.object(members).write(to: checkpoint + "/manifest.json")
    }

    private func resume() throws -> Int {
        try Trainer(SmallTask(), settings: .short { $0.averaging = AveragingSettings(kind: .triggered) }, folder: folder).resume()
    }

    static let forgeries = [
        (
            "\"step\": 12", "\"step\": 9223372036854775807",
            "\"step\" is 9223372036854775807, but must be from 0 to 9007199254740992"
        ),
        ("\"step\": 12", "\"step\": -1", "\"step\" is -1, but must be from 0 to"),
        ("\"step\": 12", "\"step\": 11", "trainer.json is that of step 11"),
        ("\"epoch\": 0", "\"epoch\": 9223372036854775807", "\"epoch\" is 9223372036854775807"),
        ("\"seconds\": ", "\"seconds\": -", "\"seconds\" must be at least 0"),
        ("\"validated_step\": 12", "\"validated_step\": \"x\"", "\"validated_step\" must be a whole number, but is \"x\""),
        ("\"best_step\": ", "\"best_step\": -", "\"best_step\" is -"),
        ("\"best_metric\": ", "\"best_metric\": null, \"best_memory\": ", "unknown key \"best_memory\""),
        ("\"window\": 5", "\"window\": -5", "\"window\" is -5"),
        ("\"metrics\": [", "\"metrics\": [true, ", "\"metrics\" holds a truth value where a number or null belongs"),
        ("\"scale\": 1.0", "\"scale\": 1e300", "\"scale\" from 0 to 1"),
        ("\"seed\": \"", "\"seed\": \"-", "\"seed\" is not a number"),
        ("{", "[{}, ", "trainer.json: "),
    ]

    @Test(arguments: forgeries) func wrongNumbersAreRefused(text: String, forged: String, message: String) throws {
        let before = try MappedFile(path: checkpoint + "/trainer.json").text()
        let after = try before.replacingCharacters(in: #require(before.range(of: text)), with: forged)
        try forge(after)
        #expect { try resume() } throws: { error in
            guard let error = error as? TrainingError else { return false }
            return "\(error)".contains(message) && !"\(error)".contains("\n")
        }
        // The forgery itself is what a run can go on from.
        try forge(before)
        #expect(try resume() == 12)
    }

    /// The data's position is checked by who knows the data.
    @Test(arguments: ["9223372036854775807", "-1", "9007199254740993"]) func wrongPositionsAreRefused(epoch: String) throws {
        let before = try MappedFile(path: checkpoint + "/trainer.json").text()
        let start = try #require(before.range(of: "\"position\""))
        let range = try #require(before.range(of: "\"epoch\": 0", range: start.lowerBound..<before.endIndex))
        try forge(before.replacingCharacters(in: range, with: "\"epoch\": \(epoch)"))
        #expect { try resume() } throws: { "\($0)".contains("the saved position") }
    }

    @Test(arguments: ["trainer.json", "model.safetensors"]) func filesThatTheManifestLeavesOutAreNotRead(name: String) throws {
        let manifest = try JSONValue.parse(contentsOf: checkpoint + "/manifest.json")
        let files = (manifest["files"]?.array ?? []).filter { $0["name"]?.string != name }
        let members = (manifest.members ?? []).map { $0.key == "files" ? .init(key: "files", value: .array(files)) : $0 }
        try JSONValue.object(members).write(to: checkpoint + "/manifest.json")
        #expect { try resume() } throws: { "\($0)".contains("manifest.json does not list \(name)") }
    }
}
