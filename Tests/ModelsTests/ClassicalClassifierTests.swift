import Foundation
import SequiturFiles
import SequiturModels
import SequiturText
import Testing

/// Naive Bayes and logistic regression, by hand and as scikit-learn computes them (`Tools/make_baseline_fixtures.py`).
@Suite struct ClassicalClassifierTests {
    private static let toy = [
        ClassifiedText("good good film", classes: [1]), ClassifiedText("bad film", classes: [0]),
        ClassifiedText("good plot", classes: [1]),
    ]
    private static let names = ["bad", "good"]

    private func expectClose(_ found: [[Float]], _ expected: [[Double]], _ tolerance: Double, _ what: String) {
        #expect(found.map(\.count) == expected.map(\.count), "\(what)")
        let worst = zip(found.joined(), expected.joined()).map { abs(Double($0) - $1) }.max() ?? 0
        #expect(worst < tolerance, "\(what): \(worst)")
    }

    /// 3 texts; terms good, film, plot, bad and 4 pairs: V = 8 with "good good", "good film", "bad film", "good plot".
    @Test func naiveBayesByHand() throws {
        let model = try NaiveBayesModel(countedFrom: Self.toy, classes: Self.names)
        // Class 1 has 3 + 2 words and pairs of its first text, 2 + 1 of its second: 8; class 0 has 2 + 1.
        let good = 2.0 / 3 * (4.0 / 16), bad = 1.0 / 3 * (1.0 / 11)
        expectClose(
            model.probabilities(of: [.init("Good"), .init("unheard of"), .init("")]),
            [[bad / (good + bad), good / (good + bad)], [1.0 / 3, 2.0 / 3], [1.0 / 3, 2.0 / 3]], 1e-6, "by hand")
        let balanced = try NaiveBayesModel(countedFrom: Self.toy, classes: Self.names, isBalanced: true)
        expectClose(balanced.probabilities(of: [.init("")]), [[0.5, 0.5]], 1e-6, "balanced")
    }

    @Test func probabilitiesAreThoseOfScikitLearn() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/Baselines").path
        for (number, json) in try #require(try JSONValue.parse(contentsOf: "\(folder)/classifiers.json").array).enumerated() {
            func strings(_ key: String) -> [String] { (json[key]?.array ?? []).compactMap(\.string) }
            func rows(_ key: String) -> [[Double]] { (json[key]?.array ?? []).map { ($0.array ?? []).compactMap(\.double) } }
            let classes = (0..<(try #require(json["classes"]?.int))).map(String.init)
            let texts = zip(strings("train"), rows("labels")).map { ClassifiedText($0, classes: $1.map { Int($0) }) }
            let asked = strings("test").map { ClassifiedText($0) }
            var settings = LogisticRegressionModel.Settings()
            settings.isMultilabel = json["several"]?.bool ?? false
            settings.isSublinear = json["sublinear"]?.bool ?? false
            settings.isBalanced = json["balanced"]?.bool ?? false
            let regression = try LogisticRegressionModel(learntFrom: texts, classes: classes, settings: settings)
            #expect(asked.count == 15)
            expectClose(regression.probabilities(of: asked), rows("regression"), 1e-4, "regression of case \(number)")
            guard json["bayes"] != nil else { continue }
            let bayes = try NaiveBayesModel(countedFrom: texts, classes: classes)
            expectClose(bayes.probabilities(of: asked), rows("bayes"), 1e-6, "naive Bayes of case \(number)")
        }
    }

    /// Weights that are N / (C · n_c) are the balanced ones.
    @Test func classesWeighWhatIsSaid() throws {
        let texts = Self.toy + [ClassifiedText("good indeed", classes: [Self.toy[0].classes[0]])]
        func shares(_ change: (inout LogisticRegressionModel.Settings) -> Void) throws -> [[Double]] {
            var settings = LogisticRegressionModel.Settings()
            change(&settings)
            return try LogisticRegressionModel(learntFrom: texts, classes: Self.names, settings: settings)
                .probabilities(of: [.init("good"), .init("")]).map { $0.map(Double.init) }
        }
        let counts = Self.names.indices.map { name in texts.count { $0.classes == [name] } }
        let balanced = try shares { $0.isBalanced = true }, even = try shares { _ in }
        let named = try shares { $0.classWeights = counts.map { Double(texts.count) / Double(counts.count * $0) } }
        expectClose(named.map { $0.map { Float($0) } }, balanced, 1e-6, "named")
        #expect(even != balanced)
    }

