import SequiturFiles
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The program that the README shows is the one in Examples/Library, and it runs.
@Suite struct LibraryExampleTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

    @Test func theReadmeShowsTheExample() throws {
        let readme = try MappedFile(path: "\(Self.root)/README.md").text()
        let example = try MappedFile(path: "\(Self.root)/Examples/Library/main.swift").text()
        #expect(readme.contains("```swift\n\(example)```\n"))
        #expect(example.split(separator: "\n").count <= 10)
    }

    @Test func theExampleTrainsSavesLoadsAndGenerates() throws {
        var template = Array("/tmp/sequitur-example-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { removeFolder(folder) }
        try #require(mkdir("\(folder)/Samples", 0o755) == 0 && mkdir("\(folder)/runs", 0o755) == 0)
        let text = (0..<300).map { "Marta looked at the river and counted to \($0).\n" }.joined()
        try AtomicFile.write(text, to: "\(folder)/Samples/tales.txt")
        let program = try #require(programPath("SequiturLibraryExample"))
        let command = "cd '\(folder)' && '\(program)' > output.txt 2> errors.txt"
        #expect(system(command) == 0, "\((try? MappedFile(path: "\(folder)/errors.txt").text()) ?? "")")
        let output = try MappedFile(path: "\(folder)/output.txt").text()
        #expect(output.hasPrefix("validation perplexity "))
        #expect(output.split(separator: "\n", maxSplits: 1).last?.isEmpty == false)
        _ = try MappedFile(path: "\(folder)/runs/library/model.safetensors")
    }

    /// A built program lies beside the bundle of the tests.
    private func programPath(_ name: String) -> String? {
        for argument in CommandLine.arguments where argument.contains(".xctest") {
            let path =
                argument.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/" + name
            if access(path, X_OK) == 0 { return path }
        }
        return ["release", "debug"].map { "\(Self.root)/.build/\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}
