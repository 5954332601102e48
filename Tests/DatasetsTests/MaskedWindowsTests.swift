import SequiturDatasets
import Testing

/// Which tokens are hidden, behind what, and that it follows from seed, epoch and place alone.
@Suite struct MaskedWindowsTests {
    private static let mask: Int32 = 3
    private static let size = 1000

    /// Ids 0 … 4 are special; of the others the even ones go on with the word before.
    private func masking(_ probability: Double = 0.15, wholeWords: Bool = false) -> MaskedWindows.Masking {
        .init(
            probability: probability, mask: Self.mask, vocabularySize: Self.size, isSpecial: (0..<Self.size).map { $0 < 5 },
            continuesWord: wholeWords ? (0..<Self.size).map { $0 >= 5 && $0 % 2 == 0 } : nil)
    }

    /// A text in which a token tells nothing of its neighbours, with special tokens in it.
    private func text(_ count: Int) throws -> MemoryTokens {
        var state: UInt64 = 1
        let ids = (0..<count).map { place in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return place % 50 == 7 ? Int32(place % 3) : Int32(5 + (state >> 33) % 995)
        }
        return try MemoryTokens(ids, vocabularySize: Self.size)
    }

    private func windows(
        _ tokens: any TokenStream, _ masking: MaskedWindows.Masking, rowCount: Int = 4, length: Int = 64, beginning: Int32? = nil,
        end: Int32? = nil, seed: UInt64 = 9
    ) throws -> MaskedWindows {
        try MaskedWindows(
            tokens, rowCount: rowCount, windowLength: length, masking: masking, beginning: beginning, end: end, seed: seed)
    }

    /// What is left of an epoch.
    private func batches(_ windows: inout MaskedWindows) throws -> [TokenBatch] {
        var made: [TokenBatch] = [], batch = TokenBatch()
        while try windows.next(into: &batch) { made.append(batch) }
        return made
    }

    // MARK: Shares

    /// 200,000 tokens, of which about 29,400 are chosen. The bounds are five standard deviations of a share of so many.
    @Test func sharesAreThoseOfTheArticle() throws {
        var windows = try windows(text(200_000), masking())
        var words = 0, chosen = 0, masked = 0, kept = 0, others: [Int32: Int] = [:], places = [Int](repeating: 0, count: 64)
        for batch in try batches(&windows) {
            #expect(batch.targetCount == batch.targets.count { $0 != TokenBatch.ignored })
            for (place, (input, target)) in zip(batch.inputs, batch.targets).enumerated() {
                guard target >= 0 else {
                    if input >= 5 { words += 1 }
                    #expect(input != Self.mask)
                    continue
                }
                #expect(target >= 5)  // no special token is ever chosen
                words += 1
                chosen += 1
                places[place / batch.rowCount] += 1
                if input == Self.mask {
                    masked += 1
                } else if input == target {
                    kept += 1
                } else {
                    others[input, default: 0] += 1
                }
            }
        }
        #expect(abs(Double(chosen) / Double(words) - 0.15) < 0.002, "\(chosen) of \(words)")
        #expect(chosen > 28_000)
        func share(_ count: Int) -> Double { Double(count) / Double(chosen) }
        #expect(abs(share(masked) - 0.8) < 0.012, "\(share(masked))")
        #expect(abs(share(kept) - 0.1) < 0.009, "\(share(kept))")
        let random = others.values.reduce(0, +)
        #expect(abs(share(random) - 0.1) < 0.009, "\(share(random))")
        // Random tokens are drawn from the whole vocabulary: about 2,900 draws from 1,000 leave e^−2.9 of it out.
        #expect((900...985).contains(others.count), "\(others.count)")
        // Every place of a window is chosen as often as any other.
        let mean = Double(chosen) / 64
        #expect(places.allSatisfy { abs(Double($0) - mean) < 5 * mean.squareRoot() }, "\(places)")
    }

    @Test(arguments: [0.01, 0.5, 0.99]) func otherProbabilities(_ probability: Double) throws {
        var windows = try windows(text(20_000), masking(probability))
        for batch in try batches(&windows) {
            for row in 0..<4 {
                let targets = (0..<64).map { batch.targets[$0 * 4 + row] }, inputs = (0..<64).map { batch.inputs[$0 * 4 + row] }
                let words = zip(inputs, targets).count { $0 >= 5 || $1 >= 0 }
                let wanted = Double(words) * probability, chosen = targets.count { $0 >= 0 }
                #expect(chosen == max(1, Int(wanted)) || chosen == Int(wanted) + 1, "\(chosen) for \(wanted)")
            }
        }
    }

    // MARK: Words

