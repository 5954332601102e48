import SequiturFiles
import SequiturModels
import SequiturText
import SequiturTraining

/// What an evaluation found beside its figures stands in a run's `findings.json`, so that the report can be made again and other
/// programs can look at confusions and mistakes:
///
///     {"part": "test", "reports": [{"title": …, "text": …}], "classes": {…}, "confusion": {…}, "calibration": {…},
///      "mistake_count": 712, "mistakes": [{"place": …, "text": …, "gold": …, "predicted": …, "confidence": …, "words": [[…]]}]}
///
/// Of mistakes it holds the worst.
extension TaskEvaluation {
    static var findingsFile: String { "findings.json" }

    /// - Parameter part: `test` or `validation`.
    func findings(of part: String) -> JSONValue {
        var members: [JSONValue.Member] = [.init(key: "part", value: .string(part))]
        func add(_ key: String, _ value: JSONValue?) {
            if let value { members.append(.init(key: key, value: value)) }
        }
        add("reports", .array(reports.map { ["title": .string($0.title), "text": .string($0.text)] }))
        add("classes", classes?.countsJSON)
        add("confusion", confusion?.json)
        add("calibration", calibration?.json)
        add("mistake_count", .integer(Int64(mistakeCount)))
        add("mistakes", .array(mistakes.map(\.json)))
        return .object(members)
    }

    /// What `findings(of:)` wrote, without figures; nil where it is nothing of the kind.
    init?(findings json: JSONValue) {
        func part<Part>(_ key: String, _ read: (JSONValue) -> Part?) -> Part?? {
            guard let value = json[key] else { return .some(nil) }
            return read(value).map { .some($0) }
        }
        guard let reports = json["reports"]?.array?.every(Report.init),
            let mistakes = json["mistakes"]?.array?.every(Mistake.init),
            let count = json["mistake_count"]?.int, count >= mistakes.count,
            let classes = part("classes", ClassificationReport.init(counts:)),
            let confusion = part("confusion", ConfusionMatrix.init(json:)),
            let calibration = part("calibration", Calibration.init(json:))
        else { return nil }
        self.init(exampleCount: 0, figures: [], units: .mean([]))
        (self.reports, self.classes, self.confusion, self.calibration) = (reports, classes, confusion, calibration)
        keep(mistakes, of: count)
    }
}

extension TaskEvaluation.Report {
    fileprivate init?(_ json: JSONValue) {
        guard let title = json["title"]?.string, let text = json["text"]?.string else { return nil }
        self.init(title: title, text: text)
    }
}

extension TaskEvaluation.Mistake {
    fileprivate var json: JSONValue {
        var members: [JSONValue.Member] = [("place", place), ("text", text), ("gold", gold), ("predicted", predicted)].map {
            .init(key: $0, value: .string($1))
        }
        if let confidence { members.append(.init(key: "confidence", value: .number(confidence))) }
        if !words.isEmpty {
            let words = words.map { JSONValue.array([$0.text, $0.gold, $0.predicted].map(JSONValue.string)) }
            members.append(.init(key: "words", value: .array(words)))
        }
        return .object(members)
    }

    fileprivate init?(_ json: JSONValue) {
        guard let place = json["place"]?.string, let text = json["text"]?.string, let gold = json["gold"]?.string,
            let predicted = json["predicted"]?.string,
            let words = (json["words"]?.array ?? []).every({ word -> (text: String, gold: String, predicted: String)? in
                guard let parts = word.array?.every(\.string), parts.count == 3 else { return nil }
                return (parts[0], parts[1], parts[2])
            })
        else { return nil }
        self.init(
            place: place, text: text, gold: gold, predicted: predicted, confidence: json["confidence"]?.double, words: words)
    }
}

extension RunFolder {
    /// What the finished model's evaluation found, by part of the data; nothing where none was written.
    ///
    /// - Throws: `FileError` and `JSONError` where the file cannot be read, `ConfigurationError` where it is something else.
    func findings() throws -> (part: String, evaluation: TaskEvaluation)? {
        let path = "\(self.path)/\(TaskEvaluation.findingsFile)"
        guard Folder.exists(path) else { return nil }
        let json = try JSONValue.parse(contentsOf: path)
        guard let part = json["part"]?.string, let evaluation = TaskEvaluation(findings: json) else {
            throw ConfigurationError(
                reason: "'\(path)' is not what training writes of classes, confusions and mistakes: remove it, or train again")
        }
        return (part, evaluation)
    }
}
