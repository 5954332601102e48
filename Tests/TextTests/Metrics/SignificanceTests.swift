import SequiturFiles
import SequiturText
import Testing

@Suite struct SignificanceTests {
    private func counts(_ fixture: JSONValue, _ key: String) throws -> [MatchCounts] {
        try fixture.lists(key) { try #require($0.int) }.map { MatchCounts(correct: $0[0], found: $0[1], gold: $0[2]) }
    }

    /// The same draws as the reference's, and the same intervals and p.
    @Test func samplesAreThoseOfTheReference() throws {
        for fixture in try MetricFixtures.load("significance").list("cases") {
            let (first, second) = try (counts(fixture, "first"), counts(fixture, "second"))
            let samples = try #require(fixture["samples"]?.int)
            let seed = UInt64(try #require(fixture["seed"]?.int))
            let bootstrap = Bootstrap(unitCount: first.count, samples: samples, seed: seed)
            for expected in try fixture.lists("intervals", { try #require($0.double) }) {
                let interval = bootstrap.interval(level: expected[0], of: UnitSums(first), statistic: UnitSums.f1)
                #expect(isClose(interval.lower, expected[1]) && isClose(interval.upper, expected[2]))
                #expect(bootstrap.interval(level: expected[0]) { $0.map { first[$0] }.sum().f1 } == interval)
            }
            let (firstSums, secondSums) = (UnitSums(first), UnitSums(second))
            let randomization = PairedTest.randomization(
                firstSums, secondSums, samples: samples, seed: seed, statistic: UnitSums.f1)
            let paired = PairedTest.bootstrap(firstSums, secondSums, samples: samples, seed: seed, statistic: UnitSums.f1)
            for (name, test) in [("randomization", randomization), ("bootstrap", paired)] {
                #expect(test.pValue == (try fixture.double(name)), "\(name)")
                #expect(isClose(test.difference, try fixture.double("difference")))
            }
        }
    }

    @Test func mcnemarIsTheBinomialTest() throws {
        for row in try MetricFixtures.load("significance").list("mcnemar") {
            let (onlyFirst, onlySecond) = try (#require(row.array?[0].int), #require(row.array?[1].int))
            let expected = try #require(row.array?[2].double)
            let first = [Bool](repeating: true, count: onlyFirst) + [Bool](repeating: false, count: onlySecond) + [true, false]
            let second = first.dropLast(2).map { !$0 } + [true, false]
            let test = PairedTest.mcnemar(first, second)
            #expect(isClose(test.pValue, expected, 1e-9), "\(onlyFirst), \(onlySecond): \(test.pValue), \(expected)")
            #expect(test.difference == Double(onlySecond - onlyFirst) / Double(first.count))
        }
    }

    @Test func equalSystemsDoNotDiffer() {
        let sums = UnitSums(isCorrect: [true, false, true, true])
        #expect(UnitSums.mean(sums.total) == 0.75)
        for test in [
            PairedTest.randomization(sums, sums, samples: 99, statistic: UnitSums.mean),
            PairedTest.bootstrap(sums, sums, samples: 99, statistic: UnitSums.mean), PairedTest.mcnemar([true], [true]),
        ] {
            #expect(test.difference == 0 && test.pValue == 1)
        }
    }

    /// Under the hypothesis that both are equal, p is below a level about as often as the level says; a real difference is found.
    @Test func levelsAreKept() {
        var random = Xorshift(state: 11)
        var below = [0, 0]
        for seed in 0..<200 {
            let first = UnitSums(scores: (0..<60).map { _ in random.uniform() })
            let second = UnitSums(scores: (0..<60).map { _ in random.uniform() })
            let tests = [
                PairedTest.randomization(first, second, samples: 199, seed: UInt64(seed), statistic: UnitSums.mean),
                PairedTest.bootstrap(first, second, samples: 199, seed: UInt64(seed), statistic: UnitSums.mean),
            ]
            for (index, test) in tests.enumerated() where test.pValue <= 0.1 { below[index] += 1 }
        }
        // 20 expected, with a deviation of 4.2.
        #expect(below.allSatisfy { (6...36).contains($0) }, "\(below)")
        let worse = UnitSums(isCorrect: (0..<200).map { $0 % 2 == 0 })
        let better = UnitSums(isCorrect: (0..<200).map { $0 % 4 != 1 })
        #expect(PairedTest.randomization(worse, better, samples: 999, statistic: UnitSums.mean).pValue == 0.001)
        #expect(PairedTest.bootstrap(worse, better, samples: 999, statistic: UnitSums.mean).pValue == 0.001)
    }

    @Test func emptyAndUndefinedSamples() {
        let none = Bootstrap(unitCount: 0, samples: 10).interval(of: UnitSums([]), statistic: UnitSums.f1)
        #expect(none.lower == 0 && none.upper == 0)
        let undefined = Bootstrap(unitCount: 3, samples: 10).interval { _ in .nan }
        #expect(undefined.lower.isNaN && undefined.upper.isNaN)
        // Of two examples every other sample is one of them twice, which has no correlation.
        let interval = Bootstrap(unitCount: 2, samples: 50).interval { units in
            Correlation.pearson(units.map(Double.init), units.map(Double.init))
        }
        #expect(isClose(interval.lower, 1) && isClose(interval.upper, 1))
        let test = PairedTest.randomization(UnitSums([]), UnitSums([]), samples: 9, statistic: UnitSums.f1)
        #expect(test.pValue == 1)
    }
}

/// Numbers that are the same in every run of the tests (xorshift; Marsaglia 2003).
private struct Xorshift {
    var state: UInt64

    mutating func uniform() -> Double {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Double(state >> 11) / 0x1p53
    }
}
