#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is known about where an output stream goes.
public struct Terminal: Sendable, Equatable {
    /// A person is watching: a terminal, not a file or a pipe.
    public let isTerminal: Bool
    /// Understands control sequences and is to be coloured: never where `NO_COLOR` is set (https://no-color.org).
    public let usesColor: Bool
    /// Lines can be redrawn in place.
    public let isRedrawable: Bool
    /// The locale is UTF-8.
    public let usesUnicode: Bool

    private let descriptor: Int32
    private let fixedWidth: Int

    /// - Parameters:
    ///   - descriptor: 1 for standard output, 2 for standard error.
    ///   - isTerminal: asked of the system where nil.
    public init(descriptor: Int32, isTerminal: Bool? = nil, environment: [String: String]) {
        self.descriptor = descriptor
        self.isTerminal = isTerminal ?? (isatty(descriptor) == 1)
        isRedrawable = self.isTerminal && environment["TERM", default: "dumb"] != "dumb"
        usesColor = isRedrawable && environment["NO_COLOR", default: ""].isEmpty
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let encoding = locale.lowercased()
        usesUnicode = encoding.contains("utf-8") || encoding.contains("utf8")
        fixedWidth = environment["COLUMNS"].flatMap { Int($0) }.flatMap { (20...1000).contains($0) ? $0 : nil } ?? 80
    }

    /// Columns, asked anew each time because windows are resized; `COLUMNS` or 80 where nobody knows.
    public var width: Int {
        var size = winsize()
        guard isTerminal, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return fixedWidth }
        return Int(size.ws_col)
    }

    public enum Style: Int, Sendable {
        case bold = 1
        case dim = 2
        case red = 31
        case green = 32
        case yellow = 33
        case cyan = 36
    }

    /// `text` in a style, or as it is where colours are not wanted.
    public func styled(_ text: String, _ style: Style) -> String {
        usesColor ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
