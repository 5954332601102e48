/// How a file spells its examples.
public enum ExampleFormat: String, CaseIterable, Sendable {
    case conll, conllu, tsv, csv, jsonl, json, parallel
    case labelFirst = "label-first"
    case labelLast = "label-last"
    case semeval, squad

    /// What the format is, in one line.
    public var summary: String {
        switch self {
        case .conll: "a token a line in columns, sentences divided by blank lines"
        case .conllu: "CoNLL-U, the format of Universal Dependencies"
        case .tsv: "a row a line, columns divided by tabs, quotation marks like any other character"
        case .csv: "rows of columns divided by commas, quoted as RFC 4180 says"
        case .jsonl: "a JSON object a line"
        case .json: "a JSON array of objects or of [text, label] pairs, or an object of such arrays by the names of splits"
        case .parallel: "a folder with the files seq.in, seq.out and label, whose lines belong together"
        case .labelFirst: "a row a line: the label, a space, the text (TREC)"
        case .labelLast: "a row a line: the text, @, the label (Financial PhraseBank)"
        case .semeval: "the records of SemEval-2010 task 8, entities marked <e1> and <e2>"
        case .squad: "the JSON of SQuAD 1.1 and 2"
        }
    }
}