    @Test func pairsAreReadByWhatTheyShare() {
        #expect(TextTerms().terms(of: "Not bad") == ["not", "bad", "not bad"])
        #expect(TextTerms().terms(of: "a B", "b") == ["≠ a", "= b", "≠ a b", "= b"])
        #expect(TextTerms(splitter: .characters).terms(of: "上海") == ["上", "海", "上 海"])
        #expect(TextTerms().terms(of: "") == [] && TextTerms().terms(of: "", "") == [])
    }

    @Test func refusesWhatCannotBeLearnt() throws {
        func reason(_ texts: [ClassifiedText], _ classes: [String]) -> String? {
            do { _ = try NaiveBayesModel(countedFrom: texts, classes: classes) } catch { return "\(error)" }
            return nil
        }
        #expect(reason([], Self.names)?.contains("0 texts") == true)
        #expect(reason(Self.toy, ["one"])?.contains("nothing to tell apart") == true)
        #expect(reason([.init("a", classes: [2])], Self.names)?.contains("text 1 has the classes [2]") == true)
        #expect(reason([.init("a", classes: [])], Self.names)?.contains("text 1") == true)
        #expect(throws: CancellationError.self) {
            try LogisticRegressionModel(learntFrom: Self.toy, classes: Self.names) { true }
        }
    }

    // MARK: Files

    @Test func writtenModelsAreTheSame() throws {
        let folder = try SafetensorsFolder(), texts = Self.toy + [.init("")]
        let bayes = try NaiveBayesModel(countedFrom: Self.toy, classes: Self.names)
        try bayes.write(toFolder: folder.path)
        #expect(try folder.names == ["config.json", "model.safetensors"])
        #expect(try NaiveBayesModel(folder: folder.path).probabilities(of: texts) == bayes.probabilities(of: texts))
        for isMultilabel in [false, true] {
            var settings = LogisticRegressionModel.Settings()
            settings.isMultilabel = isMultilabel
            let regression = try LogisticRegressionModel(learntFrom: Self.toy, classes: Self.names, settings: settings)
            try regression.write(toFolder: folder.path)
            let read = try LogisticRegressionModel(folder: folder.path)
            #expect(read.probabilities(of: texts) == regression.probabilities(of: texts) && read.isMultilabel == isMultilabel)
        }
    }

    @Test func refusesOtherFiles() throws {
        let folder = try SafetensorsFolder(), path = folder.path + "/config.json"
        try LogisticRegressionModel(learntFrom: Self.toy, classes: Self.names).write(toFolder: folder.path)
        let sound = try oneLine(path), weights = try #require(folder.contents)
        func refused(_ config: String, _ bytes: [UInt8]? = nil, _ expected: String) throws {
            try Data(config.utf8).write(to: URL(fileURLWithPath: path))
            try folder.put(bytes ?? weights)
            do {
                _ = try LogisticRegressionModel(folder: folder.path)
                Issue.record("read, though it should say: \(expected)")
            } catch {
                #expect("\(error)".contains(expected) && !"\(error)".contains("\n"), "\(error)")
            }
        }
        func changed(_ old: String, _ new: String) -> String {
            #expect(sound.contains(old), "\(old)")
            return sound.replacingOccurrences(of: old, with: new)
        }
        try refused("{}", nil, "\"model_type\" is missing")
        try refused("[", nil, "not valid JSON")
        try refused(changed("sequitur-logistic-regression", "sequitur-naive-bayes"), nil, "\"model_type\" must be")
        try refused(changed("\"sublinear\"", "\"linear\""), nil, "unknown key \"linear\"")
        try refused(changed("\"words\"", "\"letters\""), nil, "\"splitter\" must be one of")
        try refused(changed("\"plot\"", "1"), nil, "\"terms\" must be a list of 0 or more strings")
        try refused(changed("\"plot\"", "\"film\""), nil, "\"terms\"")
        try refused(changed("\"plot\",", ""), nil, "should have shape")
        try refused(changed("\"bad\", \"good\"", "\"bad\""), nil, "list of 2 or more strings")
        try refused(sound, Array(weights.dropLast(4)), "model.safetensors")
        try refused(sound, weights.replacing(Array("\"F32\"".utf8), with: Array("\"I32\"".utf8)), "F32 is expected")
        try refused(sound, weights.replacing(Array("\"bias\"".utf8), with: Array("\"bins\"".utf8)), "lacks bias")
        var other = weights
        other.replaceSubrange((other.count - 4)..., with: [0, 0, 0x80, 0x7F])
        try refused(sound, other, "not finite")
        try Data(sound.utf8).write(to: URL(fileURLWithPath: path))
        try folder.put(weights)
        #expect(try LogisticRegressionModel(folder: folder.path).classes == Self.names)
    }
}
