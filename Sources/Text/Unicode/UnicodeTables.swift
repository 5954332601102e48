/// What Hugging Face's `tokenizers` takes a code point for.
///
/// Its parts carry Unicode data of different ages, none of which is the Swift library's, so the tables are its own: written
/// by `Tools/make_unicode_tables.py` and committed.
struct UnicodeProperties: OptionSet, Sendable {
    let rawValue: UInt16

    /// White space, as the pre-tokenizers for words and the normalizer Strip take it.
    static let whiteSpace = UnicodeProperties(rawValue: 1 << 0)
    /// Punctuation, as BERT takes it: all ASCII symbols among it.
    static let punctuation = UnicodeProperties(rawValue: 1 << 1)
    /// What BERT's cleaning drops.
    static let dropped = UnicodeProperties(rawValue: 1 << 2)
    /// Non-spacing marks.
    static let nonspacingMark = UnicodeProperties(rawValue: 1 << 3)
    /// All combining marks.
    static let combiningMark = UnicodeProperties(rawValue: 1 << 4)
    static let numeric = UnicodeProperties(rawValue: 1 << 5)
    /// `\w` of the pre-tokenizer Whitespace and of added tokens that are single words.
    static let wordCharacter = UnicodeProperties(rawValue: 1 << 6)
    /// `\s` of the same.
    static let regularSpace = UnicodeProperties(rawValue: 1 << 7)
    /// `\p{L}` in the patterns of Split and ByteLevel.
    static let letter = UnicodeProperties(rawValue: 1 << 8)
    /// `\p{N}` in the same.
    static let number = UnicodeProperties(rawValue: 1 << 9)
    /// `\s` in the same.
    static let space = UnicodeProperties(rawValue: 1 << 10)
    /// Has another lower-case form.
    static let hasLowercase = UnicodeProperties(rawValue: 1 << 11)
    static let hasCanonicalDecomposition = UnicodeProperties(rawValue: 1 << 12)
    static let hasCompatibilityDecomposition = UnicodeProperties(rawValue: 1 << 13)
    /// Has a canonical combining class other than zero.
    static let hasCombiningClass = UnicodeProperties(rawValue: 1 << 14)
    /// May be the second of a pair that composes.
    static let mayCompose = UnicodeProperties(rawValue: 1 << 15)
}

/// The tables of `tokenizers`, unpacked once.
final class UnicodeTables: Sendable {
    static let shared = UnicodeTables()

    /// The properties of the code points below U+20000; never freed, since the tables live as long as the program.
    private nonisolated(unsafe) let flags: UnsafeMutablePointer<UInt16>
    /// The runs of those above.
    private let highRuns: UnicodeRuns
    private let scriptRuns: UnicodeRuns
    private let classRuns: UnicodeRuns
    private let lowercase: UnicodeMap
    private let canonical: UnicodeMap
    private let compatibility: UnicodeMap
    private let pairs: [UInt64: UInt32]

    private static let flat = 0x20000

    private init() {
        let properties = UnicodeRuns(Self.properties)
        lowercase = UnicodeMap(Self.lowercase)
        canonical = UnicodeMap(Self.canonical)
        compatibility = UnicodeMap(Self.compatibility)
        scriptRuns = UnicodeRuns(Self.scripts)
        classRuns = UnicodeRuns(Self.combiningClasses)
        var pairs: [UInt64: UInt32] = [:]
        var seconds: Set<UInt32> = []
        for (scalar, pair) in UnicodeMap(Self.compositions).entries {
            pairs[UInt64(pair[0]) << 32 | UInt64(pair[1])] = scalar
            seconds.insert(pair[1])
        }
        self.pairs = pairs

        var marks: [(UInt32, UnicodeProperties)] = seconds.map { ($0, .mayCompose) }
        for (map, property) in [
            (lowercase, UnicodeProperties.hasLowercase), (canonical, .hasCanonicalDecomposition),
            (compatibility, .hasCompatibilityDecomposition),
        ] {
            marks += map.keys.map { ($0, property) }
        }
        for (start, value) in zip(classRuns.starts, classRuns.values) where value != 0 {
            var scalar = start
            while classRuns[scalar] == value {
                marks.append((scalar, .hasCombiningClass))
                scalar += 1
            }
        }
        flags = UnsafeMutablePointer<UInt16>.allocate(capacity: Self.flat)
        flags.initialize(repeating: 0, count: Self.flat)
        for (index, start) in properties.starts.enumerated() where start < Self.flat {
            let end = index + 1 < properties.starts.count ? min(Int(properties.starts[index + 1]), Self.flat) : Self.flat
            for scalar in Int(start)..<end { flags[scalar] = UInt16(truncatingIfNeeded: properties.values[index]) }
        }
        for (scalar, property) in marks where scalar < Self.flat { flags[Int(scalar)] |= property.rawValue }
        highRuns = properties
    }

