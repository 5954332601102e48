/// How raw text is cut into the words that a model of words reads.
///
///     WordSplitter.words.split("Don't fly to 上海!").map(\.text)   // ["Don't", "fly", "to", "上", "海", "!"]
public enum WordSplitter: String, Sendable, CaseIterable {
    /// At white space alone, as text that was tokenised before.
    case spaces
    /// Runs of letters and digits are words, with the apostrophes, hyphens and points within them; a Chinese or Japanese character is
    /// one, and so is every other sign.
    case words
    /// Every character but white space.
    case characters

    /// A word and the Unicode code points of the text that it stands for.
    public struct Word: Sendable, Equatable {
        public let text: String
        public let range: Range<Int>

        public init(text: String, range: Range<Int>) {
            self.text = text
            self.range = range
        }
    }

    public func split(_ text: String) -> [Word] {
        let scalars = Array(text.unicodeScalars)
        var words: [Word] = [], start = 0
        while start < scalars.count {
            if Self.isSpace(scalars[start]) {
                start += 1
                continue
            }
            let end = self.end(of: scalars, from: start)
            words.append(Word(text: String(String.UnicodeScalarView(scalars[start..<end])), range: start..<end))
            start = end
        }
        return words
    }

    private func end(of scalars: [Unicode.Scalar], from start: Int) -> Int {
        var end = start + 1
        switch self {
        case .spaces: while end < scalars.count, !Self.isSpace(scalars[end]) { end += 1 }
        case .characters: while end < scalars.count, Self.isMark(scalars[end]) { end += 1 }
        case .words:
            guard Self.isWord(scalars[start]) else {
                while end < scalars.count, Self.isMark(scalars[end]) { end += 1 }
                return end
            }
            while end < scalars.count {
                if Self.isWord(scalars[end]) || Self.isMark(scalars[end]) {
                    end += 1
                } else if end + 1 < scalars.count, Self.joins(scalars[end], scalars[end - 1], scalars[end + 1]) {
                    end += 2
                } else {
                    break
                }
            }
            // The point of an abbreviation, U.N.
            if end < scalars.count, scalars[end] == ".", end - start >= 3, scalars[end - 2] == "." { end += 1 }
        }
        return end
    }

    /// Whether a sign between two characters keeps them in one word: don't, well-known, U.N, 1,000.5, 10:30.
    private static func joins(_ sign: Unicode.Scalar, _ before: Unicode.Scalar, _ after: Unicode.Scalar) -> Bool {
        guard isWord(after) else { return false }
        switch sign {
        case "'", "’", "-", "_", "·": return true
        case ".": return isDigit(before) == isDigit(after)
        case ",", ":", "/": return isDigit(before) && isDigit(after)
        default: return false
        }
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .format: true
        default: false
        }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .decimalNumber }

    /// Letters and digits of scripts that part words by spaces.
    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9": return true
            default: return false
            }
        }
        switch scalar.value {
        // Kana, Han ideographs and their extensions.
        case 0x3040...0x30FF, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF: return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber,
            .otherNumber:
            return true
        default: return false
        }
    }
}
