import SequiturText
import Testing

@Suite struct TagSchemeConversionTests {
    private func tags(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

    /// The same spans in every scheme.
    private static let spellings: [(TagScheme, String)] = [
        (.bio, "B-PER I-PER O B-LOC B-LOC I-LOC B-PER O B-ORG"),
        (.iob1, "I-PER I-PER O I-LOC B-LOC I-LOC I-PER O I-ORG"),
        (.bioes, "B-PER E-PER O S-LOC B-LOC E-LOC S-PER O S-ORG"),
        (.bmes, "B-PER E-PER O S-LOC B-LOC E-LOC S-PER O S-ORG"),
    ]

    @Test func convertsBetweenAllSchemes() {
        for (source, from) in Self.spellings {
            for (target, to) in Self.spellings {
                #expect(TagScheme.converted(tags(from), from: source, to: target) == tags(to), "\(source) to \(target)")
            }
        }
        #expect(TagScheme.converted(tags("B-A M-A M-A E-A"), from: .bmes, to: .bioes) == tags("B-A I-A I-A E-A"))
        #expect(TagScheme.converted(tags("B M E S"), from: .bmes, to: .bio) == tags("B I I B"))
        #expect(TagScheme.converted([], from: .bio, to: .bmes) == [])
    }

    @Test func everySequenceOfShortLengthComesBack() {
        let alphabet = ["O", "B-X", "I-X", "B-Y", "I-Y"]
        for code in 0..<3125 {
            var rest = code
            let sequence = (0..<5).map { _ in
                defer { rest /= 5 }
                return alphabet[rest % 5]
            }
            // Repaired once, a sequence is the same in every scheme and back.
            let repaired = TagScheme.converted(sequence, from: .bio, to: .bio)
            #expect(TagScheme.recognized(in: [repaired]).illFormedCount == 0)
            for scheme in TagScheme.allCases {
                let there = TagScheme.converted(repaired, from: .bio, to: scheme)
                #expect(TagScheme.converted(there, from: scheme, to: .bio) == repaired)
                var previous: SpanTag?
                for tag in there + [nil] as [String?] {
                    let next = tag.flatMap(scheme.parse)
                    #expect(scheme.allows(previous, next), "\(there) in \(scheme)")
                    previous = next
                }
            }
        }
    }

    @Test func illFormedTagsAreReadAsConllevalDoes() {
        #expect(TagScheme.converted(tags("O I-A I-B I-B"), from: .bio, to: .bio) == tags("O B-A B-B I-B"))
        #expect(TagScheme.converted(tags("B-A I-A O B-A"), from: .iob1, to: .bio) == tags("B-A I-A O B-A"))
        #expect(TagScheme.converted(tags("I-A E-A E-A B-A O"), from: .bioes, to: .bio) == tags("B-A I-A B-A B-A O"))
        #expect(TagScheme.converted(tags("B-A M-B E-A"), from: .bmes, to: .bio) == tags("B-A B-B B-A"))
    }

    @Test(
        arguments: [
            ("B-A I-A O", .bio, 0), ("O O O", .bio, 0), ("B-A B-A", .bio, 0), ("I-A I-A O I-B", .iob1, 0),
            ("I-A B-A I-A", .iob1, 0),
            ("I-A O B-A O I-A", .iob1, 1), ("B-A I-A O I-A B-B", .bio, 1), ("B-A E-A S-A", .bioes, 0), ("B-A I-A E-A", .bioes, 0),
            ("B-A M-A E-A", .bmes, 0), ("B M E S", .bmes, 0), ("B-A O", .bio, 0), ("S-A E-A", .bioes, 1), ("S-A B-A", .bioes, 1),
            ("NOUN VERB", nil, 0), ("B-A NN", nil, 0), ("B-A I-A M-A", nil, 0), ("O-X O", nil, 0), ("", .bio, 0),
        ] as [(String, TagScheme?, Int)])
    func recognizes(text: String, scheme: TagScheme?, illFormedCount: Int) {
        let found = TagScheme.recognized(in: [tags(text)])
        #expect(found.scheme == scheme && found.illFormedCount == illFormedCount, "\(found)")
    }

    @Test func recognitionIsOfTheWholeFile() {
        // Each sequence alone could be BIO.
        #expect(TagScheme.recognized(in: [["B-A"], ["I-A"], ["I-A"]]).scheme == .iob1)
        #expect(TagScheme.recognized(in: [["B-A"], ["S-A"]]).scheme == .bioes)
    }
}
