#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The natural logarithm, by a name that no layer has.
func logarithm(_ x: Double) -> Double { log(x) }
