import SequiturTensors

/// What separates `actual` from `expected`, or nil where they are equal within the tolerance.
///
/// The distance is the maximum absolute difference over the maximum absolute value of what is expected, over the whole tensor;
/// where all of that is zero, it is the maximum absolute difference. Infinities and NaN must stand at the same places and do not
/// count otherwise. Shapes must be equal, and so must types and values where integers, truth values or bfloat16 are expected.
public func mismatch(_ actual: Tensor, _ expected: Tensor, tolerance: Double) -> String? {
    guard actual.shape == expected.shape else { return "shape \(actual.shape), \(expected.shape) expected" }
    guard expected.dtype == .float32 ? actual.dtype.isFloatingPoint : actual.dtype == expected.dtype else {
        return "elements of type \(actual.dtype), \(expected.dtype) expected"
    }
    if expected.dtype == .int32 { return firstDifference(actual.int32s(), expected.int32s()) }
    let limit = expected.dtype == .float32 ? tolerance : 0
    return mismatch(actual.floats(), expected.floats().map(Double.init), tolerance: limit)
}

/// The same for elements against a reference in double precision.
public func mismatch(_ actual: [Float], _ expected: [Double], tolerance: Double) -> String? {
    guard actual.count == expected.count else { return "\(actual.count) elements, \(expected.count) expected" }
    var greatest = 0.0, worst = 0.0, place = 0
    for index in expected.indices {
        let value = Double(actual[index]), reference = expected[index]
        guard value.isFinite, reference.isFinite else {
            // What leaves the range of float32 is infinite there.
            if value == Double(Float(reference)) || (value.isNaN && reference.isNaN) { continue }
            return "element \(index) is \(value), \(reference) expected"
        }
        greatest = max(greatest, abs(reference))
        if abs(value - reference) > worst { (worst, place) = (abs(value - reference), index) }
    }
    let distance = greatest > 0 ? worst / greatest : worst
    if distance <= tolerance { return nil }
    return "distance \(distance), at most \(tolerance) allowed: element \(place) is \(actual[place]), \(expected[place]) expected"
}

private func firstDifference<Element: Equatable>(_ actual: [Element], _ expected: [Element]) -> String? {
    zip(actual, expected).enumerated().first { $0.element.0 != $0.element.1 }.map {
        "element \($0.offset) is \($0.element.0), \($0.element.1) expected"
    }
}
