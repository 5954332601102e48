/// Which tensors of a checkpoint make which parameters of a model: the one place that knows another house's names.
///
/// Rows are templates: `{}` stands for the number of a layer, in both names alike.
///
///     WeightTable([
///         .tensor("words.weight", "embeddings.word_embeddings.weight"),
///         .map("encoder.layers.{}.feedForward.expansion", "encoder.layer.{}.intermediate.dense"),
///     ])
struct WeightTable {
    /// How a parameter lies in the checkpoint.
    struct Row {
        /// Names of the tensors that lie below one another in the parameter.
        let names: [String]
        /// Rows of each of them, in proportion.
        let parts: [Int]
        /// The tensor is [inputs, outputs] where the parameter is [outputs, inputs].
        let isTransposed: Bool
        /// Names under which the first tensor may be stored instead.
        let others: [String]
    }

    private var rows: [String: Row] = [:]

    init(_ entries: [Entry]) {
        for entry in entries { rows.merge(entry.rows) { _, last in last } }
    }

    /// One line of a table: a tensor, or the weight and the bias of a part.
    struct Entry {
        let rows: [(String, Row)]

        static func tensor(_ path: String, _ name: String, or others: [String] = []) -> Entry {
            Entry(rows: [(path, Row(names: [name], parts: [1], isTransposed: false, others: others))])
        }

        static func transposed(_ path: String, _ name: String) -> Entry {
            Entry(rows: [(path, Row(names: [name], parts: [1], isTransposed: true, others: []))])
        }

        /// A linear map: weight and bias.
        static func map(_ path: String, _ name: String, isTransposed: Bool = false) -> Entry {
            joined(path, [name], parts: [1], isTransposed: isTransposed)
        }

        /// Maps of the same input below one another.
        static func joined(_ path: String, _ names: [String], parts: [Int], isTransposed: Bool = false) -> Entry {
            Entry(
                rows: ["weight", "bias"].map { kind in
                    let stored = names.map { "\($0).\(kind)" }, isTransposed = isTransposed && kind == "weight"
                    return ("\(path).\(kind)", Row(names: stored, parts: parts, isTransposed: isTransposed, others: []))
                })
        }

        /// Gain and bias of a norm; checkpoints of 2018 call them gamma and beta.
        static func norm(_ path: String, _ name: String) -> Entry {
            func row(_ name: String, _ old: String) -> Row { Row(names: [name], parts: [1], isTransposed: false, others: [old]) }
            return Entry(rows: [
                ("\(path).gain", row("\(name).weight", "\(name).gamma")), ("\(path).bias", row("\(name).bias", "\(name).beta")),
            ])
        }

        /// Queries, keys and values, which this house keeps in one weight, and the map behind attention.
        static func attention(
            _ path: String, queries: String, keys: String, values: String, output: String, heads: Int, keyHeads: Int? = nil
        ) -> Entry {
            let parts = [heads, keyHeads ?? heads, keyHeads ?? heads]
            let input = joined("", [queries, keys, values], parts: parts).rows
            return Entry(
                rows: [("\(path).inputWeight", input[0].1), ("\(path).inputBias", input[1].1)]
                    + map("\(path).output", output).rows)
        }
    }

    /// The row of a parameter, with the numbers of its path in place of `{}`; nil where the table has none.
    func row(for path: String) -> Row? {
        var numbers: [Substring] = []
        let template = path.split(separator: ".", omittingEmptySubsequences: false).map { part -> Substring in
            guard !part.isEmpty, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return part }
            numbers.append(part)
            return "{}"
        }.joined(separator: ".")
        guard let row = rows[template] else { return nil }
        func filled(_ name: String) -> String {
            var parts = name.components(separatedBy: "{}")
            for number in numbers where parts.count > 1 { parts.replaceSubrange(0...1, with: [parts[0] + number + parts[1]]) }
            return parts.joined(separator: "{}")
        }
        return Row(names: row.names.map(filled), parts: row.parts, isTransposed: row.isTransposed, others: row.others.map(filled))
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
