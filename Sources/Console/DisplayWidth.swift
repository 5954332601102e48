/// The number of terminal columns that `text` takes.
///
/// Counted by grapheme: a combining mark, a variation selector or a joiner takes none, an East Asian wide or fullwidth
/// character and an emoji two, everything else one (Unicode Standard Annex 11; `wcwidth` would ask the locale). Control
/// characters count nothing and must not be in `text`.
public func displayWidth(_ text: String) -> Int {
    text.utf8.allSatisfy { (0x20..<0x7F).contains($0) } ? text.utf8.count : text.reduce(0) { $0 + displayWidth($1) }
}

/// The number of terminal columns that one character takes: 0, 1 or 2.
func displayWidth(_ character: Character) -> Int {
    var width = 0
    for scalar in character.unicodeScalars {
        // An emoji presentation selector and the second letter of a flag widen what precedes them.
        if scalar.value == 0xFE0F || (0x1F1E6...0x1F1FF).contains(scalar.value), width > 0 { return 2 }
        width = max(width, displayWidth(scalar))
    }
    return width
}

private func displayWidth(_ scalar: Unicode.Scalar) -> Int {
    if (0x20..<0x7F).contains(scalar.value) { return 1 }
    switch scalar.properties.generalCategory {
    case .control, .nonspacingMark, .enclosingMark, .lineSeparator, .paragraphSeparator: return 0
    case .format: return scalar.value == 0xAD ? 1 : 0
    default: break
    }
    if (0x1160...0x11FF).contains(scalar.value) { return 0 }  // vowels and finals of a Hangul syllable
    return scalar.properties.isEmojiPresentation || isWide(scalar.value) ? 2 : 1
}

/// Blocks of East Asian width W and F (Unicode 16, EastAsianWidth.txt), emoji apart, unassigned characters included.
private func isWide(_ value: UInt32) -> Bool {
    guard value >= 0x1100 else { return false }
    switch value {
    case 0x1100...0x115F, 0x2329...0x232A, 0x2630...0x2637, 0x268A...0x268F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4DC0...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
        0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1D300...0x1D376, 0x1F200...0x1F265, 0x20000...0x3FFFD:
        return true
    default: return false
    }
}

extension String {
    /// This text cut to at most `width` columns, an ellipsis at its end where something is missing.
    func truncated(toWidth width: Int, ellipsis: String = "…") -> String {
        guard displayWidth(self) > width else { return self }
        var result = ""
        var room = width - displayWidth(ellipsis)
        for character in self {
            room -= displayWidth(character)
            guard room >= 0 else { break }
            result.append(character)
        }
        return width >= displayWidth(ellipsis) ? result + ellipsis : ""
    }

    /// This text with spaces added to fill `width` columns.
    func padded(toWidth width: Int, alignment: Table.Alignment = .left) -> String {
        let padding = String(repeating: " ", count: max(0, width - displayWidth(self)))
        return alignment == .left ? self + padding : padding + self
    }
}
