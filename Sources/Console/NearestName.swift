/// Finds the name that a mistyped one was meant to be.
public enum NearestName {
    /// The candidate with the smallest edit distance to `name`; the first of several, an empty string where there is none.
    ///
    /// A candidate that contains the whole name, as `flat-parsley` contains `parsley`, counts as half as far away.
    public static func of(_ name: String, in candidates: some Sequence<String>) -> String {
        let typed = Array(name.lowercased().utf8.prefix(64))
        var nearest = ""
        var smallest = Int.max
        for candidate in candidates {
            let letters = Array(candidate.lowercased().utf8.prefix(64))
            var distance = editDistance(typed, letters)
            if typed.count >= 3, letters.count > typed.count, letters.contains(typed) { distance = (distance + 1) / 2 }
            if distance < smallest { (nearest, smallest) = (candidate, distance) }
        }
        return nearest
    }

    /// The number of insertions, deletions, replacements and swaps of neighbours that turn one name into the other
    /// (optimal string alignment: Damerau 1964, Levenshtein 1966).
    static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                var distance = min(
                    previous[column + 1] + 1, current[column] + 1, previous[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    distance = min(distance, beforePrevious[column - 1] + 1)
                }
                current.append(distance)
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[right.count]
    }
}
