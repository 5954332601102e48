import SequiturFiles
import SequiturText

/// Data that no baseline can learn from, or a file that holds none: one line.
public struct BaselineError: Error, Sendable, CustomStringConvertible {
    public let reason: String
    public var description: String { reason }

    init(reason: String) { self.reason = reason }

    /// Refuses sentences without words, and with more or fewer tags than words.
    static func requireTags(_ sentences: [HiddenMarkovModel.Sentence]) throws(BaselineError) {
        for (index, sentence) in sentences.enumerated() where sentence.words.count != sentence.tags.count {
            throw BaselineError(
                reason:
                    "sentence \(index + 1) has \(sentence.words.count) words, but \(sentence.tags.count) tags: give one tag a word"
            )
        }
        guard sentences.contains(where: { !$0.words.isEmpty }) else {
            throw BaselineError(reason: "the tagged text has no words; give a text that is not empty")
        }
    }
}

/// The `config.json` of a baseline, not trusted: what it lacks, or has beyond what is known, is named.
struct BaselineConfiguration {
    let path: String
    private let json: JSONValue

    init(folder: String, type: String, keys: [String]) throws {
        path = "\(folder)/config.json"
        json = try JSONValue.parse(contentsOf: path)
        do {
            let found = try KeyReader(json, allowed: Set(keys + ["model_type"])).string("model_type")
            guard found == type else {
                throw ConfigurationError(reason: "\"model_type\" must be \"\(type)\", but is \"\(found.printable(limit: 40))\"")
            }
        } catch let error as ConfigurationError { throw BaselineError(reason: "\(path): \(error.reason)") }
    }

    private func error(_ key: String, _ expected: String) -> BaselineError {
        BaselineError(reason: "\(path): \"\(key)\" must be \(expected)")
    }

    func distinctStrings(_ key: String, atLeast least: Int = 0) throws -> [String] {
        guard let values = json[key]?.array else { throw error(key, "a list of strings") }
        let strings = values.compactMap(\.string)
        guard strings.count == values.count, strings.count >= least, strings.count <= Int(Int32.max) else {
            throw error(key, "a list of \(least) or more strings")
        }
        do { _ = try Vocabulary(strings) } catch { throw BaselineError(reason: "\(path): \"\(key)\": \(error)") }
        return strings
    }

    /// Whole numbers from 0.
    func integers(_ key: String, below limit: Int, count: Int) throws -> [Int] {
        guard let values = json[key]?.array, values.count == count else { throw error(key, "a list of \(count) whole numbers") }
        let numbers = values.compactMap(\.int)
        guard numbers.count == count, numbers.allSatisfy({ $0 >= 0 && $0 < limit }) else {
            throw error(key, "a list of whole numbers from 0" + (limit == .max ? "" : " to \(limit - 1)"))
        }
        return numbers
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int {
        guard let value = json[key]?.int, range.contains(value) else {
            throw error(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func bool(_ key: String) throws -> Bool {
        guard let value = json[key]?.bool else { throw error(key, "true or false") }
        return value
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String) throws -> Choice where Choice.RawValue == String {
        guard let choice = json[key]?.string.flatMap(Choice.init(rawValue:)) else {
            throw error(key, "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }
}

/// The `model.safetensors` of a baseline, not trusted: names, types and shapes are checked before anything is read.
struct BaselineTensors {
    private let file: SafetensorsFile

    /// - Parameter shapes: of each tensor that the file must have; it may have no other.
    init(folder: String, shapes: [String: (SafetensorsDType, [Int])]) throws {
        file = try SafetensorsFile(path: "\(folder)/model.safetensors")
        let expected = Set(shapes.keys), found = Set(file.entries.map(\.name))
        guard expected == found else {
            throw CheckpointError(
                path: file.path, missing: expected.subtracting(found).sorted(), unexpected: found.subtracting(expected).sorted())
        }
        for entry in file.entries {
            guard let (type, shape) = shapes[entry.name] else { continue }
            guard entry.shape == shape else {
                throw CheckpointError(path: file.path, name: entry.name, expected: shape, found: entry.shape)
            }
            guard entry.dtype == type else {
                throw BaselineError(
                    reason: "\(file.path): \(entry.name) has type \(entry.dtype.rawValue), but \(type.rawValue) is expected")
            }
        }
    }

    private func read<Number: BitwiseCopyable>(_ name: String, as type: Number.Type) throws -> [Number] {
        let entry = try file.entry(named: name)
        return file.withBytes(of: entry) { bytes in
            (0..<entry.elementCount).map {
                bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Number>.stride, as: Number.self)
            }
        }
    }

    /// Finite numbers.
    func floats(_ name: String) throws -> [Float] {
        let values = try read(name, as: Float.self)
        guard values.allSatisfy(\.isFinite) else {
            throw BaselineError(reason: "\(file.path): \(name) has numbers that are not finite")
        }
        return values
    }

    /// Whole numbers from 0.
    func counts(_ name: String) throws -> [Int32] {
        let values = try read(name, as: Int32.self)
        guard values.allSatisfy({ $0 >= 0 }) else { throw BaselineError(reason: "\(file.path): \(name) has counts below 0") }
        return values
    }

    /// Numbers that are all different.
    func keys(_ name: String) throws -> [UInt64] {
        let values = try read(name, as: UInt64.self)
        guard Set(values).count == values.count else { throw BaselineError(reason: "\(file.path): \(name) has a number twice") }
        return values
    }
}

extension SafetensorsWriter.Tensor {
    init(_ name: String, _ dtype: SafetensorsDType, _ shape: [Int], _ values: [some BitwiseCopyable]) {
        self.init(name: name, dtype: dtype, shape: shape) { writer in try values.withUnsafeBytes { try writer.write($0) } }
    }
}
