import SequiturFiles

/// Where a setting's value comes from; the later cases are the stronger ones.
public enum Origin: Sendable, Equatable {
    /// The command's own default.
    case standard
    case recipe(path: String, line: Int)
    case environment(variable: String)
    case flag

    /// For people: `default`, `Recipes/small.yaml:7`, `SEQUITUR_SEED`, `flag`.
    public var description: String {
        switch self {
        case .standard: "default"
        case .recipe(let path, let line): "\(path.printable(limit: 1024)):\(line)"
        case .environment(let variable): variable
        case .flag: "flag"
        }
    }

    /// How a message names the setting `key` of this origin, so that it can be found and put right.
    func name(of key: String) -> String {
        switch self {
        case .standard, .flag: "--\(key)"
        case .recipe: "\(description): \(key)"
        case .environment(let variable): variable
        }
    }

    var strength: Int {
        switch self {
        case .standard: 0
        case .recipe: 1
        case .environment: 2
        case .flag: 3
        }
    }
}
