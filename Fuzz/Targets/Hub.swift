import SequiturFiles
import SequiturHub

/// What a hub answers when asked for a model's files, and names that are typed.
func fuzzHub(_ bytes: UnsafeRawBufferPointer) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    if let model = try? HubModelName(text) {
        precondition(!model.name.contains("..") && !model.revision.contains(".."), "a name leads out of the cache")
    }
    let listing = try HubListing(bytes, model: "org/name", host: "hub")
    precondition(
        listing.files.allSatisfy { name in
            !name.split(separator: "/", omittingEmptySubsequences: false).contains { $0 == ".." || $0 == "" }
        }, "a file's name leads out of the cache")
    _ = FileSelection().select(from: listing.files)
    _ = FileSelection(include: ["*.json", "[a-z]*", text], exclude: ["*/"]).select(from: listing.files)
}
