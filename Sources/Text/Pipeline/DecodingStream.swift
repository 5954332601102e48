/// A pipeline's decoder for tokens that come one by one: text is set free as soon as no later token can change it.
///
/// Bytes that spell no character yet wait for more. Steps that look at the whole text at once, like a Replace after Fuse, hold it
/// back to the end. For byte-fallback tokens that spell no characters in the end, those that do are kept, where decoding all at once
/// gives up the whole run.
struct DecodingStream {
    private var steps: [DecodingStreamStep]

    init(_ decoder: DecodingStep?) {
        steps = []
        var isFused = false
        func add(_ step: DecodingStep) {
            if case .sequence(let parts) = step {
                for part in parts { add(part) }
                return
            }
            steps.append(DecodingStreamStep(step, isFused: isFused))
            switch step {
            case .fuse, .byteLevel: isFused = true
            default: break
            }
        }
        if let decoder { add(decoder) } else { steps = [DecodingStreamStep()] }
    }

    mutating func append(_ token: [UInt8]) throws -> String { try run([token], from: 0, isLast: false) }

    /// The text still held back.
    mutating func finish() throws -> String { try run([], from: 0, isLast: true) }

    private mutating func run(_ tokens: [[UInt8]], from first: Int, isLast: Bool) throws -> String {
        var tokens = tokens
        for index in steps.indices {
            var output: [[UInt8]] = []
            for token in tokens { output += try steps[index].append(token) }
            if isLast { output += try steps[index].finish() }
            tokens = output
        }
        return String(decoding: Array(tokens.joined()), as: UTF8.self)
    }
}

/// One step of the stream, and what it holds back.
private struct DecodingStreamStep {
    /// Nil: tokens are joined by spaces.
    private let step: DecodingStep?
    /// Whether what comes are parts of one token.
    private let isFused: Bool
    private var isFirst = true
    private var held: [UInt8] = []
    private var last: [UInt8]?
    /// How many characters were taken off the beginning.
    private var strippedCount = 0

    init() { (step, isFused) = (nil, false) }

    init(_ step: DecodingStep, isFused: Bool) { (self.step, self.isFused) = (step, isFused) }

    /// Whether the step must see the whole of a fused text.
    private var needsWhole: Bool {
        guard isFused, let step else { return false }
        switch step {
        case .fuse, .metaspace: return false
        case .wordPiece(_, let cleansUp): return cleansUp
        case .strip(_, let start, let stop): return start > 0 || stop > 0
        default: return true
        }
    }

    mutating func append(_ token: [UInt8]) throws -> [[UInt8]] {
        defer { isFirst = false }
        guard let step else { return [isFirst ? token : [0x20] + token] }
        // The start of a text can be stripped as it comes.
        if isFused, case .strip(let content, let start, 0) = step, start > 0 { return strip(token, content, start) }
        if needsWhole {
            held += token
            return []
        }
        switch step {
        case .byteLevel:
            held += token.withUnsafeBufferPointer(ByteAlphabet.decode) ?? token
            let text = Array(String(decoding: held.dropLast(held.unfinishedCount), as: UTF8.self).utf8)
            held = Array(held.suffix(held.unfinishedCount))
            return [text]
        case .byteFallback: return fallBack(token)
        case .bytePair(let suffix):
            let before = last.map { [$0.replacing(suffix, with: [0x20])] } ?? []
            guard token.count >= suffix.count, !suffix.isEmpty, token.suffix(suffix.count).elementsEqual(suffix) else {
                last = token
                return before
            }
            // All but the space that another token would bring.
            last = suffix
            return before + [token.dropLast(suffix.count).replacing(suffix, with: [0x20])]
        case .connectionist:
            defer { last = token }
            return token == last ? [] : try step.apply(to: [token])
        case .metaspace(let replacement, _):
            return isFirst || isFused ? try step.apply(to: [token]) : [token.mappingScalars { $0 == replacement ? 0x20 : $0 }]
        case .wordPiece:
            // What a token becomes depends on whether it is the first alone.
            return isFirst || isFused ? try step.apply(to: [token]) : Array(try step.apply(to: [[], token]).dropFirst())
        case .fuse, .replace, .strip, .sequence: return try step.apply(to: [token])
        }
    }

    mutating func finish() throws -> [[UInt8]] {
        defer { (isFirst, held, last, strippedCount) = (true, [], nil, 0) }
        guard let step else { return [] }
        if isFused, case .strip(_, _, 0) = step { return [] }
        if needsWhole { return try step.apply(to: [held]) }
        switch step {
        case .byteLevel: return [Array(String(decoding: held, as: UTF8.self).utf8)]
        case .byteFallback: return [[UInt8]](repeating: [0xEF, 0xBF, 0xBD], count: held.count)
        case .bytePair: return try last.map { try step.apply(to: [$0]) } ?? []
        default: return []
        }
    }

    /// Characters are given once their bytes are there.
    private mutating func fallBack(_ token: [UInt8]) -> [[UInt8]] {
        if let byte = DecodingStep.byte(of: token) {
            held.append(byte)
            guard held.withUnsafeBytes({ $0.firstInvalidUTF8Offset }) == nil else { return [] }
            defer { held = [] }
            return [held]
        }
        defer { held = [] }
        return [[UInt8]](repeating: [0xEF, 0xBF, 0xBD], count: held.count) + [token]
    }

    /// Takes `start` characters `content` off the beginning.
    private mutating func strip(_ token: [UInt8], _ content: UInt32, _ start: Int) -> [[UInt8]] {
        guard strippedCount < start else { return [token] }
        let scalars = token.withUnsafeBufferPointer(UTF8Scalars.all)
        let count = scalars.prefix(start - strippedCount).prefix { $0 == content }.count
        // Anything else ends the beginning.
        strippedCount = count < scalars.count ? start : strippedCount + count
        return [Array(token.dropFirst(count * UTF8Scalars.length(of: content)))]
    }
}

extension [UInt8] {
    /// How many bytes at the end begin a character that is not complete.
    fileprivate var unfinishedCount: Int {
        for length in 1...3 where length <= count {
            let lead = self[count - length]
            if UTF8Scalars.isContinuation(lead) { continue }
            guard lead >= 0xC2, lead <= 0xF4, UTF8Scalars.length(lead) > length else { return 0 }
            guard length > 1 else { return 1 }
            // Not every second byte goes with every first one.
            let second = self[count - length + 1]
            return switch lead {
            case 0xE0: second >= 0xA0 ? length : 0
            case 0xED: second < 0xA0 ? length : 0
            case 0xF0: second >= 0x90 ? length : 0
            case 0xF4: second < 0x90 ? length : 0
            default: length
            }
        }
        return 0
    }
}

extension ArraySlice<UInt8> {
    fileprivate func replacing(_ text: [UInt8], with content: [UInt8]) -> [UInt8] { Array(self).replacing(text, with: content) }
}
