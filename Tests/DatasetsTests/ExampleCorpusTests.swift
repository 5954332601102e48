import SequiturDatasets
import Testing

/// The published counts of public corpora, as each of them was released.
@Suite struct ExampleCorpusTests {
    private func read<Example>(
        _ name: String, _ read: (ExampleReader) -> (String) throws -> ExampleFile<Example>,
        _ change: (inout ExampleReadingOptions) -> Void = { _ in }
    ) throws -> ExampleFile<Example> {
        var options = ExampleReadingOptions()
        change(&options)
        let parts = name.split(separator: "#")
        let path = try #require(SharedData.path(String(parts[0])))
        return try read(ExampleReader(options))(parts.count > 1 ? "\(path)#\(parts[1])" : path)
    }

    private func count<Element: Hashable>(_ elements: some Sequence<Element>) -> [Element: Int] {
        elements.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    @Test(.enabled(if: SharedData.exists("conll2003/eng.train", "conll2003/eng.testb.bio"), SharedData.advice)) func conll2003()
        throws
    {
        let published = [("eng.train", 14041, 203_621), ("eng.testa", 3250, 51_362), ("eng.testb", 3453, 46_435)]
        for (name, sentences, words) in published {
            let file = try read("conll2003/\(name)", ExampleReader.taggedSentences)
            #expect(file.examples.count == sentences)
            #expect(file.examples.reduce(0) { $0 + $1.words.count } == words)
            #expect(file.notes.first == "tags are IOB1, converted to BIO")
            #expect(file.notes.count == (name == "eng.train" ? 2 : 1))
        }
        let test = try read("conll2003/eng.testb", ExampleReader.taggedSentences).examples
        #expect(
            count(test.flatMap(\.tags)) == [
                "B-LOC": 1668, "I-LOC": 257, "B-MISC": 702, "I-MISC": 216, "B-ORG": 1661, "I-ORG": 835, "B-PER": 1617,
                "I-PER": 1156,
                "O": 38323,
            ])
        let converted = try read("conll2003/eng.testb.bio", ExampleReader.taggedSentences).examples
        #expect(test.map(\.words) == converted.map(\.words) && test.map(\.tags) == converted.map(\.tags))
    }

    @Test(
        .enabled(if: SharedData.exists("weibo-ner/weiboNER_2nd_conll.train", "resume-ner/train.char.bmes"), SharedData.advice),
        arguments: [
            ("weibo-ner/weiboNER_2nd_conll.train", 1350, 73_778), ("weibo-ner/weiboNER_2nd_conll.dev", 270, 14_509),
            ("weibo-ner/weiboNER_2nd_conll.test", 270, 14_842), ("resume-ner/train.char.bmes", 3821, 124_099),
            ("resume-ner/dev.char.bmes", 463, 13_890), ("resume-ner/test.char.bmes", 477, 15_100),
            ("msra-ner/train_subset12k.txt", 12_000, 489_136), ("msra-ner/test.txt", 4631, 172_601),
        ])
    func chineseEntities(name: String, sentences: Int, characters: Int) throws {
        let file = try read(name, ExampleReader.taggedSentences)
        #expect(file.examples.count == sentences)
        #expect(file.examples.reduce(0) { $0 + $1.words.count } == characters)
        #expect(file.notes.contains { $0.hasPrefix("words are characters") } == name.hasPrefix("weibo"))
        #expect(file.examples.allSatisfy { $0.tags.allSatisfy { $0 == "O" || $0.hasPrefix("B-") || $0.hasPrefix("I-") } })
    }

    @Test(
        .enabled(if: SharedData.exists("ud-english-ewt/en_ewt-ud-train.conllu"), SharedData.advice),
        arguments: [("train", 12_544, 204_577), ("dev", 2001, 25_147), ("test", 2077, 25_094)])
    func partsOfSpeech(name: String, sentences: Int, words: Int) throws {
        let file = try read("ud-english-ewt/en_ewt-ud-\(name).conllu", ExampleReader.taggedSentences)
        #expect(file.examples.count == sentences)
        #expect(file.examples.reduce(0) { $0 + $1.words.count } == words)
        #expect(Set(file.examples.flatMap(\.tags)).count <= 17 && file.notes.isEmpty)
    }

