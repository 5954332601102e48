import SequiturFiles
import SequiturText
import Testing

#if Oniguruma
    /// What fixtures cannot show of patterns that Oniguruma searches for.
    @Suite struct RegularExpressionTests {
        private func tokenizer(_ pattern: String) throws -> TokenizerPipeline {
            try TokenizerPipeline([
                "version": "1.0", "added_tokens": [],
                "pre_tokenizer": [
                    "type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated", "invert": false,
                ],
                "model": ["type": "WordLevel", "vocab": ["?": 0], "unk_token": "?"],
            ])
        }

        @Test func wrongPatternsAreNamed() throws {
            let error = #expect(throws: TokenizerFormatError.self) { try tokenizer("(a\n[") }
            #expect(error?.key == "pre_tokenizer.pattern.Regex" && error?.found == "(a\n[")
            #expect(error?.description.contains("premature end of char-class") == true)
            #expect(error?.description.contains("\n") == false)
        }

        /// A pattern that would take exponential time ends in an error.
        @Test func slowPatternsEndInAnError() throws {
            let tokenizer = try tokenizer("(?:a|b|ab)*c$")
            let text = String(repeating: "ab", count: 200) + "cd"
            #expect(throws: EncodingError.patternTooSlow("(?:a|b|ab)*c$")) { try tokenizer.encode(text) }
            // The tokenizer can be used again.
            #expect(try tokenizer.encode("abc").count == 1)
        }

        @Test func manyTextsAreSearchedAtTheSameTime() throws {
            let tokenizer = try tokenizer(#"\w+(?=x)|."#)
            let inputs = (0..<400).map { TokenizerPipeline.Input("word\($0)x and more") }
            let together = try tokenizer.encode(batch: inputs, threads: 4)
            #expect(try together == inputs.map { try tokenizer.encode($0.text) })
        }
    }
#endif
