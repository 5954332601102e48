import SequiturFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where the hub is and what was downloaded from it, by the variables that Python's huggingface_hub reads as well.
///
/// | variable | meaning |
/// |---|---|
/// | `HF_HOME` | the folder of everything; `$XDG_CACHE_HOME/huggingface` or `~/.cache/huggingface` unless set |
/// | `HF_HUB_CACHE` | the cache; `$HF_HOME/hub` unless set |
/// | `HF_HUB_OFFLINE` | `1`: nothing is asked of the network |
/// | `HF_TOKEN` | the token; unless set, the contents of the file `HF_TOKEN_PATH`, or else `$HF_HOME/token` |
/// | `HF_ENDPOINT` | the hub's address; `https://huggingface.co` unless set |
public struct HubSettings: Sendable, Equatable {
    public var cache: HubCache
    /// Without a slash at its end.
    public var endpoint: String
    public var token: String?
    public var isOffline: Bool

    public init(cache: HubCache, endpoint: String = Self.defaultEndpoint, token: String? = nil, isOffline: Bool = false) {
        self.cache = cache
        self.endpoint = endpoint
        self.token = token
        self.isOffline = isOffline
    }

    public static let defaultEndpoint = "https://huggingface.co"

    /// - Parameter variable: the value of an environment variable; empty is unset.
    public init(variable: (String) -> String?) {
        func value(_ names: String...) -> String? {
            for name in names {
                if let value = variable(name), !value.isEmpty { return value }
            }
            return nil
        }
        func path(_ names: String...) -> String? {
            for name in names {
                guard let path = value(name) else { continue }
                return path == "~" || path.hasPrefix("~/") ? (value("HOME") ?? ".") + path.dropFirst() : path
            }
            return nil
        }
        func isOn(_ name: String) -> Bool { ["1", "ON", "YES", "TRUE"].contains(value(name)?.uppercased()) }

        let home = path("HF_HOME") ?? (path("XDG_CACHE_HOME") ?? (value("HOME") ?? ".") + "/.cache") + "/huggingface"
        cache = HubCache(folder: path("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? home + "/hub")
        var endpoint = value("HF_ENDPOINT") ?? Self.defaultEndpoint
        while endpoint.hasSuffix("/") { endpoint.removeLast() }
        self.endpoint = endpoint
        isOffline = isOn("HF_HUB_OFFLINE") || value("HF_HUB_OFFLINE") == nil && isOn("TRANSFORMERS_OFFLINE")
        var token = value("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
        if token == nil, !isOn("HF_HUB_DISABLE_IMPLICIT_TOKEN") {
            token = try? MappedFile(path: path("HF_TOKEN_PATH") ?? home + "/token").text()
        }
        self.token = token.flatMap(Self.cleaned)
    }

    /// As the process's environment has it.
    public static var current: HubSettings { HubSettings { name in getenv(name).map { String(cString: $0) } } }

    /// Without the white space that editors and shells leave around; nil where nothing is left.
    private static func cleaned(_ token: String) -> String? {
        let characters = token.filter { !$0.isNewline }.drop { $0.isWhitespace }
        let end = characters.lastIndex { !$0.isWhitespace }
        return end.map { String(characters[...$0]) }
    }
}
