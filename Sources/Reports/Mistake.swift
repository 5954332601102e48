import SequiturFiles

/// Something that a model got wrong, where it stands.
public struct Mistake: Sendable {
    /// A word with what it should be part of and what it was taken for. Neighbours that agree in both are shown as one span.
    public struct Token: Sendable {
        public var text: String
        public var gold: String?
        public var predicted: String?

        public init(_ text: String, gold: String? = nil, predicted: String? = nil) {
            (self.text, self.gold, self.predicted) = (text, gold, predicted)
        }
    }

    /// The words of a sentence; empty where `text` says it.
    public var context: [Token]
    public var text: String
    /// Labels of the whole; empty where the words carry them.
    public var gold: String
    public var predicted: String
    /// How sure the model was, or how far off.
    public var score: Double?
    /// Where it stands: file and line.
    public var place: String

    public init(context: [Token], gold: String = "", predicted: String = "", score: Double? = nil, place: String = "") {
        (self.context, text, self.gold, self.predicted) = (context, "", gold, predicted)
        (self.score, self.place) = (score, place)
    }

    public init(text: String, gold: String, predicted: String, score: Double? = nil, place: String = "") {
        (context, self.text, self.gold, self.predicted) = ([], text, gold, predicted)
        (self.score, self.place) = (score, place)
    }

    /// Longer texts are cut.
    private static let characterLimit = 2000

    var view: View {
        var view: View = [
            "spans": spans.map(\.view), "text": String(text.prefix(Self.characterLimit)) + (isCut ? " …" : ""),
            "hasLabels": !gold.isEmpty || !predicted.isEmpty, "gold": gold.isEmpty ? "none" : gold,
            "predicted": predicted.isEmpty ? "none" : predicted, "place": place.isEmpty ? false : place, "score": false,
        ]
        if let score { view["score"] = Quantity.significant(score) }
        return view
    }

    private var isCut: Bool { text.count > Self.characterLimit }

    private struct Span {
        var text: String
        let gold: String?
        let predicted: String?
        /// What separates it from the next one.
        var space = ""

        var view: View {
            let isRight = gold == predicted
            return [
                "text": text, "isPlain": gold == nil && predicted == nil, "isRight": isRight, "gold": gold ?? "none",
                "predicted": predicted ?? "none", "isMissed": predicted == nil, "isInvented": gold == nil, "space": space,
            ]
        }
    }

    private var spans: [Span] {
        var spans: [Span] = []
        var count = 0
        for (index, token) in context.enumerated() {
            count += token.text.count
            guard count <= Self.characterLimit else {
                spans.append(Span(text: "…", gold: nil, predicted: nil))
                break
            }
            let space = index > 0 && Self.isSpaced(context[index - 1].text, token.text) ? " " : ""
            if let last = spans.last, last.gold == token.gold, last.predicted == token.predicted {
                spans[spans.count - 1].text += space + token.text
            } else {
                if !spans.isEmpty { spans[spans.count - 1].space = space }
                spans.append(Span(text: token.text, gold: token.gold, predicted: token.predicted))
            }
        }
        return spans
    }

    /// Scripts that put no spaces between words need none between two of theirs.
    private static func isSpaced(_ left: String, _ right: String) -> Bool {
        guard let end = left.unicodeScalars.last, let begin = right.unicodeScalars.first else { return true }
        return !(end.isUnspaced && begin.isUnspaced)
    }
}

extension Unicode.Scalar {
    /// Han, kana, and their punctuation and full-width forms.
    fileprivate var isUnspaced: Bool {
        switch value {
        case 0x2E80...0x303F, 0x3040...0x30FF, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF,
            0xFF00...0xFFEF,
            0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
