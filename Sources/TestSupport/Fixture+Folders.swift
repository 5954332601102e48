import Foundation

extension Fixture {
    /// The suites that run fixtures, each in a test target of its own.
    public enum Suite: Sendable {
        case layersParity
        case trainingParity
    }

    /// Where a kind of fixture is run: the one place that says so.
    ///
    /// The parity suite of Layers runs operations and layers; what needs the optimisers of Training is run there.
    public var suite: Suite {
        switch kind {
        case .operation, .layer: .layersParity
        case .optimizer, .run: .trainingParity
        }
    }

    /// The files of `Tests/Fixtures` and of the folder that `SEQUITUR_FIXTURES` names, in order.
    ///
    /// - Throws: where a folder cannot be read.
    public static func paths() throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var folders = [root.appendingPathComponent("Tests/Fixtures").path]
        if let other = ProcessInfo.processInfo.environment["SEQUITUR_FIXTURES"], !other.isEmpty { folders.append(other) }
        return try folders.flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasSuffix(".safetensors") }.sorted().map { folder + "/" + $0 }
        }
    }
}
