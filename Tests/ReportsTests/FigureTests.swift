import SequiturReports
import Testing

@Suite struct FigureTests {
    /// Values, and the ticks that a person would choose for them.
    static let linear: [(values: [Double], labels: [String])] = [
        ([0, 1], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"].map { $0 == "0.0" ? "0" : $0 }),
        ([0.4, 3.97], ["0", "1", "2", "3", "4"]),
        ([-3, 7], ["-4", "-2", "0", "2", "4", "6", "8"]), ([0, 23_000], ["0", "5k", "10k", "15k", "20k", "25k"]),
        ([1.2e6, 3.9e6], ["1M", "2M", "3M", "4M"]), ([0.00002, 0.00008], ["2e-5", "4e-5", "6e-5", "8e-5"]),
        ([5, 5], ["2", "3", "4", "5", "6", "7", "8"]), ([0, 0], ["-1.0", "-0.5", "0", "0.5", "1.0"]), ([87.31, 87.36], []),
    ]

    @Test(arguments: linear) func ticksAreRound(_ row: (values: [Double], labels: [String])) throws {
        let axis = try #require(Axis(row.values))
        if !row.labels.isEmpty { #expect(axis.ticks.map(\.label) == row.labels) }
        #expect(Set(axis.ticks.map(\.label)).count == axis.ticks.count && axis.ticks.count >= 3)
        let places = axis.ticks.compactMap { axis.position($0.value) }
        #expect(places.count == axis.ticks.count && places == places.sorted() && places.allSatisfy { (0...1).contains($0) })
        for value in row.values {
            let place = try #require(axis.position(value))
            #expect((0...1).contains(place))
        }
    }

    @Test func logarithmicTicksArePowers() throws {
        func labels(_ values: [Double]) -> [String]? { Axis(values, isLogarithmic: true)?.ticks.map(\.label) }
        #expect(labels([0.03, 40]) == ["0.01", "0.1", "1", "10", "100"])
        #expect(labels([2, 30]) == ["2", "5", "10", "20", "50"])
        #expect(labels([0, -1, .nan]) == nil)
        let axis = try #require(Axis([1, 100], isLogarithmic: true))
        #expect(abs(try #require(axis.position(10)) - 0.5) < 1e-12)
        #expect(axis.position(0) == nil && axis.position(-3) == nil)
    }

    /// Whatever a run writes, an axis is found or there is none, and labels end.
    @Test func extremeValuesHaveAnAxisOrNone() {
        let extremes: [Double] = [
            0, 1, -1, .leastNonzeroMagnitude, .leastNormalMagnitude, 1e-300, 1e15, 1e16, 1e16 + 2, 1e299, -1e299, 1e308, -1e308,
            .infinity, -.infinity, .nan, 0.1 + 0.2,
        ]
        for first in extremes {
            for second in extremes {
                for isLogarithmic in [false, true] {
                    for isTight in [false, true] {
                        guard let axis = Axis([first, second], isTight: isTight, isLogarithmic: isLogarithmic) else { continue }
                        #expect(axis.ticks.count <= 16, "\(first) \(second)")
                        #expect(axis.ticks.allSatisfy { $0.label.count <= 24 }, "\(axis.ticks)")
                    }
                }
            }
        }
        #expect(Axis([]) == nil && Axis([.nan, .infinity]) == nil)
    }

    @Test func longSeriesKeepTheirOutline() {
        var sampler = PointSampler(limit: 1000)
        for index in 0..<123_457 {
            sampler.append(Double(index), index == 70_001 ? 9 : index == 80_002 ? -9 : Double(index % 10) / 10)
        }
        let points = sampler.points
        #expect(points.count <= 1000 && points.count > 400)
        #expect(points.contains { $0 == (70_001, 9) } && points.contains { $0 == (80_002, -9) })
        #expect(points.first?.x == 0 && points.last?.x == 123_456)
        #expect(zip(points, points.dropFirst()).allSatisfy { $0.x < $1.x })
    }

    @Test func shortSeriesAreKeptAsTheyAre() {
        for count in [0, 1, 2, 7, 995, 996] {
            var sampler = PointSampler(limit: 1000)
            for index in 0..<count { sampler.append(Double(index), Double(index * index)) }
            #expect(sampler.points.map(\.x) == (0..<count).map(Double.init))
        }
        for count in stride(from: 997, through: 3010, by: 11) {
            var sampler = PointSampler(limit: 1000)
            for index in 0..<count { sampler.append(Double(index), Double(index * 7 % 5)) }
            #expect((490...1000).contains(sampler.points.count), "\(count)")
        }
    }

    @Test func gapsStayGaps() {
        var sampler = PointSampler(limit: 16)
        for index in 0..<640 { sampler.append(Double(index), index / 160 == 1 ? .nan : 1) }
        let finite = sampler.points.map { $0.y.isFinite }
        #expect(finite.first == true && finite.last == true && finite.contains(false))
        #expect(!sampler.points.contains { (160..<320).contains($0.x) && $0.y.isFinite })
        var nothing = PointSampler(limit: 16)
        for index in 0..<100 { nothing.append(Double(index), .infinity) }
        #expect(!nothing.points.isEmpty && nothing.points.allSatisfy { !$0.y.isFinite })
    }

    /// A line is interrupted where values are missing, and a point alone is a dot.
    @Test func curvesHaveGaps() throws {
        var report = RunReport(title: "gaps")
        let values: [Double] = [1, 2, .nan, 3, .infinity, 4, 5]
        report.curves = [
            Curve(
                title: "c", yLabel: "y", series: [.init("s", points: values.enumerated().map { (Double($0.offset), $0.element) })]
            )
        ]
        let page = try report.html()
        let path = try #require(page.firstRange(of: "<path class=\"line series-0\" d=\"")).upperBound
        let data = page[path...].prefix { $0 != "\"" }
        #expect(data.count { $0 == "M" } == 3 && data.count { $0 == "L" } == 2 && data.count { $0 == "h" } == 1, "\(data)")
        report.curves[0].logarithmic = true
        report.curves[0].series[0].points = [(0, 0), (1, -1)]
        #expect(try report.html().contains("No values."))
    }

    @Test func aLargeMatrixShowsTheMostConfused() {
        let labels = (0..<60).map { "c\($0)" }
        var counts = [[Int]](repeating: [Int](repeating: 0, count: 60), count: 60)
        for index in 0..<60 { counts[index][index] = 10 }
        counts[50][7] = 5
        counts[3][59] = 9
        let figure = MatrixFigure(title: "m", labels: labels, counts: counts), shown = figure.shown
        #expect(shown.rowLabels.count == MatrixFigure.shownLimit + 1 && shown.rowLabels.last == "40 others")
        #expect(Set(["c3", "c7", "c50", "c59"]).isSubset(of: shown.rowLabels) && shown.columnLabels == shown.rowLabels)
        let sum: Int = shown.counts.joined().reduce(0, +)
        #expect(sum == 614)
        let numbers: [Int] = shown.rowLabels.dropLast().compactMap { Int($0.dropFirst()) }
        #expect(numbers.count == MatrixFigure.shownLimit && numbers == numbers.sorted())
        let small = MatrixFigure(
            title: "m", rowLabels: ["a"], columnLabels: Array(labels.prefix(21)), counts: [[Int](repeating: 1, count: 21)])
        #expect(small.shown.columnLabels.count == 21)
    }

    /// Spaces stand between words that have them, and neighbours of one kind are one span.
    @Test func spansAreJoined() throws {
        var report = RunReport(title: "m")
        report.mistakes = [
            Mistake(context: [
                .init("New", gold: "LOC", predicted: "LOC"), .init("York", gold: "LOC", predicted: "LOC"), .init("calls"),
                .init("北"),
                .init("京", gold: "LOC"),
            ])
        ]
        let page = try report.html()
        #expect(page.contains("<span class=\"words\">New York</span>") && page.contains("</span> calls 北<span"), "\(page)")
    }
}
