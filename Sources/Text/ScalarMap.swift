/// A number for each Unicode scalar, −1 where none was set: two array reads, whatever the script.
///
/// Scalars are looked up in pages of 256; pages without entry are shared.
struct ScalarMap: Sendable, Equatable {
    private static let pageCount = 0x11_0000 >> 8

    /// Where each page begins in `values`; page 0 of `values` is the empty one.
    private var pages = [Int32](repeating: 0, count: pageCount)
    private var values = [Int32](repeating: -1, count: 256)

    /// - Parameter scalar: below 0x11_0000.
    subscript(scalar: UInt32) -> Int32 {
        get { values[Int(pages[Int(scalar >> 8)]) + Int(scalar & 0xFF)] }
        set {
            let page = Int(scalar >> 8)
            if pages[page] == 0 {
                pages[page] = Int32(values.count)
                values.append(contentsOf: repeatElement(-1, count: 256))
            }
            values[Int(pages[page]) + Int(scalar & 0xFF)] = newValue
        }
    }
}
