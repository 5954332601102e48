import SequiturFiles
import SequiturTensors
import SequiturText

/// A folder with `config.json`: settings, tags, words and classes; and `model.safetensors`: the counts, int32 `start` [K], `end` [K],
/// `transitions` [K, K] and `emissions` [V, K], words first, then classes.
extension HiddenMarkovModel {
    static let modelType = "sequitur-hidden-markov"

    /// Writes both files, each whole or not at all, into a folder that is there.
    ///
    /// - Throws: `FileError`.
    public func write(toFolder folder: String) throws {
        func strings(_ vocabulary: Vocabulary) -> JSONValue { .array(vocabulary.tokens.map(JSONValue.string)) }
        let configuration: JSONValue = [
            "model_type": .string(Self.modelType), "minimum_word_count": .integer(Int64(settings.minimumWordCount)),
            "minimum_class_count": .integer(Int64(settings.minimumClassCount)),
            "longest_suffix": .integer(Int64(settings.longestSuffix)),
            "transition_smoothing": .number(settings.transitionSmoothing),
            "emission_smoothing": .number(settings.emissionSmoothing), "tags": strings(counts.tags),
            "words": strings(counts.words),
            "classes": strings(counts.classes),
        ]
        let tags = counts.tags.count
        try Checkpoint.write(
            [
                ("start", Tensor(counts.start)), ("end", Tensor(counts.end)),
                ("transitions", Tensor(counts.transitions, shape: [tags, tags])),
                ("emissions", Tensor(counts.emissions, shape: [counts.items, tags])),
            ], to: "\(folder)/model.safetensors")
        try configuration.write(to: "\(folder)/config.json")
    }

    /// Reads a folder that `write(toFolder:)` has written. Nothing is missing, nothing unknown, and the counts are those of one text.
    ///
    /// - Throws: `FileError`, `JSONError`, `SafetensorsError`, `CheckpointError`, `ConfigurationError` or `HiddenMarkovError`.
    public convenience init(folder: String) throws {
        let path = "\(folder)/config.json", json = try JSONValue.parse(contentsOf: path)
        let (settings, tags, words, classes) = try Self.located(path) { try Self.configuration(json) }
        var counts = try HiddenMarkovCounts(tags: tags, words: words, classes: classes)
        let file = try SafetensorsFile(path: "\(folder)/model.safetensors")
        let shapes = [
            "start": [tags.count], "end": [tags.count], "transitions": [tags.count, tags.count],
            "emissions": [counts.items, tags.count],
        ]
        let expected = Set(shapes.keys), found = Set(file.entries.map(\.name))
        guard expected == found else {
            throw CheckpointError(
                path: file.path, missing: expected.subtracting(found).sorted(), unexpected: found.subtracting(expected).sorted())
        }
        func read(_ name: String) throws -> [Int32] {
            let entry = try file.entry(named: name)
            guard entry.shape == shapes[name] else {
                throw CheckpointError(path: file.path, name: name, expected: shapes[name] ?? [], found: entry.shape)
            }
            guard entry.dtype == .int32 else {
                throw HiddenMarkovError(reason: "\(file.path): \(name) has type \(entry.dtype.rawValue); counts are I32")
            }
            let values = try Checkpoint.tensor(named: name, in: file).int32s()
            guard values.allSatisfy({ $0 >= 0 }) else {
                throw HiddenMarkovError(reason: "\(file.path): \(name) has counts below 0")
            }
            return values
        }
        counts.start = try read("start")
        counts.end = try read("end")
        counts.transitions = try read("transitions")
        counts.emissions = try read("emissions")
        guard counts.areConsistent else {
            throw HiddenMarkovError(
                reason:
                    "\(file.path): the counts of tags, of their neighbours and of their words are not of one text; estimate again"
            )
        }
        self.init(counts, settings: settings)
    }

    private static func configuration(
        _ json: JSONValue
    ) throws -> (settings: HiddenMarkovSettings, tags: Vocabulary, words: Vocabulary, classes: Vocabulary) {
        let reader = try KeyReader(
            json,
            allowed: [
                "model_type", "minimum_word_count", "minimum_class_count", "longest_suffix", "transition_smoothing",
                "emission_smoothing", "tags", "words", "classes",
            ])
        let type = try reader.string("model_type")
        guard type == modelType else {
            throw ConfigurationError(reason: "\"model_type\" must be \"\(modelType)\", but is \"\(type.printable(limit: 40))\"")
        }
        let settings = HiddenMarkovSettings(
            minimumWordCount: try reader.integer("minimum_word_count"),
            minimumClassCount: try reader.integer("minimum_class_count"),
            longestSuffix: try reader.integer("longest_suffix"), transitionSmoothing: try reader.double("transition_smoothing"),
            emissionSmoothing: try reader.double("emission_smoothing"))
        try settings.validate()
        func vocabulary(_ key: String) throws -> Vocabulary {
            guard let values = json[key]?.array else {
                throw ConfigurationError(reason: "\"\(key)\" must be an array of strings")
            }
            let strings = values.compactMap(\.string)
            guard strings.count == values.count else { throw ConfigurationError(reason: "\"\(key)\" must hold strings alone") }
            return try Vocabulary(strings)
        }
        let tags = try vocabulary("tags"), classes = try vocabulary("classes")
        guard tags.count > 0 else { throw ConfigurationError(reason: "\"tags\" is empty; a model has at least one tag") }
        for name in WordClasses.whole where classes.id(of: name) == nil {
            throw ConfigurationError(reason: "\"classes\" lacks \"\(name)\"; every shape of words has its class")
        }
        return (settings, tags, try vocabulary("words"), classes)
    }

    /// What `body` throws, with the path of the file before it.
    private static func located<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { throw ConfigurationError(reason: "\(path): \(error)") }
    }
}
