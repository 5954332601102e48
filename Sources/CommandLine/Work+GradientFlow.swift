import SequiturConsole
import SequiturFiles
import SequiturModels
import SequiturTasks

extension LibraryWork {
    func gradientFlow(of folder: String, text: String) throws -> GradientFlow {
        try TrainedLanguageModel(folder: folder).gradientFlow(of: text)
    }
}

extension GradientFlow {
    /// The distances that people are shown: every one at first, then ever fewer, and the longest.
    private var shownDistances: [Int] {
        var shown = Array(0..<min(4, positionCount)), step = 4
        while step < positionCount {
            shown += [step, step * 3 / 2].filter { $0 < positionCount }
            step *= 2
        }
        if shown.last != positionCount - 1 { shown.append(positionCount - 1) }
        return shown
    }

    var table: Table {
        let titles = curves.flatMap { ["\($0.name), mean", "last"] }
        return Table(
            [.init("distance", .right)] + titles.map { .init($0, .right) },
            rows: shownDistances.map { distance in
                [String(distance)] + curves.flatMap { [$0.mean, $0.last].map { Quantity.significant($0[distance]) } }
            })
    }

    /// `{"positions": 90, "curves": [{"layer": 1, "state": "hidden", "mean": […], "last": […]}, …]}`, by distance from 0 on.
    var json: JSONValue {
        [
            "positions": .integer(Int64(positionCount)),
            "curves": .array(
                curves.map { curve in
                    [
                        "layer": .integer(Int64(curve.place.layer)), "state": .string(curve.place.kind.rawValue),
                        "mean": .array(curve.mean.map { .number($0) }), "last": .array(curve.last.map { .number($0) }),
                    ]
                }),
        ]
    }
}
