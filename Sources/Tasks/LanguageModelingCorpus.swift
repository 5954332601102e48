import SequiturDatasets
import SequiturModels
import SequiturText

/// The text of a run as tokens: what is trained on, what is validated on, and what the finished model is tested on.
struct LanguageModelingCorpus {
    let training: any TokenStream
    let validation: (any TokenStream)?
    let test: TokenizedText?
    /// Of the training text.
    let record: TextRecord
    /// What a model reads before the validation text: the end of a sentence, where that text is a file of its own, so that it
    /// begins one; otherwise it goes on from the training text.
    let startToken: Int32?

    /// Texts longer than this are encoded into a file and mapped.
    private static let largestInMemory = 64 << 20

    /// - Throws: `FileError` and `DatasetError` for every text that the run will need.
    init(
        _ reader: TextReader, settings: LanguageModelingSettings, tokenizer: any Tokenizer, cacheFolder: String,
        progress: ReadingProgress
    ) throws {
        func encode(_ reader: TextReader) throws -> TokenizedText {
            try TokenizedText(
                reader, tokenizer: tokenizer, cacheFolder: reader.byteCount > Self.largestInMemory ? cacheFolder : nil,
                progress: progress)
        }
        func encode(_ path: String) throws -> TokenizedText {
            let text = try encode(try TextReader(path))
            try settings.architecture.requireTargets(in: text, named: path, tokenizer)
            return text
        }
        // The small texts first: what is wrong with them is found before the large one is read.
        test = try settings.test.map { try encode($0) }
        let validation = try settings.validation.map { try encode($0).tokens }
        let text = try encode(reader)
        record = text.record
        if let validation {
            (training, self.validation) = (text.tokens, validation)
            startToken = tokenizer.endOfSentence
        } else {
            let parts = try text.tokens.split(validationFraction: settings.validationFraction)
            (training, self.validation) = (parts.training, parts.validation.count > 1 ? parts.validation : nil)
            startToken = nil
        }
    }
}

extension ModelArchitecture {
    /// Refuses a text in which there is nothing to predict: a recurrent model that has no end of sentence to read first needs
    /// two tokens, any other one.
    func requireTargets(in text: TokenizedText, named path: String, _ tokenizer: any Tokenizer) throws {
        let minimum = self == .ngram || tokenizer.endOfSentence != nil ? 1 : 2
        guard text.tokens.count >= minimum else {
            throw DatasetError.tooFewTokens(path: path, count: text.tokens.count, minimum: minimum)
        }
    }
}
