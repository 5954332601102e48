import SequiturFiles
import SequiturModels
import SequiturTensors
import SequiturText
import SequiturTraining

/// What a run's `sequitur.json` says of its task, its model and its text, and whether a run that is to go on is the same.
struct RunRecord {
    let task: String
    let model: String
    /// The paths of the text.
    let data: [String]
    let training: TrainingSettings
    /// Written beside what follows from the data.
    let description: [(key: String, value: JSONValue)]

    func requireSameTask(_ folder: RunFolder) throws {
        let found = try folder.readDescription()
        let (task, model) = (found["task"]?.string ?? "", found["model"]?.string ?? "")
        guard task == self.task, model == self.model else {
            throw ConfigurationError(
                reason:
                    "\(folder.path) holds a run of \(task.printable(limit: 40)) with model \(model.printable(limit: 40)), not of \(self.task) with model \(self.model): go on with what it began with"
            )
        }
    }

    func requireSameText(_ folder: RunFolder, _ corpus: LanguageModelingCorpus) throws {
        try requireSame(folder, fingerprint: corpus.record.fingerprint)
    }

    func requireSame(_ folder: RunFolder, fingerprint: Fingerprint) throws {
        try requireSameTask(folder)
        guard try folder.readDescription()["data"]?["fingerprint"]?.string == fingerprint.description else {
            throw ConfigurationError(
                reason:
                    "the text in \(data.joined(separator: ", ")) is not the one that the run in \(folder.path) was trained on: give the same data to --resume, or begin anew with --from \(folder.path)"
            )
        }
    }

    /// - Parameter others: names of further files that this kind of run writes.
    func begin(
        _ folder: RunFolder, _ corpus: LanguageModelingCorpus, _ tokenizer: any Tokenizer, others: [String] = []
    ) throws {
        try begin(
            folder,
            data: [
                ("fingerprint", .string(corpus.record.fingerprint.description)),
                ("bytes", .integer(Int64(corpus.record.byteCount))),
                ("characters", .integer(Int64(corpus.record.characterCount))),
                ("training_tokens", .integer(Int64(corpus.training.count))),
                ("validation_tokens", .integer(Int64(corpus.validation?.count ?? 0))),
            ], others: [("tokenizer", .string(tokenizer.fingerprint.description))], files: others)
    }

    /// - Parameters:
    ///   - data: what the data is recognised by, beside its paths.
    ///   - others: what stands beside the data.
    ///   - files: names of further files that this kind of run writes.
    func begin(
        _ folder: RunFolder, data members: [(String, JSONValue)], others: [(String, JSONValue)], files: [String] = []
    ) throws {
        func object(_ members: [(String, JSONValue)]) -> JSONValue { .object(members.map { .init(key: $0.0, value: $0.1) }) }
        let all: [(String, JSONValue)] =
            [
                ("version", .string(Release.version)), ("task", .string(task)), ("model", .string(model)),
                ("seed", .integer(Int64(bitPattern: training.seed))),
                ("precision", .string(training.precision.resolved.rawValue)),
                ("processor_name", Processor.name.map { .string($0) } ?? .null),
                ("processor", .string(Processor.instructionSet)), ("product_library", .string(Processor.productLibrary)),
                ("data", object([("paths", .array(data.map { .string($0) }))] + members)),
            ] + others + description.map { ($0.key, $0.value) }
        try folder.begin(object(all), others: files)
    }
}
