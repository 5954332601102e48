#if Hub
    import AsyncHTTPClient
    import NIOCore
    import NIOHTTP1
    import NIOPosix
    import SequiturFiles

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #else
        import Darwin
    #endif

    extension HubClient {
        /// What went wrong between here and a server, which may go well another time.
        ///
        /// - Throws: `CancellationError` where it was we who gave up.
        func failure(_ error: any Error, host: String) throws -> Transient {
            try Task.checkCancellation()
            return Transient(error: .unreachable(host: host, reason: reason(for: error)))
        }

        private func reason(for error: any Error) -> String {
            switch error {
            case let error as HTTPClientError where error == .readTimeout:
                "no data for \(Int(patience.silence.rounded(.up))) seconds"
            case let error as HTTPClientError where error == .connectTimeout:
                "no connection within \(Int(patience.connection.rounded(.up))) seconds"
            case let error as HTTPClientError where error == .remoteConnectionClosed || error == .uncleanShutdown:
                "the connection was cut"
            case let error as HTTPParserError where error == .invalidEOFState: "the connection was cut"
            case let error as NIOConnectionError:
                if let failed = error.connectionErrors.first {
                    reason(for: failed.error)
                } else {
                    "there is no such host"
                }
            case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
            default: String(describing: error).printable(limit: 200)
            }
        }
    }
#endif
