import SequiturFiles

/// Why a model of the hub cannot be had, in one line: what was asked for, what came, what to do.
public enum HubError: Error, Equatable, Sendable, CustomStringConvertible {
    case invalidName(String)
    case invalidRevision(String)
    case invalidEndpoint(String)
    case invalidToken
    /// The hub's list of a model's files has a name that could lead out of the model's folder.
    case unsafeFileName(String, model: String)
    /// Statuses 401 and 403.
    case noAccess(model: String, status: Int, hasToken: Bool)
    case noModel(String)
    case noRevision(String, model: String)
    case noFile(String, model: String)
    case nothingSelected(model: String, files: Int)
    /// Any other status that is not success.
    case refused(host: String, status: Int)
    case unreachable(host: String, reason: String)
    /// The answers are not those of a hub.
    case notAHub(host: String, reason: String)
    case wrongSize(file: String, expected: Int, received: Int)
    case wrongHash(file: String, expected: String)
    case notCachedOffline(String)
    case incompleteOffline(String, missing: [String])
    case builtWithoutDownloads(String)

    public var description: String {
        switch self {
        case .invalidName(let text):
            "'\(text.printable())' is no name of a model; give ORG/NAME or ORG/NAME@REVISION, as on the hub"
        case .invalidRevision(let text): "'\(text.printable())' is no revision; give a branch, a tag or a commit"
        case .invalidEndpoint(let text):
            "HF_ENDPOINT must be an address such as https://huggingface.co, not '\(text.printable())'"
        case .invalidToken: "the token for the hub has characters that no token has; set HF_TOKEN anew, or unset it"
        case .unsafeFileName(let file, let model):
            "the hub lists a file of \(model) by the unsafe name '\(file.printable())'; nothing was downloaded"
        case .noAccess(let model, let status, let hasToken):
            "the hub does not give \(model) to \(hasToken ? "the holder of this token" : "everyone") (status \(status)): "
                + "it is gated, private or misspelt; "
                + (hasToken
                    ? "ask for access on the model's page" : "check the name, or set HF_TOKEN to a token that may read it")
        case .noModel(let model): "the hub has no model \(model) (status 404); check the name; for a private model set HF_TOKEN"
        case .noRevision(let revision, let model):
            "\(model) has no revision '\(revision)'; give a branch, a tag or a commit of it"
        case .noFile(let file, let model): "the hub lists '\(file.printable())' of \(model) but does not have it; try again later"
        case .nothingSelected(let model, let files):
            "none of the \(files) files of \(model) is selected; see them on the model's page, or change --include and --exclude"
        case .refused(let host, 429):
            "\(host) has had too many requests (status 429); try again in some minutes (with HF_TOKEN more are allowed)"
        case .refused(let host, let status): "\(host) answered with status \(status); try again later"
        case .unreachable(let host, let reason):
            "no answer from \(host): \(reason); check the network (models downloaded before are found under HF_HUB_OFFLINE=1)"
        case .notAHub(let host, let reason): "\(host) does not answer as a hub does: \(reason); check HF_ENDPOINT and proxies"
        case .wrongSize(let file, let expected, let received):
            "'\(file.printable())' came with \(received) bytes instead of \(expected); it was not kept; try again"
        case .wrongHash(let file, let expected):
            "'\(file.printable())' is not what the hub announced (hash \(expected)); it was not kept; try again"
        case .notCachedOffline(let model):
            "\(model) is not in the cache, and HF_HUB_OFFLINE forbids to download it; unset it, or set HF_HOME to its place"
        case .incompleteOffline(let model, let missing):
            "the cache has only a part of \(model): \(Self.list(missing)) missing; unset HF_HUB_OFFLINE to download the rest"
        case .builtWithoutDownloads(let model):
            "\(model) is not whole in the cache, and this program was built without downloads; build it with 'make build'"
        }
    }

    private static func list(_ names: [String]) -> String {
        let first = names.prefix(3).map { "'\($0.printable())'" }.joined(separator: ", ")
        return names.count == 1 ? "\(first) is" : names.count <= 3 ? "\(first) are" : "\(first) and \(names.count - 3) others are"
    }
}
