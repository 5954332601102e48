#if Hub
    import AsyncHTTPClient
    import NIOCore
    import NIOHTTP1
    import SequiturFiles

    /// How patient a download is.
    struct HubPatience: Sendable {
        /// Seconds to wait for a connection.
        var connection = 10.0
        /// Seconds to wait for data.
        var silence = 30.0
        /// How often in turn something may fail that may succeed another time.
        var attempts = 5
        /// Seconds before the second attempt; twice as many before each further one.
        var pause = 0.5
        /// The most seconds to wait where a server says when to come again.
        var longestPause = 60.0
    }

    /// Asks a hub, and the servers that it sends to, over HTTP.
    struct HubClient: Sendable {
        let http: HTTPClient
        let endpoint: HubAddress
        let token: String?
        let patience: HubPatience

        /// What may succeed another time.
        struct Transient: Error {
            let error: HubError
            /// Seconds to wait, where the server says so.
            var pause: Double?
        }

        private static let maximumRedirects = 10

        /// - Throws: `HubError` for an address or a token that cannot be sent.
        static func with<Result: Sendable>(
            _ settings: HubSettings, patience: HubPatience, _ body: (HubClient) async throws -> Result
        ) async throws -> Result {
            guard let endpoint = HubAddress(settings.endpoint), !settings.endpoint.contains(where: { $0 == "?" || $0 == "#" })
            else {
                throw HubError.invalidEndpoint(settings.endpoint)
            }
            guard settings.token?.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) != false else { throw HubError.invalidToken }
            var configuration = HTTPClient.Configuration()
            configuration.redirectConfiguration = .disallow
            configuration.timeout = .init(connect: .seconds(patience.connection), read: .seconds(patience.silence))
            configuration.connectionPool.retryConnectionEstablishment = false
            // A connection for each file, so that none waits for another's lost packets.
            configuration.httpVersion = .http1Only
            let http = HTTPClient(configuration: configuration)
            do {
                let result = try await body(
                    HubClient(http: http, endpoint: endpoint, token: settings.token, patience: patience))
                try? await http.shutdown()
                return result
            } catch {
                try? await http.shutdown()
                throw error
            }
        }

        /// One request and its redirects, up to the first answer that is none, or that `stops`.
        ///
        /// The token goes to the endpoint alone: once a redirect has led elsewhere, it is left out for good.
        ///
        /// - Throws: `Transient`, `HubError`, `CancellationError`.
        func request(
            _ method: HTTPMethod, _ address: HubAddress, headers: HTTPHeaders = [:],
            stops: (HTTPClientResponse, _ target: HubAddress?) -> Bool = { _, _ in false }
        ) async throws -> HTTPClientResponse {
            var address = address
            var isTrusted = true
            for _ in 0...Self.maximumRedirects {
                isTrusted = isTrusted && address.origin == endpoint.origin
                var request = HTTPClientRequest(url: address.text)
                request.method = method
                request.headers = headers
                request.headers.replaceOrAdd(name: "user-agent", value: "sequitur")
                request.headers.replaceOrAdd(name: "accept-encoding", value: "identity")
                if isTrusted, let token { request.headers.replaceOrAdd(name: "authorization", value: "Bearer \(token)") }
                let response: HTTPClientResponse
                do { response = try await http.execute(request, deadline: .distantFuture) } catch {
                    throw try failure(error, host: address.host)
                }
                switch response.status.code {
                case 200..<300: return response
                case 301, 302, 303, 307, 308:
                    let target = response.headers.first(name: "location").flatMap { address.redirected(to: $0) }
                    if stops(response, target) { return response }
                    guard let target else {
                        throw HubError.notAHub(host: address.host, reason: "it redirects to no address that can be followed")
                    }
                    address = target
                case 408, 429, 500, 502, 503, 504:
                    throw Transient(
                        error: .refused(host: address.host, status: Int(response.status.code)),
                        pause: response.headers.first(name: "retry-after").flatMap(Double.init))
                default: throw Refusal(response, host: address.host)
                }
            }
            throw HubError.notAHub(host: endpoint.host, reason: "it redirects again and again")
        }

        /// An answer that is not success, with what a hub says of the reason.
        struct Refusal: Error {
            let host: String
            let status: Int
            /// `RepoNotFound`, `RevisionNotFound`, `EntryNotFound`, `GatedRepo`.
            let code: String?

            init(_ response: HTTPClientResponse, host: String) {
                self.host = host
                status = Int(response.status.code)
                code = response.headers.first(name: "x-error-code")
            }

            func error(_ model: HubModelName, file: String? = nil, hasToken: Bool) -> HubError {
                switch (status, code) {
                case (401, _), (403, _): .noAccess(model: model.name, status: status, hasToken: hasToken)
                case (404, "RevisionNotFound"): .noRevision(model.revision, model: model.name)
                case (404, "RepoNotFound"): .noModel(model.name)
                case (404, _):
                    if let file {
                        .noFile(file, model: model.name)
                    } else if model.revision != HubModelName.defaultRevision, code == nil {
                        .noRevision(model.revision, model: model.name)
                    } else {
                        .noModel(model.name)
                    }
                default: .refused(host: host, status: status)
                }
            }
        }

        /// The body of an answer, of at most `limit` bytes.
        func body(of response: HTTPClientResponse, limit: Int, host: String) async throws -> [UInt8] {
            do {
                let buffer = try await response.body.collect(upTo: limit)
                return Array(buffer.readableBytesView)
            } catch is NIOTooManyBytesError {
                throw HubError.notAHub(host: host, reason: "its answer is longer than \(limit) bytes")
            } catch {
                throw try failure(error, host: host)
            }
        }

        /// Does what `body` does, again where it may succeed another time.
        ///
        /// - Parameter progress: bytes so far; a mebibyte more than ever before begins the count of attempts anew.
        func persistently<Result>(
            progress: () -> Int = { 0 }, _ body: () async throws -> Result
        ) async throws -> Result {
            var failures = 0
            var most = progress()
            while true {
                do { return try await body() } catch let failure as Transient {
                    try Task.checkCancellation()
                    if progress() >= most + 1 << 20 { (failures, most) = (0, progress()) }
                    failures += 1
                    guard failures < patience.attempts else { throw failure.error }
                    var pause = patience.pause
                    for _ in 1..<failures { pause *= 2 }
                    try await Task.sleep(for: .seconds(min(max(pause, failure.pause ?? 0), patience.longestPause)))
                }
            }
        }
    }

    extension TimeAmount {
        fileprivate static func seconds(_ count: Double) -> TimeAmount { .milliseconds(Int64(count * 1000)) }
    }
#endif
