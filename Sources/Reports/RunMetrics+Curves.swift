extension RunMetrics {
    /// The usual diagrams of a run: loss, further metrics of validations, learning rate, gradient norm, speed. Those without values
    /// are left out.
    public var curves: [Curve] {
        var curves: [Curve] = []
        let validationLoss = validations.first { $0.name == "loss" }
        if loss.range != nil || validationLoss != nil {
            let training = loss.series("training")
            let validation = validationLoss.map { [series("validation", $0)] } ?? []
            curves.append(Curve(title: "Loss", yLabel: "loss per target", series: training + validation))
        }
        for found in validations where found.name != "loss" {
            let name = Self.words(found.name)
            curves.append(Curve(title: "Validation: \(name)", yLabel: name, series: [series("validation", found)]))
        }
        if learningRate.range != nil {
            let points = learningRate.each.points
            curves.append(
                Curve(title: "Learning rate", yLabel: "learning rate", series: [.init("learning rate", points: points)]))
        }
        for (title, label, track) in [("Gradient norm", "norm", gradientNorm), ("Speed", "targets per second", speed)] {
            guard let range = track.range else { continue }
            let isWide = range.lowerBound > 0 && range.upperBound / range.lowerBound > 50
            curves.append(Curve(title: title, yLabel: label, series: track.series(label), logarithmic: isWide))
        }
        return curves
    }

    private func series(_ name: String, _ found: (name: String, sampler: PointSampler)) -> Curve.Series {
        let value = best?.figures.first { $0.name == found.name }?.value
        return Curve.Series(name, points: found.sampler.points, style: .marked, best: value.map { (Double(best?.step ?? 0), $0) })
    }

    /// A name as people read it: `bits_per_character` is "bits per character".
    static func words(_ name: String) -> String { String(name.map { $0 == "_" ? " " : $0 }) }
}

extension RunMetrics.Track {
    /// Few steps are shown as they are, many also as their mean.
    private static let fewSteps = 60

    fileprivate func series(_ name: String) -> [Curve.Series] {
        guard count > Self.fewSteps else { return [.init(name, points: each.points)] }
        return [
            .init("\(name), each step", points: each.points, style: .faint),
            .init("\(name), mean of the latest steps", points: mean.points),
        ]
    }
}
