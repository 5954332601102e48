import SequiturFiles

/// How encodings are cut to a length.
public struct TokenTruncation: Sendable, Equatable {
    public enum Strategy: Sendable, Equatable { case longestFirst, onlyFirst, onlySecond }

    /// The most tokens that an encoding has, special ones included.
    public var maximumLength: Int
    /// How many tokens neighbouring windows share.
    public var stride: Int
    public var strategy: Strategy
    /// Whether the start is cut off instead of the end.
    public var isLeft: Bool

    public init(maximumLength: Int, stride: Int = 0, strategy: Strategy = .longestFirst, isLeft: Bool = false) {
        self.maximumLength = maximumLength
        self.stride = stride
        self.strategy = strategy
        self.isLeft = isLeft
    }

    init(_ reader: ComponentReader) throws {
        maximumLength = try reader.member("max_length").integer(0...Int(Int32.max))
        stride = try reader.member("stride").integer(0...Int(Int32.max))
        strategy = try reader.member("strategy").choice([
            "LongestFirst": .longestFirst, "OnlyFirst": .onlyFirst, "OnlySecond": .onlySecond,
        ])
        isLeft = try reader.optional("direction")?.choice(["Left": true, "Right": false]) ?? false
    }

    /// As tokenizer.json has it.
    var json: JSONValue {
        let name: JSONValue =
            switch strategy {
            case .longestFirst: "LongestFirst"
            case .onlyFirst: "OnlyFirst"
            case .onlySecond: "OnlySecond"
            }
        return [
            "direction": isLeft ? "Left" : "Right", "max_length": .integer(Int64(maximumLength)), "strategy": name,
            "stride": .integer(Int64(stride)),
        ]
    }

    /// Cuts a text, or a pair of them, so that with `added` special tokens they keep to the maximum.
    func apply(to encodings: inout [Encoding], added: Int) throws {
        guard maximumLength >= added else {
            throw EncodingError.truncationTooShort(maximum: maximumLength, needed: added)
        }
        let maximum = maximumLength - added
        func truncate(_ index: Int, to length: Int) throws {
            guard length >= encodings[index].count || length == 0 || stride < length else {
                throw EncodingError.strideTooLong(stride: stride, length: length)
            }
            try encodings[index].truncate(to: length, stride: stride, fromLeft: isLeft)
        }
        let total = encodings.reduce(0) { $0 + $1.count }
        if maximum == 0 {
            for index in encodings.indices { try truncate(index, to: 0) }
            return
        }
        guard total > maximum else { return }
        switch strategy {
        case .longestFirst where encodings.count == 2:
            let isSwapped = encodings[0].count > encodings[1].count
            var shorter = encodings[isSwapped ? 1 : 0].count
            var longer = shorter > maximum ? shorter : max(shorter, maximum - shorter)
            if shorter + longer > maximum {
                shorter = maximum / 2
                longer = shorter + maximum % 2
            }
            try truncate(isSwapped ? 1 : 0, to: shorter)
            try truncate(isSwapped ? 0 : 1, to: longer)
        case .longestFirst: try truncate(0, to: maximum)
        case .onlyFirst, .onlySecond:
            let index = strategy == .onlyFirst ? 0 : 1
            guard index < encodings.count else { throw EncodingError.noSecondText }
            let excess = total - maximum
            guard encodings[index].count > excess else {
                throw EncodingError.truncationTooShort(maximum: maximumLength, needed: total - encodings[index].count + added + 1)
            }
            try truncate(index, to: encodings[index].count - excess)
        }
    }
}
