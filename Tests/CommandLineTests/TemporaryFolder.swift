import Foundation
import SequiturFiles

/// Runs `body` with a new folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sequitur-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
}

/// Runs `body` with the path of a recipe that holds `yaml`.
func withRecipe<Result>(_ yaml: String, _ body: (String) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder throws in
        let path = folder + "/recipe.yaml"
        try AtomicFile.write(Array(yaml.utf8), to: path)
        return try body(path)
    }
}
