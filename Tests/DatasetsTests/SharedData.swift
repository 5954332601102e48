import Foundation
import Testing

/// Corpora that cannot be part of the repository, looked for in `SEQUITUR_SHARED` and beside the repository.
enum SharedData {
    static let advice: Comment = "needs the corpora in ../shared/data, or in the folder that SEQUITUR_SHARED names"

    /// The path of a file below `data`, nil where it is absent.
    static func path(_ name: String) -> String? {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folders: [String?] = [
            ProcessInfo.processInfo.environment["SEQUITUR_SHARED"],
            package.deletingLastPathComponent().appendingPathComponent("shared").path,
        ]
        return folders.compactMap(\.self).map { "\($0)/data/\(name)" }
            .first { FileManager.default.fileExists(atPath: $0) }
    }

    static func exists(_ names: String...) -> Bool { names.allSatisfy { path($0) != nil } }
}
