import SequiturFiles

extension ExampleReader {
    /// SQuAD 1.1 and 2 (Rajpurkar et al. 2016, 2018): `{"data": [{"title", "paragraphs": [{"context", "qas": […]}]}]}`.
    ///
    /// A line in a message is that on which the article begins.
    func articles(_ text: ExampleText) throws -> ExampleFile<QuestionExample> {
        let document = try JSONDocument(text)
        guard let index = document.value.members?.firstIndex(where: { $0.key == "data" }),
            let articles = document.value["data"]?.array
        else { throw BadRow(path: text.path, line: 1, reason: "an object with an array 'data' was expected, as SQuAD has it") }
        var collector = ExampleCollector<QuestionExample>(text.path, options)
        for (article, line) in zip(articles, document.elementLines(ofMember: index)) {
            guard let paragraphs = article["paragraphs"]?.array else {
                try collector.refuse(line: line, "an article must have an array 'paragraphs'")
                continue
            }
            let title = article["title"]?.string ?? ""
            for paragraph in paragraphs {
                guard let context = paragraph["context"]?.string, let questions = paragraph["qas"]?.array else {
                    try collector.refuse(line: line, "a paragraph must have a string 'context' and an array 'qas'")
                    continue
                }
                let place = ContextPlaces(context)
                for question in questions {
                    try collector.add(line: line) { try QuestionExample(question, title: title, context: place) }
                }
            }
        }
        return try collector.finished()
    }
}

/// A context and its code points.
private struct ContextPlaces {
    let text: String
    let codePoints: [Unicode.Scalar]

    init(_ text: String) { (self.text, codePoints) = (text, Array(text.unicodeScalars)) }

    func check(_ answer: QuestionExample.Answer, question id: String) throws {
        let length = answer.text.unicodeScalars.count
        guard length > 0 else { throw RowRefusal("question '\(id.printable())' has an empty answer") }
        guard answer.start >= 0, answer.start <= codePoints.count, length <= codePoints.count - answer.start else {
            throw RowRefusal(
                "question '\(id.printable())' has an answer from \(answer.start) on, \(length) long, in a context of "
                    + "\(codePoints.count) code points")
        }
        let found = codePoints[answer.start..<answer.start + length]
        guard found.elementsEqual(answer.text.unicodeScalars) else {
            let text = String(String.UnicodeScalarView(found)).printable(limit: 60)
            throw RowRefusal(
                "question '\(id.printable())' has the answer '\(answer.text.printable(limit: 60))', "
                    + "but at \(answer.start) its context has '\(text)'")
        }
    }
}

extension QuestionExample {
    /// A question of SQuAD's `qas`.
    fileprivate init(_ record: JSONValue, title: String, context: ContextPlaces) throws {
        let question = try RecordFields(nil, usual: ["question"], role: "question").text(in: record)
        guard let id = record["id"]?.string ?? record["id"]?.int.map(String.init) else {
            throw RowRefusal("a question has no 'id'")
        }
        guard !context.text.asciiTrimmed.isEmpty else { throw RowRefusal("the context of question '\(id.printable())' is empty") }
        var answers: [Answer] = []
        if record["is_impossible"]?.bool != true { answers = try Self.answers(record["answers"], question: id) }
        for answer in answers { try context.check(answer, question: id) }
        self.init(id: id, title: title, context: context.text, question: question, answers: answers)
    }

    /// A question with its context in one record.
    init(record: JSONValue, line: Int) throws {
        let context = try RecordFields(nil, usual: ["context"], role: "context").text(in: record)
        try self.init(record, title: record["title"]?.string ?? "", context: ContextPlaces(context))
    }

    /// `[{"text": …, "answer_start": …}, …]`, or the lists of both (`{"text": […], "answer_start": […]}`).
    private static func answers(_ value: JSONValue?, question id: String) throws -> [Answer] {
        let malformed = RowRefusal(
            "the answers of question '\(id.printable())' must be an array of objects with a string 'text' and a whole number "
                + "'answer_start'")
        switch value {
        case nil, .null: return []
        case .array(let values):
            return try values.map { value in
                guard let text = value["text"]?.string, let start = (value["answer_start"] ?? value["start"])?.int else {
                    throw malformed
                }
                return Answer(text: text, start: start)
            }
        case .object:
            guard let texts = value?["text"]?.array, let starts = value?["answer_start"]?.array, texts.count == starts.count
            else {
                throw malformed
            }
            return try zip(texts, starts).map { text, start in
                guard let text = text.string, let start = start.int else { throw malformed }
                return Answer(text: text, start: start)
            }
        default: throw malformed
        }
    }
}
