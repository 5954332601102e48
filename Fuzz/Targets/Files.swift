import SequiturFiles
import SequiturModels

/// What is accepted must read back the same from its serialization; an error's offset lies inside of the text.
func fuzzJSON(_ bytes: UnsafeRawBufferPointer) throws {
    precondition((bytes.firstInvalidUTF8Offset == nil) == (String(validating: bytes, as: UTF8.self) != nil))
    do {
        let value = try JSONValue.parse(bytes)
        let compact = try? JSONValue.parse(value.serialized())
        let pretty = try? JSONValue.parse(value.serialized(pretty: true))
        precondition(compact == value && pretty == value, "a value does not read back the same")
    } catch {
        precondition((0...bytes.count).contains(error.offset))
        throw error
    }
}

/// Tensors that are accepted cover the file without holes and overlaps.
func fuzzSafetensors(_ file: UnsafeRawBufferPointer) throws {
    // Few mutations keep the length right: the same bytes are tried as a header, with as much data as it may need.
    var framed = withUnsafeBytes(of: UInt64(file.count).littleEndian) { Array($0) }
    framed.append(contentsOf: file)
    _ = try? framed.withUnsafeBytes(checkSafetensors)
    framed.append(contentsOf: repeatElement(0, count: 24))
    _ = try? framed.withUnsafeBytes(checkSafetensors)
    try checkSafetensors(file)
}

private func checkSafetensors(_ file: UnsafeRawBufferPointer) throws {
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
        let line = SafetensorsError(error, action: .read, path: "fuzz")
        precondition(!line.description.utf8.contains(0x0A) && line.description.utf8.count < 4096, "an error is not one line")
        throw line
    }
}

/// An index of weights beside two files; what is accepted names each tensor of them once.
func fuzzIndex(_ bytes: UnsafeRawBufferPointer) throws {
    enum Place {
        static let folder: FuzzFolder = {
            let folder = FuzzFolder("index")
            for (file, name) in [("one", "a"), ("two", "b")] {
                let header = Array(#"{"\#(name)":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#.utf8)
                let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
                folder.put(length + header + [1], as: "\(file).safetensors")
            }
            return folder
        }()
    }
    Place.folder.put(bytes, as: WeightFiles.indexName)
    let weights = try WeightFiles(folder: Place.folder.path)
    precondition(!weights.entries.isEmpty && weights.entries.allSatisfy { ["a", "b"].contains($0.name) })
}
