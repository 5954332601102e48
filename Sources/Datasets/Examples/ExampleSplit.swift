import SequiturFiles

/// How examples are divided into those to learn from, those to choose by and those to test on, where a file has no such parts.
///
///     let parts = try ExampleSplit("80/10/10").parts(examples, seed: 1, stratifiedBy: { $0.labels.joined(separator: "|") })
///
/// Which example goes where depends on the examples, their order and the seed alone: every machine makes the same parts.
public struct ExampleSplit: Sendable, Equatable {
    /// The shares; only their ratios count.
    public let train, validation, test: Int

    /// - Parameter text: the three shares, as in `80/10/10`, or two, as in `90/10`, where there is nothing to test on.
    /// - Throws: `DatasetError.invalidSetting`.
    public init(_ text: String) throws {
        let shares = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        let known = shares.compactMap(\.self)
        guard (2...3).contains(shares.count), known.count == shares.count, known.allSatisfy({ (0...1_000_000).contains($0) }),
            known[0] > 0, known.dropFirst().contains(where: { $0 > 0 })
        else {
            throw DatasetError.invalidSetting(
                name: "the split", value: "'\(text.printable())'",
                allowed: "the shares of training, validation and test as whole numbers, such as 80/10/10 or 90/10")
        }
        (train, validation, test) = (known[0], known[1], known.count == 3 ? known[2] : 0)
    }

    /// The examples of each part, in the order in which they came.
    ///
    /// Examples are shuffled and handed out so that each part has its share of every beginning of the shuffled list, within one
    /// example or group. Where they are stratified, the list goes stratum by stratum, so each has its share of every stratum, within two.
    ///
    /// - Parameters:
    ///   - stratum: what should be alike in all parts, such as the label.
    ///   - group: what must not be torn apart, such as the article of a question. Groups count as one, whatever their size, and belong
    ///     to the stratum of their first example.
    public func parts<Example>(
        _ examples: [Example], seed: UInt64, stratifiedBy stratum: ((Example) -> String)? = nil,
        groupedBy group: ((Example) -> String)? = nil
    ) -> (train: [Example], validation: [Example], test: [Example]) {
        let groups = Self.indices(of: examples.indices) { group?(examples[$0]) }
        let strata = stratum.map { stratum in
            Self.indices(of: groups.indices) { stratum(examples[groups[$0][0]]) }
        }
        var random = EpochRandom(seed: seed, epoch: 0)
        let shares = [train, validation, test], total = shares.reduce(0, +)
        var counts = [0, 0, 0]
        var parts = [Int](repeating: 0, count: examples.count)
        var count = 0
        for stratum in strata ?? [Array(groups.indices)] {
            for group in random.shuffled(stratum) {
                count += 1
                // The part that is furthest behind its share.
                let part = (0..<3).max { counts[$0] * total - count * shares[$0] > counts[$1] * total - count * shares[$1] } ?? 0
                counts[part] += 1
                for example in groups[group] { parts[example] = part }
            }
        }
        func chosen(_ part: Int) -> [Example] { zip(examples, parts).lazy.filter { $0.1 == part }.map(\.0) }
        return (chosen(0), chosen(1), chosen(2))
    }

    /// Indices with the same key together, in the order in which keys come first; each by itself where there are no keys.
    private static func indices(of indices: Range<Int>, key: (Int) -> String?) -> [[Int]] {
        var places: [String: Int] = [:]
        var result: [[Int]] = []
        for index in indices {
            guard let key = key(index) else {
                result.append([index])
                continue
            }
            if let place = places[key] {
                result[place].append(index)
            } else {
                places[key] = result.count
                result.append([index])
            }
        }
        return result
    }
}
