/// BERT's normalizer (Devlin et al., 2018): control characters dropped and white space made plain, spaces around Chinese
/// characters, accents stripped, lower case; each as far as asked for.
struct BertNormalizer: Sendable {
    let cleansText: Bool
    let separatesChinese: Bool
    let stripsAccents: Bool
    let lowercases: Bool

    init(_ reader: ComponentReader) throws {
        cleansText = try reader.member("clean_text").bool()
        separatesChinese = try reader.member("handle_chinese_chars").bool()
        lowercases = try reader.member("lowercase").bool()
        stripsAccents = try reader.optional("strip_accents")?.bool() ?? lowercases
    }

    func apply(to text: inout PipelineText) throws {
        let tables = UnicodeTables.shared
        try text.rewrite { piece, output in
            if piece.isASCII {
                appendASCII(piece, output: &output)
            } else if stripsAccents, needsReordering(piece, tables: tables) {
                appendStepwise(piece, output: &output, tables: tables)
            } else {
                append(piece, output: &output, tables: tables)
            }
        }
    }

    private func appendASCII(_ piece: PieceText, output: inout TextWriter) {
        for (byte, origin) in zip(piece.bytes, piece.origins) {
            var byte = byte
            if byte < 0x20 || byte == 0x7F {
                if cleansText {
                    guard byte == 0x09 || byte == 0x0A || byte == 0x0D else { continue }
                    byte = 0x20
                }
            } else if lowercases, byte &- 0x41 < 26 {
                byte += 0x20
            }
            output.append(byte: byte, origin: origin)
        }
    }

    /// Whether a mark stands in `piece`: decompositions are then sorted across characters.
    private func needsReordering(_ piece: PieceText, tables: UnicodeTables) -> Bool {
        var isNeeded = false
        piece.forEachScalar { scalar, _, _ in
            if scalar >= 0x80, tables[scalar].contains(.hasCombiningClass) || 0x0F73...0x0F81 ~= scalar { isNeeded = true }
        }
        return isNeeded
    }

    /// All steps at once, character by character.
    private func append(_ piece: PieceText, output: inout TextWriter, tables: UnicodeTables) {
        piece.forEachScalar { scalar, offset, _ in
            let origin = piece.origins[offset]
            var scalar = scalar
            if cleansText {
                let properties = tables[scalar]
                if properties.contains(.dropped) { return }
                if properties.contains(.whiteSpace) { scalar = 0x20 }
            }
            guard scalar >= 0x80 else {
                appendPlain(scalar, origin: origin, output: &output, tables: tables)
                return
            }
            let isSeparate = separatesChinese && Self.isChinese(scalar)
            if isSeparate { output.append(byte: 0x20, origin: origin) }
            if stripsAccents {
                if let parts = Hangul.decomposition(scalar) {
                    for part in parts { output.append(part, origin: origin) }
                } else if tables[scalar].contains(.hasCanonicalDecomposition),
                    let parts = tables.decomposition(scalar, compatibility: false)
                {
                    for part in parts where !tables[part].contains(.nonspacingMark) {
                        appendPlain(part, origin: origin, output: &output, tables: tables)
                    }
                } else if !tables[scalar].contains(.nonspacingMark) {
                    appendPlain(scalar, origin: origin, output: &output, tables: tables)
                }
            } else {
                appendPlain(scalar, origin: origin, output: &output, tables: tables)
            }
            if isSeparate { output.append(byte: 0x20, origin: origin) }
        }
    }

    @inline(__always)
    private func appendPlain(_ scalar: UInt32, origin: Int32, output: inout TextWriter, tables: UnicodeTables) {
        if lowercases {
            output.appendLowercase(scalar, origin: origin, tables: tables)
        } else {
            output.append(scalar, origin: origin)
        }
    }

    /// One step after the other, as the definition has it.
    private func appendStepwise(_ piece: PieceText, output: inout TextWriter, tables: UnicodeTables) {
        var cleaned = TextWriter()
        piece.forEachScalar { scalar, offset, _ in
            let origin = piece.origins[offset]
            let properties = tables[scalar]
            if cleansText, properties.contains(.dropped) { return }
            let isSeparate = separatesChinese && Self.isChinese(scalar)
            if isSeparate { cleaned.append(byte: 0x20, origin: origin) }
            cleaned.append(cleansText && properties.contains(.whiteSpace) ? 0x20 : scalar, origin: origin)
            if isSeparate { cleaned.append(byte: 0x20, origin: origin) }
        }
        var decomposed = TextWriter()
        cleaned.withPiece { piece in
            if let changes = UnicodeNormalization.decomposed.changes(piece, tables: tables) {
                decomposed.append(changes, replacing: piece)
            } else {
                decomposed.append(piece, 0..<piece.count)
            }
        }
        decomposed.withPiece { piece in
            piece.forEachScalar { scalar, offset, _ in
                if tables[scalar].contains(.nonspacingMark) { return }
                appendPlain(scalar, origin: piece.origins[offset], output: &output, tables: tables)
            }
        }
    }

    /// The ideographs that BERT sets apart; kana and Hangul are not among them.
    private static func isChinese(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B920...0x2CEAF,
            0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}

extension TextWriter {
    fileprivate func withPiece(_ body: (PieceText) -> Void) {
        bytes.withUnsafeBufferPointer { bytes in
            origins.withUnsafeBufferPointer { body(PieceText(bytes, $0, TextPiece(0, bytes.count))) }
        }
    }
}
