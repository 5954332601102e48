import Dispatch

extension TokenizerPipeline {
    /// A text, alone or with a second one.
    public struct Input: Sendable {
        public var text: String
        public var pair: String?

        public init(_ text: String, pair: String? = nil) {
            self.text = text
            self.pair = pair
        }
    }

    /// Encodes texts in parallel, and pads them all to one length where the tokenizer pads.
    ///
    /// - Parameter threads: how many texts are encoded at the same time; nil: as many as there are processors.
    /// - Throws: the error of the first text that cannot be encoded.
    public func encode(batch: [Input], addsSpecialTokens: Bool = true, threads: Int? = nil) throws -> [Encoding] {
        let groups = max(1, min(threads ?? Int.max, batch.count / 16 + 1))
        var encodings = [Result<Encoding, any Error>](repeating: .success(Encoding()), count: batch.count)
        if groups == 1 {
            withWorkspace { workspace in
                for (index, input) in batch.enumerated() {
                    encodings[index] = Result {
                        try encode(input.text, pair: input.pair, addsSpecialTokens: addsSpecialTokens, in: workspace)
                    }
                }
            }
        } else {
            encodings.withUnsafeMutableBufferPointer { buffer in
                // Every group writes its own elements.
                nonisolated(unsafe) let buffer = buffer
                DispatchQueue.concurrentPerform(iterations: groups) { group in
                    withWorkspace { workspace in
                        for index in batch.count * group / groups..<batch.count * (group + 1) / groups {
                            buffer[index] = Result {
                                try encode(
                                    batch[index].text, pair: batch[index].pair, addsSpecialTokens: addsSpecialTokens,
                                    in: workspace)
                            }
                        }
                    }
                }
            }
        }
        var results = try encodings.map { try $0.get() }
        try padding?.apply(to: &results)
        return results
    }
}
