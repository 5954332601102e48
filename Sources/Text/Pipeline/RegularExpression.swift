#if Oniguruma
    import CSequiturOniguruma

    /// A regular expression in Ruby's syntax over UTF-8, searched by Oniguruma, as `tokenizers` does.
    ///
    /// A search that goes back too often, or remembers too many places to go back to, ends in an error: patterns like `(a+)+b` would
    /// else take exponential time.
    final class RegularExpression: Sendable {
        let pattern: String
        /// Never changed once it is compiled; searches keep what they need in memory of their own.
        nonisolated(unsafe) private let compiled: OnigRegex

        /// How often one attempt to match may go back, Oniguruma's own default, and how often all attempts of one search together.
        private static let attemptLimit: UInt = 10_000_000
        private static let searchLimit: UInt = 50_000_000
        /// How many places to go back to are remembered for each byte of a text, and for a text of any size.
        private static let (placesPerByte, mostPlaces) = (8, 1 << 24)

        private static let isInitialized = sequitur_onig_initialize() == ONIG_NORMAL

        /// - Throws: `TokenizerFormatError` at `reader` with the pattern and what is wrong with it.
        init(_ pattern: String, _ reader: ComponentReader) throws {
            var information = OnigErrorInfo()
            var compiled: OnigRegex?
            var text = pattern
            let (code, reason) = text.withUTF8 { bytes in
                // An empty text may have no address.
                let start = bytes.baseAddress ?? UnsafePointer(bitPattern: 1)
                let code = Self.isInitialized ? sequitur_onig_new(&compiled, start, bytes.count, &information) : ONIGERR_MEMORY
                return (code, code == ONIG_NORMAL ? "" : Self.message(code, &information))
            }
            guard code == ONIG_NORMAL, let compiled else {
                throw reader.error(expected: "a regular expression (\(reason.printable(limit: 100)))", found: pattern)
            }
            self.pattern = pattern
            self.compiled = compiled
        }

        deinit { onig_free(compiled) }

        private static func message(_ code: Int32, _ information: UnsafeMutablePointer<OnigErrorInfo>) -> String {
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(ONIG_MAX_ERROR_MESSAGE_LEN)) { buffer in
                let count = sequitur_onig_message(buffer.baseAddress, code, information)
                return String(decoding: buffer.prefix(Int(max(0, count))), as: UTF8.self)
            }
        }

        /// Calls `body` with every match in `text`, from left to right; an empty match that touches the one before is none.
        ///
        /// - Throws: `EncodingError.patternTooSlow`.
        func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ body: (_ start: Int, _ end: Int) throws -> Void) throws {
            guard let base = text.baseAddress, let region = onig_region_new(), let parameters = onig_new_match_param() else {
                return
            }
            defer {
                onig_region_free(region, 1)
                onig_free_match_param(parameters)
            }
            onig_initialize_match_param(parameters)
            onig_set_retry_limit_in_match_of_match_param(parameters, Self.attemptLimit)
            onig_set_retry_limit_in_search_of_match_param(parameters, Self.searchLimit)
            let places = min(Self.mostPlaces, max(1 << 18, Self.placesPerByte * text.count))
            onig_set_match_stack_limit_size_of_match_param(parameters, UInt32(places))
            var offset = 0
            var lastEnd: Int?
            while offset <= text.count {
                let found = sequitur_onig_search(compiled, base, text.count, offset, region, parameters)
                if found == ONIG_MISMATCH { return }
                guard found >= 0 else { throw EncodingError.patternTooSlow(pattern) }
                let end = Int(region.pointee.end[0])
                // `\K` within a look-ahead puts the start behind the end.
                let start = min(Int(region.pointee.beg[0]), end)
                if start == end, end == lastEnd {
                    offset += offset < text.count ? UTF8Scalars.length(text[offset]) : 1
                    continue
                }
                try body(start, end)
                offset = end
                lastEnd = end
            }
        }
    }
#else
    /// A regular expression, of which this build knows none: it was made without the trait Oniguruma.
    struct RegularExpression: Sendable {
        /// - Throws: `TokenizerFormatError` at `reader`, with the pattern.
        init(_ pattern: String, _ reader: ComponentReader) throws {
            throw reader.error(
                expected: "a pattern known without Oniguruma (this program was built without the package trait Oniguruma, which "
                    + "searches for all others)",
                found: pattern)
        }

        func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ body: (_ start: Int, _ end: Int) throws -> Void) throws {}
    }
#endif
