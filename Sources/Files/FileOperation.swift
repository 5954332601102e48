/// The steps of writing files and folders at which the operating system can refuse.
package enum FileOperation: Sendable {
    case create, write, synchronize, close, rename, synchronizeFolder, makeFolder, remove
}

/// Where tests make the operating system fail: the way to prove that an error at any step loses nothing.
package struct FaultInjection: Sendable {
    /// Asked before each operation of `AtomicFile` and `AtomicFolder` within `withValue`; nil outside of tests.
    @TaskLocal package static var current: FaultInjection?

    /// The `errno` with which an operation is to fail, nil to let it pass.
    let fault: @Sendable (FileOperation) -> Int32?

    package init(_ fault: @escaping @Sendable (FileOperation) -> Int32?) { self.fault = fault }

    static func check(_ operation: FileOperation, path: String, action: String = "write") throws(FileError) {
        if let code = current?.fault(operation) { throw FileError(action: action, path: path, code: code) }
    }
}
