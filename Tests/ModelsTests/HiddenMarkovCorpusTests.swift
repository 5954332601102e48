import Foundation
import SequiturFiles
import SequiturModels
import Testing

/// Data that is not ours to keep in the repository: beside it in `../shared`, or where SEQUITUR_SHARED says.
private let sharedFolder: String = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return ProcessInfo.processInfo.environment["SEQUITUR_SHARED"]
        ?? root.deletingLastPathComponent().appending(path: "shared").path
}()

private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(sharedFolder)/data/\(name)") }

@Suite struct HiddenMarkovCorpusTests {
    /// Sentences of lines of fields; `fields` picks word and tag, or nothing where a line is no word.
    private func read(_ name: String, fields: ([Substring]) -> (Substring, Substring)?) throws -> [HiddenMarkovModel.Sentence] {
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(sharedFolder)/data/\(name)")), as: UTF8.self)
        var sentences: [HiddenMarkovModel.Sentence] = [], current = HiddenMarkovModel.Sentence(words: [], tags: [])
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let (word, tag) = fields(line.split(whereSeparator: { $0 == "\t" || $0 == " " })) {
                current.words.append(String(word))
                current.tags.append(String(tag))
            } else if line.isEmpty, !current.words.isEmpty {
                sentences.append(current)
                current = HiddenMarkovModel.Sentence(words: [], tags: [])
            }
        }
        return sentences + (current.words.isEmpty ? [] : [current])
    }

    /// Shares of right tags: of all words, and of those that training has not seen.
    private func accuracy(_ model: HiddenMarkovModel, _ test: [HiddenMarkovModel.Sentence], seen: Set<String>) -> (Double, Double)
    {
        var right = 0, all = 0, rightUnseen = 0, unseen = 0
        for (sentence, tags) in zip(test, model.tags(of: test.map(\.words))) {
            for (index, tag) in tags.enumerated() {
                let isRight = tag == sentence.tags[index], isUnseen = !seen.contains(sentence.words[index])
                all += 1
                right += isRight ? 1 : 0
                unseen += isUnseen ? 1 : 0
                rightUnseen += isUnseen && isRight ? 1 : 0
            }
        }
        return (Double(right) / Double(all), Double(rightUnseen) / Double(unseen))
    }

    private func check(_ train: [HiddenMarkovModel.Sentence], _ test: [HiddenMarkovModel.Sentence], all: Double, unseen: Double)
        throws
    {
        let model = try HiddenMarkovModel(estimatedFrom: train)
        let found = accuracy(model, test, seen: Set(train.flatMap(\.words)))
        #expect(found.0 > all && found.1 > unseen, "\(found)")
        for row in model.distributions { #expect(abs(row.reduce(0) { $0 + Double($1) } - 1) < 1e-4) }
        let folder = try SafetensorsFolder()
        try model.write(toFolder: folder.path)
        #expect(try HiddenMarkovModel(folder: folder.path).tags(of: test.map(\.words)) == model.tags(of: test.map(\.words)))
    }

    @Test(
        .enabled(
            if: exists("ud-english-ewt"), "needs ud-english-ewt in ../shared/data, or below the folder that SEQUITUR_SHARED names"
        ))
    func universalPartsOfSpeech() throws {
        func part(_ name: String) throws -> [HiddenMarkovModel.Sentence] {
            try read("ud-english-ewt/en_ewt-ud-\(name).conllu") { fields in
                fields.count > 3 && Int(fields[0]) != nil ? (fields[1], fields[3]) : nil
            }
        }
        let train = try part("train"), test = try part("test")
        #expect(train.count == 12_544 && test.count == 2_077)
        try check(train, test, all: 0.92, unseen: 0.72)  // 0.9213 and 0.7243 when written
    }

    @Test(.enabled(if: exists("conll2003"), "needs conll2003 in ../shared/data, or below the folder that SEQUITUR_SHARED names"))
    func partsOfSpeechOfNews() throws {
        func part(_ name: String) throws -> [HiddenMarkovModel.Sentence] {
            try read("conll2003/eng.\(name)") { $0.count == 4 && $0[0] != "-DOCSTART-" ? ($0[0], $0[1]) : nil }
        }
        let train = try part("train"), test = try part("testb")
        #expect(train.count == 14_041 && test.count == 3_453)
        try check(train, test, all: 0.938, unseen: 0.83)  // 0.9387 and 0.8333 when written
    }
}