    @Test(
        .enabled(if: SharedData.exists("atis/train/seq.in", "snips/train/seq.in"), SharedData.advice),
        arguments: [
            ("atis/train", 4478), ("atis/valid", 500), ("atis/test", 893), ("snips/train", 13_084), ("snips/valid", 700),
            ("snips/test", 700),
        ])
    func intentsAndSlots(name: String, count: Int) throws {
        let file = try read(name, ExampleReader.taggedSentences)
        #expect(file.examples.count == count)
        #expect(try read(name, ExampleReader.labeledTexts).examples.map(\.labels) == file.examples.map { [$0.label ?? ""] })
        let intents = Set(file.examples.compactMap(\.label)).count
        if name == "atis/train" { #expect(intents == 21 && Set(file.examples.flatMap(\.tags)).count == 120) }
        if name == "snips/train" { #expect(intents == 7 && Set(file.examples.flatMap(\.tags)).count == 72) }
    }

    @Test(
        .enabled(
            if: SharedData.exists("sst2/train.tsv", "clinc150/data_full.json", "waimai10k/waimai_10k.csv"), SharedData.advice),
        arguments: [
            ("sst2/train.tsv", 6920, "1", 3610), ("sst2/dev.tsv", 872, "1", 444), ("sst2/test.tsv", 1821, "1", 909),
            ("sst5/train.tsv", 8544, nil, 0), ("sst5/test.tsv", 2210, nil, 0), ("waimai10k/waimai_10k.csv", 11_987, "1", 4000),
            ("financial-phrasebank/Sentences_50Agree.txt", 4846, "neutral", 2879),
            ("financial-phrasebank/Sentences_AllAgree.txt", 2264, "negative", 303),
            ("clinc150/data_full.json#train", 15_000, nil, 0),
            ("clinc150/data_full.json#val", 3000, nil, 0), ("clinc150/data_full.json#test", 4500, nil, 0),
            ("clinc150/data_full.json#oos_test", 1000, "oos", 1000), ("csl-category/test.tsv", 1000, nil, 0),
        ] as [(String, Int, String?, Int)])
    func classes(name: String, count: Int, label: String?, labelCount: Int) throws {
        let file = try read(name, ExampleReader.labeledTexts)
        #expect(file.examples.count == count)
        if let label { #expect(file.examples.count { $0.labels == [label] } == labelCount) }
    }

    @Test(.enabled(if: SharedData.exists("trec/train_5500.label", "trec/TREC_10.label"), SharedData.advice)) func trec() throws {
        let file = try read("trec/train_5500.label", ExampleReader.labeledTexts) { $0.labelDelimiter = ":" }
        #expect(
            count(file.examples.flatMap(\.labels)) == [
                "ABBR": 86, "DESC": 1162, "ENTY": 1250, "HUM": 1223, "LOC": 835, "NUM": 896,
            ])
        #expect(Set(try read("trec/train_5500.label", ExampleReader.labeledTexts).examples.flatMap(\.labels)).count == 50)
        #expect(try read("trec/TREC_10.label", ExampleReader.labeledTexts).examples.count == 500)
    }

    @Test(.enabled(if: SharedData.exists("ag-news/train_subset20k.csv", "imdb-subset/train.tsv"), SharedData.advice))
    func chosenColumns() throws {
        func news(_ options: inout ExampleReadingOptions) { (options.textField, options.labelField) = ("2,3", "1") }
        let train = try read("ag-news/train_subset20k.csv", ExampleReader.labeledTexts, news)
        #expect(count(train.examples.flatMap(\.labels)) == ["1": 5000, "2": 5000, "3": 5000, "4": 5000])
        #expect(try read("ag-news/test.csv", ExampleReader.labeledTexts, news).examples.count == 7600)
        let reviews = try read("imdb-subset/train.tsv", ExampleReader.labeledTexts) { ($0.textField, $0.labelField) = ("3", "2") }
        #expect(reviews.examples.count == 4168 && reviews.examples.count { $0.labels == ["1"] } == 2084)
        // Punctuation of code page 1252, of which U+0085 would end a line elsewhere.
        let others = try read("imdb-subset/test.tsv", ExampleReader.labeledTexts) { ($0.textField, $0.labelField) = ("3", "2") }
        let controls = (reviews.examples + others.examples).reduce(0) { sum, example in
            sum + example.text.unicodeScalars.count { (0x80...0x9F).contains($0.value) }
        }
        #expect(others.examples.count == 2081 && controls == 466)
    }

    @Test(.enabled(if: SharedData.exists("chnsenticorp-hotel/ChnSentiCorp_htl_all.csv"), SharedData.advice)) func anEmptyReview()
        throws
    {
        let name = "chnsenticorp-hotel/ChnSentiCorp_htl_all.csv"
        #expect(throws: BadRow.self) { try read(name, ExampleReader.labeledTexts) }
        let file = try read(name, ExampleReader.labeledTexts) { $0.skipsBadRows = true }
        #expect(file.examples.count == 7765 && file.badRows.map(\.reason) == ["the text is empty"])
    }

    @Test(
        .enabled(
            if: SharedData.exists("mrpc/msr_paraphrase_train.txt", "sts-b/stsb-en-train.csv", "afqmc/train.txt"),
            SharedData.advice),
        arguments: [
            ("mrpc/msr_paraphrase_train.txt", 4076, 2753), ("mrpc/msr_paraphrase_test.txt", 1725, 1147),
            ("sts-b/stsb-en-train.csv", 5749, nil), ("sts-b/stsb-en-dev.csv", 1500, nil), ("sts-b/stsb-en-test.csv", 1379, nil),
            ("afqmc/train.txt", 34_334, 10_573), ("afqmc/dev.txt", 4316, 1338), ("afqmc/test.txt", 3861, 0),
            ("lcqmc/dev.txt", 8802, 4402), ("lcqmc/test.txt", 12_500, 6250),
        ] as [(String, Int, Int?)])
    func pairs(name: String, count: Int, positive: Int?) throws {
        let file = try read(name, ExampleReader.textPairs)
        #expect(file.examples.count == count)
        if let positive {
            #expect(file.examples.count { $0.labels == ["1"] } == positive)
        } else {
            #expect(file.examples.allSatisfy { (0...5).contains(Double($0.labels[0]) ?? -1) })
        }
    }

    @Test(.enabled(if: SharedData.exists("semeval2010-task8/TRAIN_FILE.TXT"), SharedData.advice)) func relations() throws {
        let train = try read("semeval2010-task8/TRAIN_FILE.TXT", ExampleReader.relations)
        #expect(train.examples.count == 8000 && Set(train.examples.compactMap(\.relation)).count == 19)
        #expect(try read("semeval2010-task8/TEST_FILE_FULL.TXT", ExampleReader.relations).examples.count == 2717)
    }

    @Test(.enabled(if: SharedData.exists("squad-v1.1/dev-v1.1.json"), SharedData.advice)) func questions() throws {
        let file = try read("squad-v1.1/dev-v1.1.json", ExampleReader.questions)
        #expect(file.examples.count == 10_570 && file.examples.allSatisfy { !$0.answers.isEmpty })
        #expect(Set(file.examples.map(\.title)).count == 48 && Set(file.examples.map(\.context)).count <= 2067)
        let parts = try ExampleSplit("36/4/8").parts(file.examples, seed: 1, groupedBy: \.title)
        #expect([parts.train, parts.validation, parts.test].map { Set($0.map(\.title)).count } == [36, 4, 8])
    }
}
