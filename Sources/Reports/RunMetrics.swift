import SequiturFiles

/// What `metrics.jsonl` tells of a training run: a line for each step, validation, checkpoint and warning.
///
/// Files of any length are read in bounded memory. A line that is no JSON object, as where a kill cut the last one, is left out and
/// counted.
public struct RunMetrics: Sendable {
    /// How the run ended, as its last line says; nil where it did not end.
    public struct End: Sendable, Equatable {
        /// `completed`, `timeLimit`, `stoppedEarly`, `interrupted`.
        public let reason: String
        public let step: Int
        public let epoch: Double?
        public let seconds: Double?
        public let bestStep: Int?
        public let bestMetric: Double?
    }

    public struct Figure: Sendable, Equatable {
        public let name: String
        public let value: Double
    }

    /// The last step.
    public private(set) var step = 0
    public private(set) var epoch = 0.0
    /// Seconds that the steps took, validations apart.
    public private(set) var stepSeconds = 0.0
    /// Targets that were learned from, those of later epochs included.
    public private(set) var targetCount = 0
    public private(set) var validationCount = 0
    public private(set) var checkpointCount = 0
    /// The best validation: its step, and its figures by name.
    public private(set) var best: (step: Int, figures: [Figure])?
    public private(set) var lastValidation: (step: Int, figures: [Figure])?
    /// The first warnings, of `warningCount`.
    public private(set) var warnings: [String] = []
    public private(set) var warningCount = 0
    /// Why the run failed.
    public private(set) var failure: String?
    public private(set) var end: End?
    /// Lines that could not be read.
    public private(set) var damagedLines = 0

    var loss = Track(), learningRate = Track(), gradientNorm = Track(), speed = Track()
    /// By name, in the order of their first appearance.
    var validations: [(name: String, sampler: PointSampler)] = []

    private static let warningLimit = 20
    private static let figureLimit = 40
    private static let lineLimit = 1 << 20

    /// A run that has measured nothing.
    public init() {}

    /// - Throws: `FileError` where the file cannot be read.
    public init(path: String) throws {
        let file = try MappedFile(path: path)
        file.withBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
                read(UnsafeRawBufferPointer(rebasing: rest[..<end]))
                rest = rest[min(end + 1, rest.endIndex)...]
            }
        }
    }

    private mutating func read(_ line: UnsafeRawBufferPointer) {
        guard !line.isEmpty else { return }
        guard line.count <= Self.lineLimit, let json = try? JSONValue.parse(line, limits: JSONLimits(depth: 16, values: 10_000)),
            let event = json["event"]?.string, let step = json["step"]?.int ?? (event == "warning" ? self.step : nil)
        else {
            damagedLines += 1
            return
        }
        switch event {
        case "step": readStep(json, step)
        case "validation": readValidation(json, step)
        case "checkpoint": checkpointCount += 1
        case "warning":
            warningCount += 1
            if let message = json["message"]?.string, warnings.count < Self.warningLimit { warnings.append(message) }
        case "failed": failure = json["message"]?.string
        case "finished":
            end = End(
                reason: json["reason"]?.string ?? "", step: step, epoch: json["epoch"]?.double, seconds: json["seconds"]?.double,
                bestStep: json["best_step"]?.int, bestMetric: json["best_metric"]?.double)
        default: break
        }
    }

    private mutating func readStep(_ json: JSONValue, _ step: Int) {
        // A run that goes on has neither ended nor failed.
        (end, failure) = (nil, nil)
        self.step = step
        epoch = json["epoch"]?.double ?? epoch
        stepSeconds += json["seconds"]?.double ?? 0
        targetCount &+= json["targets"]?.int ?? 0
        let place = Double(step)
        loss.append(place, json["loss"]?.double)
        learningRate.append(place, json["learning_rate"]?.double)
        gradientNorm.append(place, json["gradient_norm"]?.double)
        speed.append(place, json["targets_per_second"]?.double)
    }

    private mutating func readValidation(_ json: JSONValue, _ step: Int) {
        let prefix = "validation_"
        validationCount += 1
        var figures: [Figure] = []
        for member in json.members ?? [] where member.key.hasPrefix(prefix) {
            let name = String(member.key.dropFirst(prefix.count)), value = member.value.double ?? .nan
            figures.append(Figure(name: name, value: value))
            if !validations.contains(where: { $0.name == name }), validations.count < Self.figureLimit {
                validations.append((name, PointSampler(limit: Curve.pointLimit)))
            }
            guard let index = validations.firstIndex(where: { $0.name == name }) else { continue }
            validations[index].sampler.append(Double(step), value)
        }
        figures.removeLast(max(0, figures.count - Self.figureLimit))
        lastValidation = (step, figures)
        if json["best"]?.bool == true { best = (step, figures) }
    }

    /// A value of each step, as it is and as the mean of the steps before, those long ago counting less.
    struct Track: Sendable {
        private(set) var each = PointSampler(limit: Curve.pointLimit)
        private(set) var mean = PointSampler(limit: Curve.pointLimit)
        private(set) var range: ClosedRange<Double>?
        private(set) var count = 0
        private var sum = 0.0, weight = 0.0

        /// The share of the newest step: of ten steps at first, and of more as the run grows longer.
        private var share: Double { 1 / Double(min(max(10, count / 20), 100)) }

        /// - Parameter value: nil where the step has none.
        mutating func append(_ x: Double, _ value: Double?) {
            count += 1
            each.append(x, value ?? .nan)
            guard let value, value.isFinite else { return mean.append(x, .nan) }
            (sum, weight) = ((1 - share) * sum + share * value, (1 - share) * weight + share)
            mean.append(x, sum / weight)
            range = min(range?.lowerBound ?? value, value)...max(range?.upperBound ?? value, value)
        }
    }
}
