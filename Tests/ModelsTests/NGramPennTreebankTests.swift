import Foundation
import SequiturFiles
import SequiturModels
import Testing

/// Data that is too large or not ours to keep in the repository: beside it in `../shared`, or where SEQUITUR_SHARED says.
private let sharedFolder: String = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return ProcessInfo.processInfo.environment["SEQUITUR_SHARED"]
        ?? root.deletingLastPathComponent().appending(path: "shared").path
}()
private let folder = sharedFolder + "/data/ptb"

@Suite struct NGramPennTreebankTests {
    /// The ids of a file's words, `<eos>` at the end of each line; words get ids in the order in which they come.
    private func read(_ name: String, ids: inout [String: Int32], vocabulary: inout [String]) throws -> [Int32] {
        let file = try MappedFile(path: "\(folder)/\(name)")
        var stream: [Int32] = []
        for line in file.bytes.split(separator: 0x0A) {
            for word in line.split(separator: 0x20) {
                let word = String(decoding: word, as: UTF8.self)
                if ids[word] == nil {
                    ids[word] = Int32(vocabulary.count)
                    vocabulary.append(word)
                }
                stream.append(ids[word, default: 0])
            }
            stream.append(0)
        }
        return stream
    }

    /// 141.2: T. Mikolov et al., "Empirical evaluation and combination of advanced language modeling techniques", 2011, row KN5.
    /// A plain computation with dictionaries gives 141.186 with every n-gram kept and 147.400 with the cut-offs 1 1 2 2 2.
    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: folder), "\(folder) is absent; SEQUITUR_SHARED names another shared folder"
        )
    )
    func publishedPerplexity() throws {
        var vocabulary = ["<eos>"]
        var ids: [String: Int32] = ["<eos>": 0]
        let train = try read("ptb.train.txt", ids: &ids, vocabulary: &vocabulary)
        #expect(vocabulary.count == 10_000)
        let test = try read("ptb.test.txt", ids: &ids, vocabulary: &vocabulary)
        #expect(vocabulary.count == 10_000)

        let model = try NGramModel(estimatedFrom: train, vocabulary: vocabulary, endOfSentence: 0)
        let score = try model.score(test)
        #expect(score.count == 82_430)
        #expect(abs(score.perplexity - 141.2) < 0.3)
        #expect(abs(score.perplexity - 141.186) < 0.005)

        let path = FileManager.default.temporaryDirectory.appending(path: "ngram-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try model.write(to: path)
        #expect(try NGramModel(contentsOf: path).score(test) == score)

        let settings = NGramSettings(minimumCounts: [1, 1, 2])
        let smaller = try NGramModel(estimatedFrom: train, vocabulary: vocabulary, endOfSentence: 0, settings: settings)
        let smallerScore = try smaller.score(test)
        #expect(abs(smallerScore.perplexity - 147.400) < 0.005)
        #expect(smaller.byteCount * 4 < model.byteCount)
        try smaller.writeARPA(to: path)
        let read = try NGramModel(arpa: path)
        let idsRead = vocabulary.map { read.id(of: $0 == "<eos>" ? "</s>" : $0) }
        #expect(idsRead == (0..<10_000).map(Int32.init))
        #expect(abs(try read.score(test).perplexity - smallerScore.perplexity) < 1e-3)
    }
}
