import SequiturFiles

extension SafetensorsError.Problem {
    var explanation: String {
        switch self {
        case .fileTooShort(let count): "a safetensors file has at least 8 bytes, this one has \(count)"
        case .otherFormat(let format): "this is \(format.name), not a safetensors file"
        case .headerTooLarge(let length):
            "its first 8 bytes announce a header of \(length) bytes, more than the limit of \(SafetensorsHeader.limit)"
        case .headerBeyondFile(let length, let fileSize):
            "its first 8 bytes announce a header of \(length) bytes, but the file has only \(fileSize) bytes"
        case .headerEmpty: "its header is empty"
        case .headerStart(let byte):
            "its header must begin with '{', but begins with byte 0x\(String(byte, radix: 16, uppercase: true))"
        case .headerNotUTF8(let offset): "its header is not UTF-8 at header byte \(offset)"
        case .headerNotJSON(let error): "its header is not valid JSON: \(error) of the header"
        case .headerPadding(let offset): "its header is padded with something else than spaces at header byte \(offset)"
        case .duplicateKey(let key, let offset):
            "its header has the key \(quoted(key)) twice in one object, again at header byte \(offset)"
        case .equivalentKeys(let key): "its header has two spellings of the key \(quoted(key)) that Unicode holds to be equal"
        case .metadataNotText(let key?): "the value of \(quoted(key)) in __metadata__ is not a string"
        case .metadataNotText(nil): "__metadata__ is not an object"
        case .entryNotObject(let name, let kind): "the entry of tensor \(quoted(name)) should be an object, but is \(kind)"
        case .missingField(let name, let field): "the entry of tensor \(quoted(name)) has no \(field)"
        case .unknownField(let name, let field):
            "the entry of tensor \(quoted(name)) has a field \(quoted(field)) that the format does not know"
        case .invalidShape(let name): "the shape of tensor \(quoted(name)) is not an array of whole numbers from 0 to 2^63 - 1"
        case .invalidOffsets(let name): "the data_offsets of tensor \(quoted(name)) are not two whole numbers from 0 to 2^63 - 1"
        case .unknownDType(let name, let dtype): "the dtype \(quoted(dtype)) of tensor \(quoted(name)) is not one of the format's"
        case .sizeOverflow(let name, let shape, let dtype):
            "the size of tensor \(quoted(name)), shape \(listed(shape)) of \(dtype.rawValue), exceeds 64 bits"
        case .sizeNotWholeBytes(let name, let shape, let dtype):
            "the size of tensor \(quoted(name)), shape \(listed(shape)) of \(dtype.rawValue), is not a whole number of bytes"
        case .sizeMismatch(let name, let expected, let found):
            "tensor \(quoted(name)) needs \(expected) bytes by its shape and dtype, but has \(found)"
        case .offsetsReversed(let name, let begin, let end):
            "tensor \(quoted(name)) ends at data byte \(end), before its begin at \(begin)"
        case .hole(let name, let begin, let previousEnd):
            "the data bytes \(previousEnd)..<\(begin) before tensor \(quoted(name)) belong to no tensor"
        case .overlap(let name, let begin, let previousEnd):
            "tensor \(quoted(name)) begins at data byte \(begin), inside the tensor before it, which ends at \(previousEnd)"
        case .dataTruncated(let expected, let found):
            "the file ends early: its tensors need \(expected) bytes of data, it has \(found)"
        case .dataAfterTensors(let expected, let found):
            "the file goes on behind its last tensor: its tensors need \(expected) bytes of data, it has \(found)"
        case .missingTensor(let name): "it has no tensor \(quoted(name))"
        case .reservedName: "'__metadata__' cannot be the name of a tensor"
        case .duplicateName(let name): "two tensors have the name \(quoted(name))"
        case .headerTooLargeToWrite(let length):
            "the header would have \(length) bytes, more than the format's limit of \(SafetensorsHeader.limit)"
        case .totalOverflow: "the tensors together exceed 64 bits of size"
        }
    }

    func advice(to action: SafetensorsError.Action) -> String {
        switch self {
        case .otherFormat(let format): format.advice
        case .dataTruncated, .headerBeyondFile, .fileTooShort: "the file is incomplete: download or copy it again"
        case .missingTensor: "check that the file belongs to this model"
        case .unknownDType:
            "convert the tensor to one of \(SafetensorsDType.allCases.map(\.rawValue).joined(separator: ", "))"
        case .reservedName, .duplicateName: "give every tensor a name of its own"
        case .headerTooLargeToWrite, .totalOverflow: "split the tensors over several files"
        default:
            action == .write
                ? "check the tensors that are to be saved"
                : "the file is damaged or hostile: fetch it again from a source you trust"
        }
    }

    private func quoted(_ name: String) -> String { "'\(name.printable())'" }

    private func listed(_ shape: [Int]) -> String {
        "[\(shape.prefix(8).map(String.init).joined(separator: ", "))\(shape.count > 8 ? ", …" : "")]"
    }
}

extension SafetensorsLookalike {
    var name: String {
        switch self {
        case .gitLFSPointer: "the pointer that Git LFS leaves in the place of a large file"
        case .zipArchive: "a zip archive, perhaps saved by torch.save"
        case .pickle: "a Python pickle, perhaps saved by torch.save"
        case .gguf: "a GGUF file"
        }
    }

    var advice: String {
        switch self {
        case .gitLFSPointer: "run 'git lfs pull' in its repository or download the file itself"
        case .zipArchive, .pickle: "convert it with the safetensors package of Python; pickles are not read because they run code"
        case .gguf: "take the model's safetensors files instead"
        }
    }
}