    @Test func theTokensOfAWordAreHiddenTogether() throws {
        let tokens = try text(50_000)
        var windows = try windows(tokens, masking(wholeWords: true)), chosen = 0, words = 0, longWords = 0
        for batch in try batches(&windows) {
            for row in 0..<4 {
                let places = (0..<64).map { $0 * 4 + row }
                // What stood there: the target where one was chosen.
                let original = places.map { batch.targets[$0] >= 0 ? batch.targets[$0] : batch.inputs[$0] }
                let isChosen = places.map { batch.targets[$0] >= 0 }
                words += original.count { $0 >= 5 }
                chosen += isChosen.count { $0 }
                for step in 1..<64 where original[step] >= 5 && original[step] % 2 == 0 && original[step - 1] >= 5 {
                    #expect(isChosen[step] == isChosen[step - 1], "a word cut in \(original)")
                    if isChosen[step] { longWords += 1 }
                }
            }
        }
        // Words that would go beyond the share are passed over, but shorter ones fill it up.
        #expect(abs(Double(chosen) / Double(words) - 0.15) < 0.005, "\(chosen) of \(words)")
        #expect(longWords > 1000)
    }

    // MARK: Around a text

    @Test func tokensStandAroundEveryWindow() throws {
        let tokens = try text(10_000)
        for (beginning, end) in [(1, 2), (1, nil), (nil, 2), (nil, nil)] as [(Int32?, Int32?)] {
            var framed = try windows(tokens, masking(), length: 32, beginning: beginning, end: end)
            let first = beginning == nil ? 0 : 1, last = end == nil ? 32 : 31
            var plain = try windows(tokens, masking(), length: last - first)
            for (batch, inner) in zip(try batches(&framed), try batches(&plain)) {
                #expect(batch.length == 32 && batch.rowCount == 4 && batch.targetCount == inner.targetCount)
                for row in 0..<4 {
                    if let beginning { #expect(batch.inputs[row] == beginning && batch.targets[row] == TokenBatch.ignored) }
                    if let end { #expect(batch.inputs[31 * 4 + row] == end && batch.targets[31 * 4 + row] == TokenBatch.ignored) }
                }
                #expect(Array(batch.inputs[first * 4..<last * 4]) == inner.inputs)
                #expect(Array(batch.targets[first * 4..<last * 4]) == inner.targets)
            }
            #expect(framed.batchCount == plain.batchCount && framed.epochProgress == 1)
        }
    }

    /// Nothing is left of a window of special tokens to be found, and nothing in it is touched.
    @Test func nothingButSpecialTokens() throws {
        let tokens = try MemoryTokens((0..<100).map { Int32($0 % 3) }, vocabularySize: Self.size)
        var windows = try windows(tokens, masking(), rowCount: 1, length: 10)
        for batch in try batches(&windows) {
            #expect(batch.targetCount == 0 && batch.targets.allSatisfy { $0 == TokenBatch.ignored })
            #expect(batch.inputs.allSatisfy { $0 < 3 })
        }
    }

    // MARK: Epochs

    @Test func sameSeedAndEpochHideTheSame() throws {
        let tokens = try text(5000)
        var first = try windows(tokens, masking()), second = try windows(tokens, masking()),
            other = try windows(tokens, masking(), seed: 10)
        let a = try batches(&first), b = try batches(&second)
        #expect(a == b)
        #expect(try a != batches(&other))
        first.startNextEpoch()
        second.startNextEpoch()
        let next = try batches(&first)
        #expect(next != a && first.epoch == 1)
        #expect(try next == batches(&second))
    }

    /// The same text in the same order, but other tokens of it hidden: the mask is drawn anew, not only the windows.
    @Test func everyEpochHidesOtherTokens() throws {
        let tokens = try MemoryTokens([Int32](repeating: 7, count: 3000), vocabularySize: Self.size)
        var windows = try windows(tokens, masking(), rowCount: 1, length: 100)
        var patterns: [[Bool]] = []
        for _ in 0..<3 {
            patterns += try batches(&windows).map { $0.targets.map { $0 >= 0 } }
            windows.startNextEpoch()
        }
        #expect(Set(patterns).count == patterns.count && patterns.count > 80)
    }

    @Test func goesOnWhereItWas() throws {
        let tokens = try text(5000)
        var whole = try windows(tokens, masking(), beginning: 1, end: 2), batch = TokenBatch()
        _ = try batches(&whole)
        whole.startNextEpoch()
        for _ in 0..<7 { _ = try whole.next(into: &batch) }
        var other = try windows(tokens, masking(), beginning: 1, end: 2)
        try other.restore(epoch: whole.epoch, batch: whole.batchIndex)
        #expect(other.epoch == 1 && other.batchIndex == 7 && other.epochProgress == whole.epochProgress)
        #expect(try batches(&other) == batches(&whole))
        for (epoch, place) in [(-1, 0), (0, -1), (1, 10_000)] {
            #expect(throws: DatasetError.self) { try other.restore(epoch: epoch, batch: place) }
        }
    }

    @Test func whatCannotBeCutIsRefused() throws {
        let tokens = try text(100)
        #expect(throws: DatasetError.self) { try windows(tokens, masking(), length: 3, beginning: 1, end: 2) }
        #expect(throws: DatasetError.self) { try windows(tokens, masking(), length: 1) }
        #expect(throws: DatasetError.self) { try windows(tokens, masking(), rowCount: 0) }
        #expect(throws: DatasetError.self) { try windows(tokens, masking(), rowCount: 4, length: 64) }
        #expect(throws: Never.self) { try windows(tokens, masking(), rowCount: 4, length: 4, beginning: 1, end: 2) }
    }
}
