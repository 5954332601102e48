/// What a user says of a file of examples; what is left nil is recognised from the file, or is as its format has it.
public struct ExampleReadingOptions: Sendable {
    /// Rows that no example can be made of are left out and listed, instead of ending the reading.
    public var skipsBadRows = false
    /// Nil: by the file's name and its first lines.
    public var format: ExampleFormat?

    /// The columns of the word and of the tag, from 1; negative ones count from the end. Nil: the first and the last.
    public var wordColumn: Int?
    public var tagColumn: Int?
    /// The names of the word and of the tag: a field of JSON, or one of CoNLL-U's columns (`form`, `lemma`, `upos`, `xpos`,
    /// `deprel`). Nil: `words` or `tokens` and `tags` or `ner_tags`; FORM and UPOS.
    public var wordField: String?
    public var tagField: String?

    /// The text, the second text of a pair, and the label: a field of JSON, a column by its name in the header, or by its number
    /// from 1, or from -1 for the last. Several with commas between them (`title,description`) are joined by a space.
    ///
    /// Nil: a usual name (`text`, `sentence`, `label`, …) where the columns have names; else the first column and the last,
    /// and of pairs the first, the second and the third.
    public var textField: String?
    public var secondField: String?
    public var labelField: String?
    /// What divides the labels of a multi-label row. Nil: a row has one label.
    public var labelSeparator: Character?
    /// Only what stands before this character of a label counts: `:` makes TREC's `ENTY:animal` an `ENTY`.
    public var labelDelimiter: Character?
    /// Nil: the first row is a header where fields are asked for by name, or where it has the usual names.
    public var hasHeader: Bool?
    /// What divides columns. Nil: a tab (TSV), a comma (CSV), a space (label-first), `@` (label-last).
    public var separator: Character?
    /// Which of the splits of one JSON file; `FILE#NAME` says the same.
    public var split: String?

    public init() {}
}
