import SequiturGeneration
import SequiturTensors
import Testing

@Suite struct SamplerTests {
    private let none = TokenHistory(vocabularySize: 0)

    /// Scores of `count` tokens, of which many are equal where `levels` says how many different ones there are.
    private func scores(_ count: Int, levels: Int? = nil, seed: UInt64) -> [Float] {
        let random = RandomStream(seed: seed)
        return (0..<count).map { index in
            let value = random.uniform(index)
            return levels.map { Float((value * Double($0)).rounded(.down)) } ?? Float(value * 12 - 6)
        }
    }

    @Test func topKLeavesWhatSortingWouldLeave() throws {
        for seed in 0..<60 as Range<UInt64> {
            for levels in [nil, 1, 4, 40] {
                let count = Int(seed) + 1
                let given = scores(count, levels: levels, seed: seed)
                for k in [1, 2, count / 2 + 1, count, count + 5] {
                    var left = given
                    try TopK(k).process(&left, after: none)
                    let threshold = given.sorted(by: >)[min(k, count) - 1]
                    #expect(left == given.map { $0 < threshold ? -.infinity : $0 })
                }
            }
        }
    }

    @Test func topPLeavesTheSmallestNucleus() throws {
        for seed in 0..<60 as Range<UInt64> {
            for (levels, p) in [(nil, 0.9), (nil, 0.03), (3, 0.4), (1, 0.51), (20, 0.999)] as [(Int?, Double)] {
                let given = scores(Int(seed) * 3 + 1, levels: levels, seed: seed)
                var left = given
                try TopP(p).process(&left, after: none)
                let before = Tensor(given).softmax().floats()
                let kept = left.indices.filter { left[$0].isFinite }
                let mass = kept.map { Double(before[$0]) }.reduce(0, +)
                #expect(kept.allSatisfy { left[$0] == given[$0] })
                #expect(mass >= p - 1e-6)
                // Without its least likely token it would be too small, and nothing outside is likelier than that token.
                let least = try #require(kept.min { before[$0] < before[$1] })
                #expect(mass - Double(before[least]) < p + 1e-6)
                #expect(left.indices.allSatisfy { left[$0].isFinite || before[$0] <= before[least] })
            }
        }
    }

    @Test func probabilitiesSumToOneWhateverTheStrategies() throws {
        var settings = GenerationSettings()
        for (index, temperature) in [1e-40, 1e-3, 0.7, 1, 30, 1e300].enumerated() {
            for penalty in [1e-300, 0.5, 1, 1.3, 1e300] {
                settings.temperature = temperature
                settings.repetitionPenalty = penalty
                settings.topK = 30
                settings.topP = 0.8
                let history = TokenHistory([1, 5, 5, 9], vocabularySize: 100)
                let given = scores(100, seed: UInt64(index))
                let probabilities = try Sampler(settings).probabilities(from: given, after: history)
                let sum = probabilities.map(Double.init).reduce(0, +)
                #expect(abs(sum - 1) < 1e-5, "temperature \(temperature), penalty \(penalty)")
            }
        }
    }

    @Test func atTheLowestTemperatureTheDrawIsTheGreedyChoice() throws {
        var cold = GenerationSettings()
        cold.temperature = 1e-30
        var greedy = GenerationSettings()
        greedy.greedy = true
        for seed in 0..<200 as Range<UInt64> {
            let given = scores(500, seed: seed)
            let history = TokenHistory(vocabularySize: 500)
            let draw = RandomStream(seed: seed).uniform(7)
            let drawn = try Sampler(cold).token(from: given, after: history, draw: draw)
            #expect(drawn == (try Sampler(greedy).token(from: given, after: history, draw: draw)))
            #expect(given[Int(drawn)] == given.max())
        }
    }

    @Test func drawsFollowTheProbabilities() throws {
        let given: [Float] = [0, 1, -.infinity, 2, -1, 0.5]
        let sampler = try Sampler(GenerationSettings())
        let random = RandomStream(seed: 11)
        let draws = 40_000
        var counts = [Int](repeating: 0, count: given.count)
        for index in 0..<draws {
            counts[Int(try sampler.token(from: given, after: none, draw: random.uniform(index)))] += 1
        }
        for (count, probability) in zip(counts, try sampler.probabilities(from: given, after: none)) {
            let expected = Double(probability) * Double(draws)
            // Five standard deviations of the binomial distribution.
            #expect(abs(Double(count) - expected) <= 5 * (expected * (1 - Double(probability))).squareRoot())
        }
    }

    @Test func theEndsOfTheRangeOfDrawsAreTokensToo() throws {
        let given: [Float] = [-.infinity, 3, 1, 2, -.infinity]
        #expect(RandomChoice().token(from: given, draw: 0) == 1)
        #expect(RandomChoice().token(from: given, draw: 1.0.nextDown) == 3)
    }

    @Test func theFirstOfEquallyLikelyTokensIsTheGreedyChoice() {
        #expect(GreedyChoice().token(from: [-.infinity, 1, 2, 2, 0], draw: 0.9) == 2)
    }

    @Test(arguments: [Float.nan, .infinity]) func scoresThatAreNoNumbersAreAnError(score: Float) throws {
        let error = try #require(throws: GenerationError.self) {
            try Sampler(GenerationSettings()).token(from: [1, score], after: none, draw: 0)
        }
        #expect(error == .scoreNotFinite(token: 1, score: "\(score)"))
        #expect(throws: GenerationError.noPossibleToken) {
            try Sampler(GenerationSettings()).token(from: [-.infinity, -.infinity], after: none, draw: 0)
        }
    }

    /// With a time that grew with the square of the vocabulary this would take minutes.
    @Test(.timeLimit(.minutes(1))) func orderedAndEqualScoresAreNoSpecialCase() throws {
        let count = 300_000
        for given in [(0..<count).map(Float.init), (0..<count).map { -Float($0) }, [Float](repeating: 1, count: count)] {
            var left = given
            try TopK(40).process(&left, after: none)
            #expect(left.count { $0.isFinite } == (given[0] == given[1] ? count : 40))
            left = given.map { $0 * 1e-6 }
            try TopP(0.5).process(&left, after: none)
            #expect((count / 3...count / 2 + count / 1000).contains(left.count { $0.isFinite }))
        }
    }
}
