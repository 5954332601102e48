import SequiturFiles
import SequiturText

/// What a checkpoint folder holds, with the size and hash of every file: `manifest.json`, written last.
struct CheckpointManifest: Equatable {
    static let fileName = "manifest.json"
    static let formatVersion = 1

    struct File: Equatable {
        let name: String
        let size: Int
        /// XXH64
        let hash: Fingerprint
    }

    /// Tells the checkpoints of one run from those of another.
    let run: String
    let step: Int
    let files: [File]

    /// Takes the measure of files that were just written.
    init(run: String, step: Int, folder: String, fileNames: [String]) throws {
        self.run = run
        self.step = step
        files = try fileNames.map { name in
            let file = try MappedFile(path: "\(folder)/\(name)")
            return File(name: name, size: file.count, hash: file.fingerprint)
        }
    }

    func write(to folder: String) throws {
        let json: JSONValue = [
            "format_version": .integer(Int64(Self.formatVersion)), "run": .string(run), "step": .integer(Int64(step)),
            "files": .array(
                files.map {
                    ["name": .string($0.name), "size": .integer(Int64($0.size)), "xxh64": .string($0.hash.description)]
                }),
        ]
        try json.write(to: "\(folder)/\(Self.fileName)")
    }

    /// - Throws: `TrainingError.damagedCheckpoint`.
    init(reading folder: String) throws(TrainingError) {
        func refuse(_ reason: String) -> TrainingError { .damagedCheckpoint(path: folder, reason: "\(Self.fileName): \(reason)") }
        let json: JSONValue
        do {
            json = try MappedFile(path: "\(folder)/\(Self.fileName)").json()
        } catch let error as JSONError {
            throw refuse(error.description)
        } catch {
            throw .damagedCheckpoint(path: folder, reason: "\(error)")
        }
        guard let version = json["format_version"]?.int else { throw refuse("it has no format version") }
        guard version == Self.formatVersion else {
            throw refuse("its format version is \(version), but this program reads \(Self.formatVersion)")
        }
        guard let run = json["run"]?.string, let step = json["step"]?.int, let entries = json["files"]?.array else {
            throw refuse("a key is missing")
        }
        var files: [File] = []
        for entry in entries {
            guard let name = entry["name"]?.string, let size = entry["size"]?.int, let text = entry["xxh64"]?.string,
                let hash = Fingerprint(text), !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")), name != ".."
            else { throw refuse("an entry of its list of files is malformed") }
            files.append(File(name: name, size: size, hash: hash))
        }
        (self.run, self.step, self.files) = (run, step, files)
    }

    /// Reads every file and compares it with what was written.
    ///
    /// - Throws: `TrainingError.damagedCheckpoint` that names the first file that is not as it was.
    func verify(_ folder: String) throws(TrainingError) {
        for expected in files {
            let file: MappedFile
            do { file = try MappedFile(path: "\(folder)/\(expected.name)") } catch {
                throw .damagedCheckpoint(path: folder, reason: "\(error)")
            }
            guard file.count == expected.size else {
                throw .damagedCheckpoint(
                    path: folder,
                    reason: "\(expected.name.printable()) has \(file.count) bytes where \(expected.size) were written")
            }
            guard file.fingerprint == expected.hash else {
                throw .damagedCheckpoint(path: folder, reason: "\(expected.name.printable()) is not as it was written")
            }
        }
    }
}
