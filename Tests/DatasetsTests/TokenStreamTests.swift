import SequiturDatasets
import Testing

@Suite struct TokenStreamTests {
    @Test func slicesOfSlices() throws {
        let tokens = try MemoryTokens([5, 6, 7, 8, 9], vocabularySize: 10)
        let slice = tokens.slice(1..<5).slice(1..<3)
        #expect(slice.count == 2)
        #expect(slice.vocabularySize == 10)
        #expect(try slice.tokens(at: 0..<2) == [7, 8])
        #expect(try slice.tokens(at: 1..<1) == [])
    }

    @Test func foreignIdsAreRefused() {
        for id: Int32 in [-1, 3, .min, .max] {
            #expect(throws: DatasetError.idOutOfRange(Int(id), position: 1, vocabularySize: 3)) {
                try MemoryTokens([0, id], vocabularySize: 3)
            }
        }
    }

    @Test(arguments: [
        (10, 0.1, 9), (10, 0, 10), (10, 0.99, 0), (1_115_394, 0.1, 1_003_854), (3, 0.5, 1), (0, 0.1, 0), (1, 0.1, 0),
    ])
    func theTailIsForValidation(count: Int, fraction: Double, trainingCount: Int) throws {
        let ids = (0..<count).map { Int32($0) }
        let (training, validation) = try MemoryTokens(ids, vocabularySize: max(1, count)).split(validationFraction: fraction)
        #expect(training.count == trainingCount)
        #expect(try training.tokens(at: 0..<training.count) + validation.tokens(at: 0..<validation.count) == ids)
    }

    @Test(arguments: [-0.1, 1, 2, .nan, .infinity]) func fractionsOutOfRangeAreRefused(fraction: Double) throws {
        let tokens = try MemoryTokens([0], vocabularySize: 1)
        #expect(throws: DatasetError.self) { try tokens.split(validationFraction: fraction) }
    }
}