    @inline(__always)
    subscript(scalar: UInt32) -> UnicodeProperties {
        if scalar < Self.flat { return UnicodeProperties(rawValue: flags[Int(scalar)]) }
        return high(scalar)
    }

    @inline(never)
    private func high(_ scalar: UInt32) -> UnicodeProperties {
        var properties = UnicodeProperties(rawValue: UInt16(truncatingIfNeeded: highRuns[scalar]))
        if canonical[scalar] != nil { properties.insert(.hasCanonicalDecomposition) }
        if compatibility[scalar] != nil { properties.insert(.hasCompatibilityDecomposition) }
        if lowercase[scalar] != nil { properties.insert(.hasLowercase) }
        return properties
    }

    /// The number of the script of `scalar`; 0 goes with every script.
    func script(_ scalar: UInt32) -> UInt32 { scriptRuns[scalar] }

    func combiningClass(_ scalar: UInt32) -> UInt32 { classRuns[scalar] }

    /// The lower-case form of a code point that has another one.
    func lowercase(_ scalar: UInt32) -> ArraySlice<UInt32>? { lowercase[scalar] }

    /// The full decomposition of a code point that has one; Hangul syllables aside.
    func decomposition(_ scalar: UInt32, compatibility isCompatibility: Bool) -> ArraySlice<UInt32>? {
        if isCompatibility, let found = compatibility[scalar] { return found }
        return canonical[scalar]
    }

    /// What the two code points compose to; Hangul aside.
    func composition(_ first: UInt32, _ second: UInt32) -> UInt32? { pairs[UInt64(first) << 32 | UInt64(second)] }
}

/// Runs of code points that share a value.
struct UnicodeRuns: Sendable {
    let starts: [UInt32]
    let values: [UInt32]

    init(_ text: String) {
        var reader = VariableLengthReader(text)
        var starts: [UInt32] = []
        var values: [UInt32] = []
        var position: UInt32 = 0
        while let length = reader.next(), let value = reader.next() {
            starts.append(position)
            values.append(value)
            position += length
        }
        self.starts = starts
        self.values = values
    }

    subscript(scalar: UInt32) -> UInt32 {
        // The last run that starts at or before `scalar`.
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= scalar { low = middle } else { high = middle }
        }
        return values[low]
    }
}

/// Code points and the sequences of code points that they become.
struct UnicodeMap: Sendable {
    private(set) var keys: [UInt32] = []
    /// The sequence of `keys[i]` is `scalars[bounds[i]..<bounds[i + 1]]`.
    private var bounds: [Int] = [0]
    private var scalars: [UInt32] = []

    init(_ text: String) {
        var reader = VariableLengthReader(text)
        var key: UInt32 = 0
        while let difference = reader.next(), let count = reader.next() {
            key += difference
            keys.append(key)
            for _ in 0..<count { scalars.append(UInt32(bitPattern: Int32(bitPattern: key) + reader.nextSigned())) }
            bounds.append(scalars.count)
        }
    }

    subscript(scalar: UInt32) -> ArraySlice<UInt32>? {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < scalar { low = middle + 1 } else { high = middle }
        }
        guard low < keys.count, keys[low] == scalar else { return nil }
        return scalars[bounds[low]..<bounds[low + 1]]
    }

    var entries: [(scalar: UInt32, becomes: [UInt32])] {
        keys.indices.map { (keys[$0], Array(scalars[bounds[$0]..<bounds[$0 + 1]])) }
    }
}

/// Numbers of seven bits a byte, the least significant first, in base64.
private struct VariableLengthReader {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ text: String) { bytes = Base64.decode(text) ?? [] }

    mutating func next() -> UInt32? {
        guard offset < bytes.count else { return nil }
        var value: UInt32 = 0
        var shift: UInt32 = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            value |= UInt32(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        return value
    }

    mutating func nextSigned() -> Int32 {
        let value = next() ?? 0
        return value & 1 == 0 ? Int32(value >> 1) : -Int32(value >> 1) - 1
    }
}
