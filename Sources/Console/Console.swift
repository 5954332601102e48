import SequiturFiles

/// What a command speaks to people and programs with.
public struct Console: Sendable {
    /// The program's name, before messages.
    public let name: String
    /// Standard output: results.
    public let output: Terminal
    /// Standard error: progress, notes, errors.
    public let diagnostics: Terminal
    /// The values that the command runs with.
    public let settings: ResolvedSettings

    /// Writes `text` to standard output at once, as it is.
    public func write(_ text: String) throws(OutputError) {
        try OutputStream.write(text, to: 1)
    }

    /// Writes one line to standard output.
    public func print(_ line: String = "") throws(OutputError) {
        try write(line + "\n")
    }

    /// Writes a table to standard output, its titles in bold.
    public func print(_ table: Table) throws(OutputError) {
        let width = output.isTerminal ? output.width : nil
        try write(table.lines(maximumWidth: width) { output.styled($0, .bold) }.map { $0 + "\n" }.joined())
    }

    /// Writes one JSON object and a line break to standard output: all that a command prints under `--json`.
    public func print(_ value: JSONValue) throws(OutputError) {
        try write(value.serialized() + "\n")
    }

    /// Writes one line to standard error. Nothing depends on it, so errors are ignored.
    public func note(_ line: String) {
        try? OutputStream.write(line + "\n", to: 2)
    }

    /// A progress bar on standard error, or lines where that is no terminal; nothing at all where `isShown` is false.
    ///
    /// - Parameters:
    ///   - total: how many steps there are, nil where only time or patience ends them.
    ///   - initial: steps already done by an earlier run.
    ///   - unit: what `work` counts, for the rate: `tokens`.
    public func progress(
        _ description: String, total: Int?, initial: Int = 0, unit: String, isShown: Bool = true
    ) -> ProgressReporter {
        let mode: ProgressReporter.Mode =
            !isShown ? .silent : diagnostics.isRedrawable ? .bar(width: { diagnostics.width }) : .lines(interval: 10)
        return ProgressReporter(
            meter: ProgressMeter(
                description: description, total: total, initial: initial, unit: unit, at: ProgressReporter.now()),
            mode: mode, usesUnicode: diagnostics.usesUnicode
        ) { try? OutputStream.write($0, to: 2) }
    }
}
