/// Answers as SQuAD's evaluation compares them: lower case, without ASCII punctuation and without the words a, an, the; words with
/// one space between.
///
/// A word, for the articles, is a run of letters and digits (Python's `\b`); what counts as white space is what Python's `split` takes
/// for it.
enum AnswerNormalization {
    /// The words of the normalised answer, in their order.
    static func words(_ answer: String) -> [String] {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        // Where in `word` the current run of letters and digits begins.
        var runStart = word.startIndex
        func endRun() {
            let run = word[runStart...]
            if run.elementsEqual("a".unicodeScalars) || run.elementsEqual("an".unicodeScalars)
                || run.elementsEqual("the".unicodeScalars)
            {
                word.removeSubrange(runStart...)
                endWord()
            }
        }
        func endWord() {
            if !word.isEmpty { words.append(String(word)) }
            word = String.UnicodeScalarView()
            runStart = word.startIndex
        }
        let scalars = Array(answer.unicodeScalars)
        for (place, original) in scalars.enumerated() where !isPunctuation(original) {
            let lower = isFinalSigma(scalars, place) ? "\u{3C2}" : original.properties.lowercaseMapping
            for scalar in lower.unicodeScalars {
                if isSpace(scalar) {
                    endRun()
                    endWord()
                } else if isWordCharacter(scalar) {
                    word.append(scalar)
                } else {
                    endRun()
                    word.append(scalar)
                    runStart = word.endIndex
                }
            }
        }
        endRun()
        endWord()
        return words
    }

    /// Whether there is a Σ that ends a word and becomes ς: after a letter with case and not before one (Unicode 3.13, Final_Sigma).
    private static func isFinalSigma(_ scalars: [Unicode.Scalar], _ place: Int) -> Bool {
        guard scalars[place] == "\u{3A3}" else { return false }
        let before = scalars[..<place].last { !$0.properties.isCaseIgnorable }
        let after = scalars[(place + 1)...].first { !$0.properties.isCaseIgnorable }
        return before?.properties.isCased == true && after?.properties.isCased != true
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }

    private static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber,
            .otherNumber:
            true
        default: false
        }
    }
}
