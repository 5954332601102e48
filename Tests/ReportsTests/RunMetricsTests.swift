import SequiturFiles
import SequiturReports
import Testing

@Suite struct RunMetricsTests {
    private func metrics(_ text: String) throws -> RunMetrics {
        var result = RunMetrics()
        try withTemporaryFolder { folder in
            try AtomicFile.write(text, to: folder + "/metrics.jsonl")
            result = try RunMetrics(path: folder + "/metrics.jsonl")
        }
        return result
    }

    private static func step(_ number: Int, loss: String = "2.5") -> String {
        """
        {"event":"step","step":\(number),"epoch":\(Double(number) / 10),"loss":\(loss),"learning_rate":0.001,"gradient_norm":\(number % 7 + 1),\
        "targets":100,"seconds":0.5,"targets_per_second":200}

        """
    }

    private static let validation = """
        {"event":"validation","step":2,"epoch":0.2,"metric":1.5,"validation_loss":1.5,"validation_perplexity":4.48,"best":true,"seconds":1,"consequences":[]}
        {"event":"validation","step":3,"epoch":0.3,"metric":1.6,"validation_loss":1.6,"validation_perplexity":4.95,"best":false,"seconds":1,"consequences":["stopping"]}

        """

    @Test func aRunIsRead() throws {
        let text =
            Self.step(1) + Self.step(2) + Self.step(3) + Self.validation + """
                {"event":"checkpoint","step":3,"path":"c","seconds":0.1}
                {"event":"warning","step":3,"message":"the disk is full"}
                {"event":"finished","step":3,"reason":"stoppedEarly","epoch":0.3,"best_step":2,"best_metric":1.5,"seconds":2.5,"checkpoint":"c"}

                """
        let found = try metrics(text)
        #expect(found.step == 3 && found.epoch == 0.3 && found.targetCount == 300 && found.stepSeconds == 1.5)
        #expect(found.validationCount == 2 && found.checkpointCount == 1 && found.damagedLines == 0)
        #expect(found.warnings == ["the disk is full"] && found.failure == nil)
        #expect(found.best?.step == 2 && found.best?.figures.map(\.name) == ["loss", "perplexity"])
        #expect(found.lastValidation?.step == 3 && found.lastValidation?.figures.last?.value == 4.95)
        #expect(found.end?.reason == "stoppedEarly" && found.end?.bestStep == 2 && found.end?.seconds == 2.5)
        let curves = found.curves
        #expect(curves.map(\.title) == ["Loss", "Validation: perplexity", "Learning rate", "Gradient norm", "Speed"])
        #expect(curves[0].series.map(\.name) == ["training", "validation"] && curves[0].series[0].points.map(\.x) == [1, 2, 3])
        let best = try #require(curves[0].series[1].best)
        #expect(best == (2, 1.5) && curves[1].series[0].best?.y == 4.48)
    }

    /// A kill cuts a line; a hostile hand writes others.
    @Test func damagedLinesAreLeftOut() throws {
        let whole = Self.step(1) + Self.validation
        for cut in 0..<whole.utf8.count {
            let text = String(decoding: Array(whole.utf8).prefix(cut), as: UTF8.self)
            let found = try metrics(text)
            #expect(found.damagedLines <= 1 && found.validationCount <= 2)
        }
        let strange = try metrics(
            """
            nonsense
            {"event":"step"}
            []
            {"event":"step","step":"one"}
            {"event":"unknown","step":4}
            {"event":"step","step":5,"loss":null,"targets":9223372036854775807}
            {"event":"step","step":6,"loss":"high","targets":9223372036854775807}

            """)
        #expect(strange.damagedLines == 4 && strange.step == 6 && strange.curves.isEmpty)
    }

    @Test func aRunThatGoesOnHasNotEnded() throws {
        let end = "{\"event\":\"finished\",\"step\":1,\"reason\":\"interrupted\"}\n"
        #expect(try metrics(Self.step(1) + end).end?.reason == "interrupted")
        #expect(try metrics(Self.step(1) + end + Self.step(2)).end == nil)
        let failed = try metrics(Self.step(1) + "{\"event\":\"failed\",\"step\":1,\"message\":\"the loss is nan\"}\n")
        #expect(failed.failure == "the loss is nan" && failed.end == nil)
    }

    @Test func longRunsAreDrawnWithTheirMean() throws {
        let found = try metrics((1...20_000).map { Self.step($0, loss: "\(2 + $0 % 2)") }.joined())
        let loss = try #require(found.curves.first)
        #expect(loss.series.count == 2 && loss.series[0].style == .faint)
        #expect(loss.series.allSatisfy { $0.points.count <= Curve.pointLimit && $0.points.last?.x == 20_000 })
        #expect(abs((loss.series[1].points.last?.y ?? 0) - 2.5) < 0.01)
        var report = RunReport(title: "long")
        report.curves = found.curves
        let page = try report.html()
        #expect(TagBalance(page).problems.isEmpty && page.utf8.count < 150_000)
    }

    @Test func nothingWasMeasured() throws {
        let found = try metrics("")
        #expect(found.curves.isEmpty && found.step == 0 && found.end == nil)
        #expect(throws: FileError.self) { try RunMetrics(path: "/nonexistent/metrics.jsonl") }
    }
}
