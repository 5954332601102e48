import SequiturFiles
import SequiturTensors

/// The weights of a model folder as the Hugging Face hub stores them: `model.safetensors`, or several files and
/// `model.safetensors.index.json`, which says where each tensor is.
///
///     let weights = try WeightFiles(folder: "bert-base-uncased")
///     let table = try weights.tensor(named: "bert.embeddings.word_embeddings.weight")
///
/// Files are mapped; a tensor is read when it is asked for. The index is read strictly: it may name files of the folder alone, and must
/// name every tensor of them, in the file where it is.
public final class WeightFiles: Sendable {
    public let folder: String
    /// In the order of the files' names, and within a file in that of its data.
    public let entries: [SafetensorsEntry]
    private let places: [String: (file: SafetensorsFile, entry: SafetensorsEntry)]

    public static let fileName = "model.safetensors"
    public static let indexName = "model.safetensors.index.json"

    /// - Throws: `FileError` where the folder holds no weights or the index is malformed, `SafetensorsError`.
    public init(folder: String) throws {
        self.folder = folder
        let single = folder + "/" + Self.fileName, index = folder + "/" + Self.indexName
        let map = Folder.exists(single) ? nil : try Self.weightMap(index, folder: folder)
        let names = map.map { Set($0.values).sorted() } ?? [Self.fileName]
        var places: [String: (file: SafetensorsFile, entry: SafetensorsEntry)] = [:], entries: [SafetensorsEntry] = []
        for name in names {
            let file = try SafetensorsFile(path: folder + "/" + name)
            for entry in file.entries {
                if let map, map[entry.name] != name {
                    throw Self.malformed(
                        index,
                        "tensor '\(entry.name.printable(limit: 100))' is in \(name), but weight_map says "
                            + (map[entry.name].map { "it is in \($0)" } ?? "nothing of it"))
                }
                places[entry.name] = (file, entry)
                entries.append(entry)
            }
        }
        if let map, let absent = map.keys.sorted().first(where: { places[$0] == nil }) {
            throw Self.malformed(
                index, "tensor '\(absent.printable(limit: 100))' should be in \(map[absent] ?? ""), which does not have it")
        }
        self.places = places
        self.entries = entries
    }

    public subscript(name: String) -> SafetensorsEntry? { places[name]?.entry }

    /// A tensor: float32 stays in the map and is read when touched; others are copied, float16 as float32 and 64-bit integers as int32.
    ///
    /// - Throws: `SafetensorsError` where there is none, `CheckpointError` for a type that cannot be read.
    public func tensor(named name: String) throws -> Tensor {
        guard let place = places[name] else {
            throw SafetensorsError(.missingTensor(name: name), action: .read, path: folder)
        }
        return try Checkpoint.mappedTensor(named: name, in: place.file)
    }

    // MARK: The index

    private static func malformed(_ path: String, _ reason: String) -> FileError {
        FileError(action: "use", path: path, reason: reason, advice: "fetch the model again")
    }

    /// The file of every tensor.
    private static func weightMap(_ path: String, folder: String) throws -> [String: String] {
        guard Folder.exists(path) else {
            let other = ["pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5"]
                .first { Folder.exists(folder + "/" + $0) }
            throw FileError(
                action: "read", path: folder,
                reason: "it holds neither \(fileName) nor \(indexName)" + (other.map { ", only \($0)" } ?? ""),
                advice: other == nil ? "give the folder of a model" : "convert the weights to safetensors")
        }
        guard case .object(let members) = try JSONValue.parse(contentsOf: path),
            let map = members.first(where: { $0.key == "weight_map" })?.value.members
        else { throw malformed(path, "an object with the key weight_map expected") }
        var files: [String: String] = [:]
        for member in map {
            guard let file = member.value.string else {
                throw malformed(
                    path,
                    "weight_map should give '\(member.key.printable(limit: 100))' the name of a file, not \(member.value.kind)")
            }
            guard file.hasSuffix(".safetensors"), !file.utf8.contains(UInt8(ascii: "/")), !file.hasPrefix("."),
                !file.utf8.contains(0)
            else {
                throw malformed(
                    path, "weight_map names '\(file.printable(limit: 100))', which is not a safetensors file of the same folder")
            }
            files[member.key] = file
        }
        if files.isEmpty { throw malformed(path, "weight_map is empty") }
        return files
    }
}
