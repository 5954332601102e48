import Mustache
import SequiturFiles

/// What a run came to, as one page of HTML: nothing but the file is needed to read it, on a screen, in the dark or on paper.
///
///     var report = RunReport(title: "conll", subtitle: "tagging · BiLSTM-CRF")
///     report.facts = [("F1", "86.31")]
///     report.curves = try RunMetrics(path: "run/metrics.jsonl").curves
///     try report.write(to: "run/report.html")
///
/// Parts without content are left out. All text may come from anywhere: it is escaped, and what would turn the direction of writing
/// or is no character of a text is shown as `\u{…}`.
public struct RunReport: Sendable {
    public var title: String
    public var subtitle: String
    /// The headline figures.
    public var facts: [(name: String, value: String)] = []
    /// What the reader should know before the figures: warnings, how the run ended.
    public var notices: [String] = []
    public var tables: [ReportTable] = []
    /// Texts in a type of one width: reports as other tools print them.
    public var listings: [(title: String, text: String)] = []
    public var curves: [Curve] = []
    public var matrices: [MatrixFigure] = []
    public var bars: [BarFigure] = []
    public var calibration: ReliabilityFigure?
    /// The worst ones, the worst first; at most `mistakeLimit` are shown.
    public var mistakes: [Mistake] = []
    /// How many there are, where those are not all.
    public var mistakeCount = 0
    public var settings: [(name: String, value: String)] = []
    public var versions: [(name: String, value: String)] = []

    /// How many mistakes a page shows.
    public static let mistakeLimit = 100

    public init(title: String, subtitle: String = "") {
        self.title = title
        self.subtitle = subtitle
    }

    /// The page.
    ///
    /// - Throws: an error of the template library, where a template of this module is malformed.
    public func html() throws -> String {
        try PageTemplates.library().render(view, withTemplate: PageTemplates.page) ?? ""
    }

    /// Writes the page, whole or not at all.
    ///
    /// - Throws: `FileError`.
    public func write(to path: String) throws { try AtomicFile.write(try html(), to: path) }
}

/// What a template reads, by name. In templates `{{.name}}` is this object's own, `{{name}}` may be one around it.
typealias View = [String: Any]

extension RunReport {
    var view: View {
        var sections: [View] = []
        func add(_ name: String, _ title: String, _ items: [View], _ more: View = [:]) {
            guard !items.isEmpty else { return }
            sections.append(more.merging(["id": name, "name": title, name: true, "items": items]) { $1 })
        }
        func rows(_ pairs: [(name: String, value: String)]) -> [View] { pairs.map { ["name": $0.name, "value": $0.value] } }
        add("results", "Results", tables.numbered("table") { $0.view(id: $1) })
        add("listings", "Listings", listings.map { ["name": $0.title, "text": $0.text] })
        add("curves", "Curves", curves.numbered("curve") { $0.view(id: $1) })
        add("confusions", "Confusions", matrices.numbered("matrix") { $0.view(id: $1) })
        add("classes", "Classes", bars.numbered("bars") { $0.view(id: $1) })
        add("calibration", "Calibration", [calibration].compactMap { $0 }.numbered("calibration") { $0.view(id: $1) })
        let shown = mistakes.prefix(Self.mistakeLimit)
        let count = max(mistakes.count, mistakeCount)
        let note = "The first \(shown.count) of \(Quantity.grouped(count)) are shown."
        add(
            "mistakes", "Mistakes", shown.map(\.view),
            ["marked": shown.contains { !$0.context.isEmpty }, "note": shown.count < count ? note : false])
        add("settings", "Settings", rows(settings))
        add("versions", "Versions and data", rows(versions))
        var view: View = [
            "title": title, "facts": rows(facts), "notices": notices, "sections": sections, "style": PageStyle.css,
            "isLong": sections.count > 2,
        ]
        if !subtitle.isEmpty { view["subtitle"] = subtitle }
        if !facts.isEmpty { view["hasFacts"] = true }
        if !notices.isEmpty { view["hasNotices"] = true }
        return view
    }
}

extension Sequence {
    /// Views of the elements, each with an identifier of its own within the page.
    fileprivate func numbered(_ name: String, _ view: (Element, String) -> View) -> [View] {
        enumerated().map { view($1, "\(name)-\($0 + 1)") }
    }
}
