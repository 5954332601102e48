import Foundation
import SequiturTensors

extension OperationTable {
    // T queries, B rows, S keys, A width
    mutating func addAdditiveScores() {
        for (queries, rows, keys, width) in [
            (1, 1, 1, 1), (3, 2, 5, 7), (2, 3, 1, 65), (1, 5, 9, 131), (0, 2, 3, 4), (2, 0, 3, 4), (2, 3, 0, 4), (17, 11, 13, 70),
        ] {
            add(
                "additiveScores", [[queries, rows, width], [rows, keys, width], [width]], halfType: .float32,
                run: { $0[0].additiveScores(keys: $0[1], weights: $0[2]) }
            ) { x in
                Reference([rows, queries, keys]) { at in
                    (0..<width).reduce(0) { sum, a in sum + x[2][[a]] * tanh(x[0][[at[1], at[0], a]] + x[1][[at[0], at[2], a]]) }
                }
            }
        }
    }
}
