import SequiturText

/// What a linear chain looks at around a word; every feature is there or not, and is known by a 64-bit hash of its name, by which two of
/// a million features are taken for one with a probability below 10⁻⁷.
///
/// After Ratnaparkhi (1996), Sha & Pereira (2003) and, for Chinese characters, Peng, Feng & McCallum (2004).
public enum LinearChainFeatures: String, Sendable, CaseIterable {
    /// Words of −2...2 in lower case and pairs of neighbours; the word as it is written; its first and last 1–4 characters; its shape with
    /// and without repetitions, those of its neighbours, and pairs and triples of them; which kind of word it is (`WordClasses.Shape`).
    case words
    /// Characters of −2...2, pairs within −2...2 and the triple around; kinds of characters of −1...1.
    case characters

    /// The features of each word of a sentence.
    ///
    /// - Parameter body: takes the word's place and its features, which may be repeated.
    func forEach(_ words: [String], _ forms: inout Forms, _ body: (Int, [UInt64]) -> Void) {
        let own = words.map { forms[$0] }
        func form(_ place: Int) -> Form { place < 0 ? .start : place >= own.count ? .end : own[place] }
        var keys: [UInt64] = []
        for place in own.indices {
            keys.removeAll(keepingCapacity: true)
            var template: UInt64 = 0
            func add(_ values: UInt64...) {
                template += 1
                keys.append(values.reduce(template, Self.mixed))
            }
            let (second, before, here, after, other) = (
                form(place - 2), form(place - 1), own[place], form(place + 1), form(place + 2)
            )
            add()
            add(second.lower)
            add(before.lower)
            add(here.lower)
            add(after.lower)
            add(other.lower)
            add(before.lower, here.lower)
            add(here.lower, after.lower)
            switch self {
            case .words:
                add(here.exact)
                add(here.shape)
                add(here.brief)
                add(before.brief)
                add(after.brief)
                add(before.brief, here.brief)
                add(here.brief, after.brief)
                add(before.brief, here.brief, after.brief)
                add(second.brief, before.brief, here.brief)
                add(here.brief, after.brief, other.brief)
                add(here.kind)
                add(before.kind, here.kind)
                add(here.kind, after.kind)
                add(before.lower, here.brief)
                add(here.brief, after.lower)
                keys += here.affixes
            case .characters:
                add(second.lower, before.lower)
                add(after.lower, other.lower)
                add(before.lower, after.lower)
                add(before.lower, here.lower, after.lower)
                add(here.kind)
                add(before.kind, here.kind)
                add(here.kind, after.kind)
                add(before.kind, here.kind, after.kind)
            }
            body(place, keys)
        }
    }

    static func mixed(_ left: UInt64, _ right: UInt64) -> UInt64 {
        // A step of SplitMix64 (Steele, Lea & Flood 2014).
        var mixed = (left &* 0x9E37_79B9_7F4A_7C15) ^ (right &+ 0x9E37_79B9_7F4A_7C15)
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Hashes of what a word looks like.
    struct Form {
        var exact, lower, shape, brief, kind: UInt64
        var affixes: [UInt64] = []

        /// What stands beyond the ends of a sentence.
        static let start = Form(boundary: 1), end = Form(boundary: 2)

        private init(boundary: UInt64) { (exact, lower, shape, brief, kind) = (boundary, boundary, boundary, boundary, boundary) }

        init(_ word: String) {
            let lowercased = word.lowercased(), scalars = Array(lowercased.unicodeScalars)
            exact = Self.hash(word)
            lower = Self.hash(lowercased)
            let shape = word.unicodeScalars.map(Self.sign)
            self.shape = Self.hash(shape.prefix(12))
            brief = Self.hash(shape.indices.filter { $0 == 0 || shape[$0] != shape[$0 - 1] }.map { shape[$0] }.prefix(12))
            kind = Self.hash(WordClasses.shape(of: word).rawValue)
            for length in 1...4 where length <= scalars.count {
                affixes.append(LinearChainFeatures.mixed(UInt64(100 + length), Self.hash(scalars.prefix(length))))
                affixes.append(LinearChainFeatures.mixed(UInt64(200 + length), Self.hash(scalars.suffix(length))))
            }
        }

        /// A letter for each kind of character; other signs stand for themselves.
        private static func sign(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
            let properties = scalar.properties
            if properties.numericType != nil, !properties.isAlphabetic { return "0" }
            if properties.isUppercase { return "X" }
            return properties.isAlphabetic ? "x" : scalar
        }

        private static func hash(_ scalars: some Sequence<Unicode.Scalar>) -> UInt64 {
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            return hash(String(text))
        }

        private static func hash(_ text: String) -> UInt64 {
            var hash = XXHash64()
            hash.update(text)
            return hash.digest
        }
    }

    /// Words that were looked at before, by their bytes.
    struct Forms {
        private var known: [[UInt8]: Form] = [:]

        subscript(word: String) -> Form {
            mutating get {
                let bytes = Array(word.utf8)
                if let form = known[bytes] { return form }
                let form = Form(word)
                known[bytes] = form
                return form
            }
        }
    }
}
