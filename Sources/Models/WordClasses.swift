/// Classes of words that training has seen too rarely to count them one by one: what a word looks like, and how it ends.
///
/// That an unknown word's form tells its part of speech is from Bikel et al. (1997), who class by shape, and from Brants (2000), whose
/// TnT learns from the suffixes of rare words, since words that are rare in training behave as words that are not in it. A class is
/// spelled `shape:suffix`, as in `capital:son`, `lower:ing`, `number:`.
enum WordClasses {
    enum Shape: String, CaseIterable {
        /// Letters and digits: `F16`, `1990s`.
        case mixed
        /// More than one letter, all of them capital: `NATO`.
        case upper
        /// One capital letter: `J.`
        case initial
        /// A capital letter first: `Johnson`.
        case capital
        /// A hyphen between letters: `short-lived`.
        case hyphen
        /// Other words with letters.
        case lower
        /// Digits without letters: `3.14`.
        case number
        /// Neither letters nor digits.
        case symbol
    }

    static func shape(of word: String) -> Shape {
        let scalars = word.unicodeScalars.map(\.properties)
        let letters = scalars.filter(\.isAlphabetic), hasDigits = scalars.contains { $0.numericType != nil && !$0.isAlphabetic }
        if letters.isEmpty { return hasDigits ? .number : .symbol }
        if hasDigits { return .mixed }
        if letters.allSatisfy(\.isUppercase) { return letters.count > 1 ? .upper : .initial }
        if scalars.first?.isUppercase ?? false { return .capital }
        return word.unicodeScalars.contains("-") ? .hyphen : .lower
    }

    /// The classes that a word may belong to, from the most special one, with a suffix of at most `longestSuffix` characters, to that
    /// of its shape alone.
    static func candidates(of word: String, longestSuffix: Int) -> [String] {
        let shape = shape(of: word).rawValue, scalars = Array(word.lowercased().unicodeScalars)
        return (0...min(longestSuffix, scalars.count)).reversed().map { length in
            var suffix = String.UnicodeScalarView()
            suffix.append(contentsOf: scalars.suffix(length))
            return "\(shape):\(String(suffix))"
        }
    }

    /// The classes of shapes alone, which every model has.
    static var whole: [String] { Shape.allCases.map { "\($0.rawValue):" } }
}
