#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Processor {
    /// What its maker calls it, such as "Intel(R) Xeon(R) Platinum 8488C"; nil where the system does not tell.
    public static var name: String? {
        #if canImport(Darwin)
            var size = 0
            guard sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0, size > 0 else { return nil }
            var bytes = [UInt8](repeating: 0, count: size)
            guard sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0) == 0 else { return nil }
            return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        #else
            guard let file = fopen("/proc/cpuinfo", "r") else { return nil }
            defer { fclose(file) }
            var bytes = [CChar](repeating: 0, count: 4096)
            while fgets(&bytes, Int32(bytes.count), file) != nil {
                let line = String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, parts[0].hasPrefix("model name") else { continue }
                return parts[1].split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }
            return nil
        #endif
    }
}
