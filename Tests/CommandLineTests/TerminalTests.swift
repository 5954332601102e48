import SequiturConsole
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct TerminalTests {
    private func terminal(_ environment: [String: String], isTerminal: Bool = true) -> Terminal {
        Terminal(descriptor: 1, isTerminal: isTerminal, environment: environment)
    }

    @Test func coloursNeedATerminalAndNoObjection() {
        let term = ["TERM": "xterm-256color"]
        #expect(terminal(term).styled("x", .bold) == "\u{1B}[1mx\u{1B}[0m")
        #expect(terminal(term, isTerminal: false).styled("x", .bold) == "x")
        #expect(terminal(term.merging(["NO_COLOR": "1"]) { $1 }).styled("x", .red) == "x")
        #expect(terminal(term.merging(["NO_COLOR": ""]) { $1 }).usesColor)
        #expect(!terminal(["TERM": "dumb"]).usesColor && !terminal(["TERM": "dumb"]).isRedrawable && !terminal([:]).usesColor)
        #expect(terminal(term.merging(["NO_COLOR": "1"]) { $1 }).isRedrawable)
    }

    @Test func theLocaleDecidesAboutUnicode() {
        #expect(terminal(["LANG": "de_DE.UTF-8"]).usesUnicode && terminal(["LANG": "C.utf8"]).usesUnicode)
        #expect(!terminal([:]).usesUnicode && !terminal(["LANG": "C"]).usesUnicode)
        #expect(!terminal(["LC_ALL": "C", "LANG": "de_DE.UTF-8"]).usesUnicode)
        #expect(terminal(["LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"]).usesUnicode)
    }

    @Test func theWidthFallsBack() {
        #expect(terminal([:], isTerminal: false).width == 80)
        #expect(terminal(["COLUMNS": "132"], isTerminal: false).width == 132)
        #expect(terminal(["COLUMNS": "-3"], isTerminal: false).width == 80)
        #expect(terminal(["COLUMNS": "99999999999999999999"], isTerminal: false).width == 80)
    }
}

@Suite(.serialized) struct InterruptionTests {
    // Shells start background jobs with SIGINT ignored, and ignored signals stay so; hence the defaults first. Signals go
    // to the process, as the terminal sends them: the threads that run tests block them.

    private static func send(_ number: Int32) { kill(getpid(), number) }

    /// Waits for at most ten seconds.
    private static func wait(until condition: () -> Bool) -> Bool {
        for _ in 0..<10_000 where !condition() { usleep(1000) }
        return condition()
    }

    @Test func theFirstSignalIsAFlag() {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_DFL)
            Interruption.handled {
                #expect(!Interruption.isRequested)
                Self.send(number)
                #expect(Self.wait { Interruption.isRequested })
            }
            #expect(Interruption.isRequested)
        }
    }

    @Test func theSecondSignalEndsTheProcess() async {
        await #expect(processExitsWith: .exitCode(130)) {
            signal(SIGINT, SIG_DFL)
            Interruption.handled {
                Self.send(SIGINT)
                guard Self.wait(until: { Interruption.isRequested }) else { exit(1) }
                Self.send(SIGTERM)
                sleep(10)
            }
        }
    }

    @Test func afterwardsASignalKillsAsBefore() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            Interruption.handled {}
            Self.send(SIGTERM)
            sleep(10)
        }
    }

    @Test func anIgnoredSignalStaysIgnored() async {
        await #expect(processExitsWith: .exitCode(7)) {
            signal(SIGINT, SIG_IGN)
            Interruption.handled {
                for _ in 0..<3 { Self.send(SIGINT) }
                usleep(100_000)
            }
            exit(Interruption.isRequested ? 1 : 7)
        }
    }
}
