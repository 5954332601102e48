extension String {
    /// This text made fit for one line of a terminal: control, line-breaking and direction-changing characters are
    /// written as `\u{…}`, and what exceeds `limit` characters is replaced by `…`.
    ///
    /// Names that come from files pass through here before they stand in a message, so that a hostile file can neither
    /// break the line nor send commands to the terminal.
    public func printable(limit: Int = 160) -> String {
        var result = ""
        var count = 0
        for scalar in unicodeScalars {
            guard count < limit else { return result + "…" }
            count += 1
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// This text with everything that commands a terminal written as `\u{…}`, but for line breaks and tabs; carriage returns,
    /// which would overwrite a line, are left out.
    ///
    /// What a model writes is made of its vocabulary, which may come from a hostile file.
    public var printableLines: String {
        var result = ""
        for scalar in unicodeScalars where scalar != "\r" {
            if scalar.properties.generalCategory == .control, scalar != "\n", scalar != "\t" {
                result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
