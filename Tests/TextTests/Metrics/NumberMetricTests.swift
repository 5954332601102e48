import SequiturFiles
import SequiturText
import Testing

@Suite struct NumberMetricTests {
    @Test func correlationsAreThoseOfSciPy() throws {
        for (index, fixture) in try MetricFixtures.cases("correlations").enumerated() {
            let (x, y) = try (fixture.doubles("x"), fixture.doubles("y"))
            let values = [
                ("pearson", Correlation.pearson(x, y)), ("spearman", Correlation.spearman(x, y)),
                ("kendall", Correlation.kendall(x, y)), ("mean-squared-error", Correlation.meanSquaredError(x, y)),
            ]
            for (name, value) in values {
                let expected = try fixture.double(name)
                #expect(isClose(value, expected, 1e-11), "case \(index), \(name): \(value), \(expected)")
            }
        }
    }

    @Test func whatIsConstantHasNoCorrelation() {
        #expect(Correlation.pearson([1, 1, 1], [1, 2, 3]).isNaN)
        #expect(Correlation.spearman([1, 2, 3], [0.1, 0.1, 0.1]).isNaN)
        #expect(Correlation.kendall([1, 1], [1, 2]).isNaN)
        #expect(Correlation.pearson([], []).isNaN)
        #expect(Correlation.kendall([], []).isNaN)
        #expect(Correlation.matthews(gold: [], predicted: []) == 0)
        #expect(Correlation.matthews(gold: [1, 2], predicted: [1, 1]) == 0)
        #expect(Correlation.meanSquaredError([], []) == 0)
        #expect(isClose(Correlation.pearson([1e300, 2e300, 4e300], [1e-300, 2e-300, 4e-300]), 1))
    }

    @Test func calibrationIsThatOfScikitLearn() throws {
        for (index, fixture) in try MetricFixtures.cases("calibration").enumerated() {
            let rows = try fixture.lists("probabilities") { try #require($0.double) }
            let calibration = try Calibration(
                probabilities: rows, gold: fixture.ints("gold"), binCount: #require(fixture["bins"]?.int))
            #expect(calibration.bins.map(\.count) == (try fixture.ints("counts")), "case \(index)")
            let again = try #require(Calibration(json: .parse(calibration.json.serialized())))
            #expect(again.bins == calibration.bins && again.brierScore == calibration.brierScore)
            let filled = calibration.bins.filter { $0.count > 0 }
            for (bin, accuracy, confidence) in try zip3(filled, fixture.doubles("accuracies"), fixture.doubles("confidences")) {
                #expect(isClose(bin.accuracy, accuracy) && isClose(bin.confidence, confidence))
                #expect(bin.lower...bin.upper ~= bin.confidence)
            }
            let values = [
                ("expected", calibration.expectedCalibrationError), ("maximum", calibration.maximumCalibrationError),
                ("brier", calibration.brierScore), ("likelihood", calibration.negativeLogLikelihood),
            ]
            for (name, value) in values {
                let expected = try fixture.double(name)
                #expect((value - expected).magnitude < 1e-12 * max(1, expected), "case \(index), \(name): \(value), \(expected)")
            }
        }
    }

    @Test func noPredictionsAreCalibrated() {
        let calibration = Calibration(probabilities: [], gold: [])
        #expect(calibration.bins.count == 15)
        #expect(calibration.expectedCalibrationError == 0 && calibration.brierScore == 0)
        #expect(calibration.json["bins"]?.array?.count == 15)
    }

    private func zip3(_ bins: [Calibration.Bin], _ first: [Double], _ second: [Double]) -> [(Calibration.Bin, Double, Double)] {
        #expect(bins.count == first.count && bins.count == second.count)
        return zip(bins, zip(first, second)).map { ($0, $1.0, $1.1) }
    }
}
