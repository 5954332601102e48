/// The steps of writing a file at which the operating system can refuse.
package enum FileOperation: Sendable, CaseIterable {
    case create, write, synchronize, close, rename, synchronizeFolder
}

/// Where tests make the operating system fail: the way to prove that an error at any step loses nothing.
package struct FaultInjection: Sendable {
    /// Asked before each operation of `AtomicFile` within `withValue`; nil outside of tests.
    @TaskLocal package static var current: FaultInjection?

    /// The `errno` with which an operation is to fail, nil to let it pass.
    let fault: @Sendable (FileOperation) -> Int32?

    package init(_ fault: @escaping @Sendable (FileOperation) -> Int32?) { self.fault = fault }

    static func check(_ operation: FileOperation, path: String) throws(FileError) {
        if let code = current?.fault(operation) { throw FileError(action: "write", path: path, code: code) }
    }
}
