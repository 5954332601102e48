/// The four normalization forms (UAX #15), each code point with its relation to the text before.
enum UnicodeNormalization: Sendable {
    case composed, decomposed, compatibilityComposed, compatibilityDecomposed

    private var isComposed: Bool { self == .composed || self == .compatibilityComposed }
    private var isCompatibility: Bool { self == .compatibilityComposed || self == .compatibilityDecomposed }

    /// Whether text of these properties alone is in this form already; Hangul aside.
    private var unaffected: UnicodeProperties {
        var properties: UnicodeProperties = [.hasCanonicalDecomposition, .hasCombiningClass]
        if isCompatibility { properties.insert(.hasCompatibilityDecomposition) }
        if isComposed { properties.insert(.mayCompose) }
        return properties
    }

    /// The changes that bring `piece` into this form, nil where it is in this form already.
    func changes(_ piece: PieceText, tables: UnicodeTables) -> [ScalarChange]? {
        let affected = unaffected
        var isAffected = false
        piece.forEachScalar { scalar, _, _ in
            if scalar >= 0x80, !tables[scalar].isDisjoint(with: affected) || Hangul.isJamoOrSyllable(scalar) { isAffected = true }
        }
        guard isAffected else { return nil }
        var changes: [ScalarChange] = []
        changes.reserveCapacity(piece.count)
        var classes: [UInt32] = []
        /// Where the marks after the last starter begin.
        var marks = 0
        func sortMarks() {
            guard changes.count - marks > 1 else { return }
            // A stable insertion sort: marks are few.
            for index in marks + 1..<changes.count {
                var place = index
                while place > marks, classes[place - 1] > classes[place] {
                    classes.swapAt(place - 1, place)
                    changes.swapAt(place - 1, place)
                    place -= 1
                }
            }
        }
        func append(_ scalar: UInt32, _ change: Int32) {
            let combiningClass = tables[scalar].contains(.hasCombiningClass) ? tables.combiningClass(scalar) : 0
            if combiningClass == 0 { sortMarks() }
            changes.append(ScalarChange(scalar, change))
            classes.append(combiningClass)
            if combiningClass == 0 { marks = changes.count }
        }
        piece.forEachScalar { scalar, _, _ in
            var change: Int32 = 0
            if let decomposition = Hangul.decomposition(scalar) {
                for part in decomposition {
                    append(part, change)
                    change = 1
                }
            } else if !tables[scalar].isDisjoint(with: [.hasCanonicalDecomposition, .hasCompatibilityDecomposition]),
                let decomposition = tables.decomposition(scalar, compatibility: isCompatibility)
            {
                for part in decomposition {
                    append(part, change)
                    change = 1
                }
            } else {
                append(scalar, 0)
            }
        }
        sortMarks()
        return isComposed ? Self.composed(changes, classes, tables: tables) : changes
    }

    /// Canonical composition: a mark joins the starter before it unless one of the same or a higher class stands between.
    private static func composed(_ changes: [ScalarChange], _ classes: [UInt32], tables: UnicodeTables) -> [ScalarChange] {
        var result: [ScalarChange] = []
        result.reserveCapacity(changes.count)
        var starter: Int?
        /// The class of the last mark that stayed after the starter.
        var lastClass: UInt32?
        for (change, combiningClass) in zip(changes, classes) {
            if let place = starter, lastClass.map({ $0 < combiningClass }) ?? true,
                let scalar = Hangul.composition(result[place].scalar, change.scalar)
                    ?? tables.composition(result[place].scalar, change.scalar)
            {
                result[place] = ScalarChange(scalar, result[place].change + change.change - 1)
                continue
            }
            if combiningClass == 0 {
                starter = result.count
                lastClass = nil
            } else if starter != nil {
                lastClass = combiningClass
            }
            result.append(change)
        }
        return result
    }
}

/// Hangul syllables, which are composed and decomposed by arithmetic (The Unicode Standard, section 3.12).
enum Hangul {
    private static let syllables: Range<UInt32> = 0xAC00..<0xAC00 + 11172
    private static let leading: Range<UInt32> = 0x1100..<0x1100 + 19
    private static let vowels: Range<UInt32> = 0x1161..<0x1161 + 21
    private static let trailing: Range<UInt32> = 0x11A8..<0x11A7 + 28

    static func isJamoOrSyllable(_ scalar: UInt32) -> Bool {
        scalar >= 0x1100 && (scalar < 0x1200 || syllables.contains(scalar))
    }

    static func decomposition(_ scalar: UInt32) -> [UInt32]? {
        guard syllables.contains(scalar) else { return nil }
        let index = scalar - syllables.lowerBound
        let parts = [leading.lowerBound + index / 588, vowels.lowerBound + index % 588 / 28]
        return index % 28 == 0 ? parts : parts + [0x11A7 + index % 28]
    }

    static func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if leading.contains(first), vowels.contains(second) {
            return syllables.lowerBound + (first - leading.lowerBound) * 588 + (second - vowels.lowerBound) * 28
        }
        if syllables.contains(first), (first - syllables.lowerBound) % 28 == 0, trailing.contains(second) {
            return first + second - 0x11A7
        }
        return nil
    }
}
