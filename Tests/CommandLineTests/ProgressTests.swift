import SequiturConsole
import Synchronization
import Testing

@Suite struct ProgressTests {
    static let half = ProgressSnapshot(
        description: "training", completed: 425, total: 1000, fraction: 0.425, elapsed: 42, remaining: 57.6, rate: 12_345,
        unit: "tokens", fields: [.init("loss", "1.832")])

    @Test func theBarFillsTheWidthAndSplitsCells() {
        let tail = " 425/1000 [0:42<0:57, 12.3k tokens/s, loss 1.832]"
        #expect(Self.half.bar(width: 76, unicode: true) == "training:  42%|████▎     |" + tail.replacing(" 425", with: "  425"))
        #expect(Self.half.bar(width: 76, unicode: false) == "training:  42%|####      |" + tail.replacing(" 425", with: "  425"))
        for width in 30...200 {
            #expect(displayWidth(Self.half.bar(width: width, unicode: true)) <= width)
            #expect(Self.half.bar(width: width, unicode: false).utf8.allSatisfy { $0 < 0x80 })
        }
    }

    @Test func aNarrowTerminalLosesFieldsThenTheBarThenTheEnd() {
        var snapshot = Self.half
        snapshot.fields += [.init("epoch", "2.07"), .init("rate", "0.00200")]
        func line(_ width: Int) -> String { snapshot.bar(width: width, unicode: false) }
        #expect(line(97) == "training:  42%|##   |  425/1000 [0:42<0:57, 12.3k tokens/s, loss 1.832, epoch 2.07, rate 0.00200]")
        #expect(line(96) == "training:  42%|#######           |  425/1000 [0:42<0:57, 12.3k tokens/s, loss 1.832, epoch 2.07]")
        #expect(line(77) == "training:  42%|####       |  425/1000 [0:42<0:57, 12.3k tokens/s, loss 1.832]")
        #expect(line(66) == "training:  42%  425/1000 [0:42<0:57, 12.3k tokens/s, loss 1.832]")
        #expect(line(59) == "training:  42%|##   |  425/1000 [0:42<0:57, 12.3k tokens/s]")
        #expect(line(55) == "training:  42%  425/1000 [0:42<0:57, 12.3k tokens/s]")
        snapshot.fields = []
        #expect(line(59) == "training:  42%|##   |  425/1000 [0:42<0:57, 12.3k tokens/s]")
        #expect(Self.half.bar(width: 20, unicode: true) == "training:  42%  425…")
        #expect(Self.half.bar(width: 20, unicode: false) == "training:  42%  4...")
    }

    @Test func anUnknownEndHasNoPercentAndNoRemainder() {
        let open = ProgressSnapshot(
            description: "training", completed: 425, total: nil, fraction: .nan, elapsed: 42, remaining: nil, rate: nil,
            unit: "tokens", fields: Self.half.fields)
        #expect(open.bar(width: 80, unicode: true) == "training:  425 [0:42, ? tokens/s, loss 1.832]")
        #expect(open.plainLine == "training: 425 [0:42, ? tokens/s, loss 1.832]")
        #expect(Self.half.plainLine == "training: 42%  425/1000 [0:42<0:57, 12.3k tokens/s, loss 1.832]")
    }

    @Test func ratesFollowTheLastMomentsSmoothly() {
        var meter = ProgressMeter(description: "training", total: 100, unit: "tokens", at: 0)
        var rates: [Double] = []
        for moment in 1...40 {
            // 1000 tokens a second at first, 2000 from moment 20 on.
            let steps = moment <= 20 ? moment : 20 + 2 * (moment - 20)
            meter.update(completed: steps, work: steps * 1000, fields: [])
            rates.append(meter.snapshot(at: Double(moment)).rate ?? 0)
        }
        #expect(abs(rates[0] - 1000) < 1e-6 && abs(rates[19] - 1000) < 1e-6)
        // One moment later the average has moved by its smoothing, 0.3 of the way.
        #expect(abs(rates[20] - 1300) < 1)
        #expect(abs(rates[39] - 2000) < 2)
        let last = meter.snapshot(at: 41)
        #expect(last.elapsed == 41 && last.fraction == 0.6)
        let summary = meter.summary(at: 50)
        #expect(summary.rate == 1200 && summary.remaining == nil)
        // What ends early does not say that it does not know what remains.
        #expect(summary.plainLine == "training: 60%  60/100 [0:50, 1.20k tokens/s]")
    }

