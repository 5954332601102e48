import SequiturFiles

/// Reads any bytes as a safetensors file. What is accepted must be consistent; what is refused must be described.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSafetensors(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let file = UnsafeRawBufferPointer(start: start, count: count)
    check(file)
    // Few mutations keep the length right: the same bytes are tried as a header, with as much data as it may need.
    var framed = withUnsafeBytes(of: UInt64(count).littleEndian) { Array($0) }
    framed.append(contentsOf: file)
    framed.withUnsafeBytes(check)
    framed.append(contentsOf: repeatElement(0, count: 24))
    framed.withUnsafeBytes(check)
    return 0
}

private func check(_ file: UnsafeRawBufferPointer) {
    do {
        let header = try SafetensorsHeader(file)
        var end = header.entries.first?.byteRange.lowerBound ?? file.count
        var sum = 0
        for entry in header.entries {
            precondition(entry.byteRange.lowerBound == end, "a hole or an overlap was accepted")
            precondition(entry.byteRange.count * 8 == entry.elementCount * entry.dtype.bits, "a wrong size was accepted")
            end = entry.byteRange.upperBound
            for byte in file[entry.byteRange] { sum &+= Int(byte) }
        }
        precondition(end == file.count, "bytes that belong to no tensor were accepted")
    } catch {
        let line = SafetensorsError(error, action: .read, path: "fuzz").description
        precondition(!line.utf8.contains(0x0A) && line.utf8.count < 4096, "an error is not one line")
    }
}
