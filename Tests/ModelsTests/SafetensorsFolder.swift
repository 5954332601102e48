import Foundation
import SequiturModels

/// A folder of a test's own for safetensors files, removed with its contents when the last reference goes.
final class SafetensorsFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/sequitur-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var file: String { path + "/model.safetensors" }

    var contents: [UInt8]? { FileManager.default.contents(atPath: file).map(Array.init) }

    /// The names of everything in the folder, hidden files too.
    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

    func put(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: file)) }

    func open() throws -> SafetensorsFile { try SafetensorsFile(path: file) }
}

/// The bytes of a safetensors file with this header, right or wrong, and `data` bytes after it.
func safetensors(_ header: [UInt8], data: Int = 0) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
        + (0..<data).map { UInt8(truncatingIfNeeded: $0) }
}

func safetensors(_ header: String, data: Int = 0) -> [UInt8] { safetensors(Array(header.utf8), data: data) }

/// The JSON of one tensor's entry.
func entry(_ name: String, _ dtype: String, _ shape: String, _ begin: Int, _ end: Int) -> String {
    #""\#(name)":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":[\#(begin),\#(end)]}"#
}