    @Test func aResumedRunCountsOnlyItsOwnPace() {
        var meter = ProgressMeter(description: "training", total: 200, initial: 100, unit: "tokens", at: 10)
        meter.update(completed: 110, work: 50, fields: [])
        let snapshot = meter.snapshot(at: 20)
        #expect(snapshot.completed == 110 && snapshot.rate == 5 && snapshot.fraction == 0.55)
        #expect(abs((snapshot.remaining ?? 0) - 90) < 1e-9)
    }

    /// A total that something else comes before is not shown beside a percentage that is not its own.
    @Test func theNearestLimitIsTheOneThatIsShown() {
        var meter = ProgressMeter(description: "training", total: 1000, unit: "tokens", at: 0)
        meter.update(completed: 100, work: 1, fraction: 0.4, fields: [])
        #expect(meter.snapshot(at: 10).plainLine.hasPrefix("training: 40% 100 [0:10<"))
        meter.update(completed: 500, work: 2, fraction: 0.5, fields: [])
        #expect(meter.snapshot(at: 20).plainLine.hasPrefix("training: 50%  500/1000 [0:20<"))
    }

    @Test func aTimeBudgetTellsTheFraction() {
        var meter = ProgressMeter(description: "training", total: nil, unit: "tokens", at: 0)
        meter.update(completed: 5, work: 500, fraction: 0.1, fields: [])
        _ = meter.snapshot(at: 10)
        meter.update(completed: 10, work: 1000, fraction: 0.2, fields: [])
        let snapshot = meter.snapshot(at: 20)
        #expect(snapshot.fraction == 0.2 && abs((snapshot.remaining ?? 0) - 80) < 1e-9)
        #expect(snapshot.plainLine == "training: 20% 10 [0:20<1:20, 50 tokens/s]")
    }

    /// A reporter whose clock and screen belong to the test.
    private final class Stage: Sendable {
        let time = Mutex(0.0)
        let screen = Mutex<[String]>([])

        func reporter(_ mode: ProgressReporter.Mode) -> ProgressReporter {
            ProgressReporter(
                meter: ProgressMeter(description: "training", total: 1000, unit: "tokens", at: 0), mode: mode, usesUnicode: false,
                clock: { self.time.withLock { $0 } }, write: { text in self.screen.withLock { $0.append(text) } })
        }

        var lines: [String] { screen.withLock { $0 } }
    }

    @Test func theScreenIsTouchedAtMostTenTimesASecond() {
        let stage = Stage()
        let reporter = stage.reporter(.bar { 100 })
        for step in 1...1000 {
            stage.time.withLock { $0 = Double(step) * 0.01 }
            reporter.update(completed: step, work: step)
        }
        #expect((90...101).contains(stage.lines.count))
        #expect(stage.lines.allSatisfy { $0.hasPrefix("\rtraining: ") && $0.hasSuffix("\u{1B}[K") && !$0.contains("\n") })
        reporter.message("saved")
        reporter.finish()
        reporter.finish()
        // The message takes the bar's line, and the bar stands again below it.
        let end = stage.lines.suffix(4)
        #expect(end.first == "\r\u{1B}[Ksaved\n" && end.last == "\n")
        #expect(end.dropFirst().dropLast().allSatisfy { $0.contains("%|") })
        #expect(end.dropLast().last?.contains("100%|") == true)
    }

    @Test func aPipeGetsALineEveryFewSeconds() {
        let stage = Stage()
        let reporter = stage.reporter(.lines(interval: 10))
        for second in 1...35 {
            stage.time.withLock { $0 = Double(second) }
            reporter.update(completed: second, work: second * 100)
        }
        reporter.finish()
        #expect(stage.lines.count == 4)
        #expect(stage.lines.first == "training: 1%   10/1000 [0:10<16:30, 100 tokens/s]\n")
        #expect(stage.lines.allSatisfy { $0.hasSuffix("\n") && !$0.contains("\u{1B}") && !$0.contains("\r") })
    }

    @Test func silenceIsSilent() {
        let stage = Stage()
        let reporter = stage.reporter(.silent)
        stage.time.withLock { $0 = 100 }
        reporter.update(completed: 5, work: 5)
        reporter.finish()
        #expect(stage.lines.isEmpty)
    }
}
