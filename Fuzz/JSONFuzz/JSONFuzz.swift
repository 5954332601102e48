/// Reads any bytes as JSON. What is accepted must read back the same from its serialization; what is refused must be
/// described on one line, with an offset inside of the text.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    precondition((bytes.firstInvalidUTF8Offset == nil) == (String(validating: bytes, as: UTF8.self) != nil))
    do {
        let value = try JSONValue.parse(bytes)
        let compact = try? JSONValue.parse(value.serialized())
        let pretty = try? JSONValue.parse(value.serialized(pretty: true))
        precondition(compact == value && pretty == value, "a value does not read back the same")
    } catch {
        precondition((0...count).contains(error.offset))
        precondition(!error.description.utf8.contains(0x0A) && error.description.utf8.count < 4096)
    }
    return 0
}
