/// What a model is called on the hub: `ORG/NAME`, or `NAME` alone for the oldest ones, and a branch, tag or commit of it.
public struct HubModelName: Hashable, Sendable, CustomStringConvertible {
    /// `ORG/NAME` or `NAME`.
    public let name: String
    public let revision: String

    public static let defaultRevision = "main"

    /// Reads `ORG/NAME[@REVISION]`.
    ///
    /// - Throws: `HubError` for what the hub would not take for a name, or git for a revision: nothing that passes can lead out
    ///   of the cache or change the meaning of an address.
    public init(_ text: String) throws(HubError) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, Self.isName(name) else { throw .invalidName(text) }
        self.name = String(name)
        guard parts.count == 2 else {
            revision = Self.defaultRevision
            return
        }
        guard Self.isRevision(parts[1]) else { throw .invalidRevision(String(parts[1])) }
        revision = String(parts[1])
    }

    /// `ORG/NAME`, with `@REVISION` where it is not the default.
    public var description: String { revision == Self.defaultRevision ? name : "\(name)@\(revision)" }

    /// The organisation, nil for a name without.
    var organization: Substring? { name.contains("/") ? name.prefix { $0 != "/" } : nil }

    /// The name of its folder in the cache: `models--ORG--NAME`.
    var folderName: String { (["models"] + name.split(separator: "/").map(String.init)).joined(separator: "--") }

    /// The hub's rule: letters, digits, `-`, `_` and `.`, at most 96 of them in each part; neither the first nor the last is `-`
    /// or `.`; no `--` (which the cache puts between the parts), no `..`, and no `.git` at the end.
    private static func isName(_ text: Substring) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return (1...2).contains(parts.count) && !text.contains("--") && !text.contains("..") && !text.hasSuffix(".git")
            && parts.allSatisfy { part in
                (1...96).contains(part.count)
                    && part.allSatisfy { $0.isASCIIWord || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
                    && part.first!.isASCIIWord && part.last!.isASCIIWord
            }
    }

    /// git's rule for references (git-check-ref-format), in ASCII alone.
    private static func isRevision(_ text: Substring) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return text.utf8.count <= 255 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            && !text.contains("..") && !text.contains("@{") && !text.contains { "\\:?*[~^".contains($0) }
            && parts.allSatisfy {
                !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasPrefix("-") && !$0.hasSuffix(".") && !$0.hasSuffix(".lock")
            }
    }

    /// Whether this is the name of a commit in full or in part.
    static func isCommit(_ text: some StringProtocol) -> Bool {
        (7...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0.hexadecimalValue != nil }
    }
}

extension UInt8 {
    /// An ASCII letter, a digit or `_`.
    var isASCIIWord: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }

    var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
