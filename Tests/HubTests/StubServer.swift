import Foundation

/// What came over a connection.
struct StubRequest: Sendable {
    let method: String
    /// With its query.
    let path: String
    /// By names in lower case.
    let headers: [String: String]
    /// How often the same was asked of this server before.
    let repetition: Int
}

struct StubResponse: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// Cuts the connection after so many bytes of the body.
    var cut: Int?
    /// Cuts it only when this says so (within a minute): what a client has not read by then may be lost.
    var cutsWhen: (@Sendable () -> Bool)?
    /// Says nothing for so many seconds, after `cut` bytes where that is set.
    var silence: Double?
    /// Sends exactly these bytes instead of everything else.
    var raw: [UInt8]?
}

/// An HTTP/1.1 server on a port of its own, with a thread for each connection, which does exactly what a test says.
final class StubServer: @unchecked Sendable {
    let port: Int
    private let listener: Int32
    private let answer: @Sendable (StubRequest) -> StubResponse
    private let lock = NSLock()
    private var log: [StubRequest] = []

    init(_ answer: @escaping @Sendable (StubRequest) -> StubResponse) throws {
        self.answer = answer
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        listener = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread { [weak self] in
                    self?.serve(connection)
                    close(connection)
                }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    var origin: String { "http://127.0.0.1:\(port)" }

    /// Everything that was asked so far.
    var requests: [StubRequest] { lock.withLock { log } }

    private func serve(_ connection: Int32) {
        var pending: [UInt8] = []
        while let head = Self.head(of: connection, &pending) {
            let lines = head.components(separatedBy: "\r\n")
            let words = lines[0].split(separator: " ").map(String.init)
            guard words.count == 3 else { return }
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                guard let colon = line.firstIndex(of: ":") else { continue }
                headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            }
            let request = lock.withLock {
                let count = log.count { $0.method == words[0] && $0.path == words[1] }
                let request = StubRequest(method: words[0], path: words[1], headers: headers, repetition: count)
                log.append(request)
                return request
            }
            guard send(answer(request), to: connection, withBody: request.method != "HEAD") else { return }
        }
    }

    /// The next request without its empty line; nil at the end.
    private static func head(of connection: Int32, _ pending: inout [UInt8]) -> String? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let range = pending.firstRange(of: end) {
                defer { pending.removeSubrange(..<range.upperBound) }
                return String(decoding: pending[..<range.lowerBound], as: UTF8.self)
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            pending += buffer[..<count]
        }
    }

    /// - Returns: whether the connection stays open.
    private func send(_ response: StubResponse, to connection: Int32, withBody: Bool) -> Bool {
        if let raw = response.raw {
            _ = Self.send(raw, to: connection)
            return false
        }
        if response.cut == nil, let silence = response.silence { Thread.sleep(forTimeInterval: silence) }
        var headers = response.headers
        if headers["Content-Length"] == nil { headers["Content-Length"] = "\(response.body.count)" }
        let head =
            "HTTP/1.1 \(response.status) Status\r\n"
            + headers.filter { !$0.value.isEmpty }.map { "\($0.key): \($0.value)\r\n" }.joined()
            + "\r\n"
        let body = withBody ? response.body : []
        guard Self.send(Array(head.utf8) + body.prefix(response.cut ?? body.count), to: connection) else { return false }
        guard response.cut != nil, withBody else { return true }
        if let silence = response.silence { Thread.sleep(forTimeInterval: silence) }
        for _ in 0..<12_000 where response.cutsWhen?() == false { Thread.sleep(forTimeInterval: 0.005) }
        return false
    }

    private static func send(_ bytes: [UInt8], to connection: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
