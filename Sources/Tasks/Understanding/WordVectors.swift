import SequiturFiles
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText

/// Pre-trained vectors of words, as GloVe (Pennington, Socher & Manning 2014) and fastText (Bojanowski et al. 2017) write them: a word and
/// its numbers on each line, separated by spaces; a first line of two numbers, their count and width, may stand before them.
struct WordVectors {
    let width: Int
    private let vectors: [String: [Float]]

    /// Keeps the vectors of the words that are wanted alone.
    ///
    /// - Throws: `FileError`, and one line that names the line for whatever is no vector.
    init(path: String, wanted: [[String]], settings: LexiconSettings) throws {
        var needed = Set<String>()
        for word in wanted.joined() {
            needed.insert(word)
            needed.insert(settings.normalized(word))
        }
        var width: Int?, found: [String: [Float]] = [:]
        let file = try MappedFile(path: path)
        try file.withBytes { bytes in
            var start = bytes.startIndex, number = 0
            while start < bytes.endIndex {
                let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.endIndex
                number += 1
                var line = bytes[start..<end]
                start = end + 1
                while let last = line.last, last == 0x20 || last == 0x0D || last == 0x09 { line = line.dropLast() }
                guard !line.isEmpty else { continue }
                // Words of some files have spaces; the numbers are the last fields.
                let fields = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 })
                if number == 1, fields.count == 2, fields.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } }) {
                    continue
                }
                let own = width ?? fields.count - 1
                guard own > 0, fields.count > own else {
                    throw ConfigurationError(
                        reason:
                            "'\(path)' line \(number): a word and \(own) numbers are expected, but there are \(fields.count) fields"
                    )
                }
                width = own
                let word = String(
                    decoding: UnsafeRawBufferPointer(
                        rebasing: bytes[fields[0].startIndex..<fields[fields.count - own - 1].endIndex]), as: UTF8.self)
                guard needed.contains(word), found[word] == nil else { continue }
                found[word] = try fields.suffix(own).map { field in
                    let text = String(decoding: field, as: UTF8.self)
                    guard let value = Float(text), value.isFinite else {
                        throw ConfigurationError(
                            reason: "'\(path)' line \(number): '\(text.printable(limit: 40))' is not a number")
                    }
                    return value
                }
            }
        }
        guard let width else { throw ConfigurationError(reason: "'\(path)' has no word vectors in it") }
        self.width = width
        vectors = found
    }

    /// Puts the vectors into the rows of their words.
    func fill(_ table: Parameter, _ lexicon: Lexicon) {
        var values = table.value.floats()
        for (id, word) in lexicon.words.tokens.enumerated() {
            guard let vector = vectors[word] else { continue }
            values.replaceSubrange((id * width)..<((id + 1) * width), with: vector)
        }
        table.assign(Tensor(values, shape: table.shape))
    }
}
