import SequiturFiles
import Testing

/// `sequitur report` on what training left.
@Suite struct ReportCommandTests {
    @Test func aReportIsMadeAgain() throws {
        let work = try Workplace(trained: true), first = try work.bytes(of: "run/report.html")
        let again = try work.sequitur(["report", "run"])
        #expect(again.status == 0 && again.output.contains("run/report.html") && again.errors.isEmpty, "\(again)")
        #expect(try work.bytes(of: "run/report.html") == first)
        let other = try work.sequitur(["report", "run", "--output", "page.html", "--json"])
        #expect(try JSONValue(parsing: other.output) == ["report": "page.html"])
        #expect(try work.bytes(of: "page.html") == first)
        let page = String(decoding: first, as: UTF8.self)
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("Learning rate") && page.contains("weight-decay"))
    }

    @Test func whatIsNoRunIsRefused() throws {
        let work = try Workplace(trained: true)
        try work.makeFolder("photos")
        try work.write("{\"a\":", to: "run/evaluation.json")
        for (arguments, message) in [
            (["photos"], "sequitur.json"), (["nowhere"], "cannot read 'nowhere'"), (["run"], "evaluation.json"),
            (["run", "--output", "no/where.html"], "evaluation.json"), (["text.txt"], "text.txt"),
        ] {
            let refused = try work.sequitur(["report"] + arguments)
            #expect(refused.status == 1 && refused.isOneLineError && refused.errors.contains(message), "\(refused)")
        }
    }
}
