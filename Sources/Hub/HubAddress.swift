#if Hub
    #if canImport(FoundationEssentials)
        import FoundationEssentials
    #else
        import Foundation
    #endif

    /// An address of the web, read by the parser that the HTTP client itself uses, so that both agree on its host.
    struct HubAddress: Sendable, Equatable {
        private let url: URL

        /// Who answers: what a token may be sent to.
        struct Origin: Sendable, Hashable {
            let scheme: String
            let host: String
            let port: Int
        }

        let origin: Origin
        /// Whole, without a fragment.
        var text: String { url.absoluteString.prefix { $0 != "#" }.description }
        var host: String { url.port.map { "\(origin.host):\($0)" } ?? origin.host }

        /// Nil for everything but http and https addresses with a host and without a user.
        init?(_ text: String) {
            guard let url = URL(string: text) else { return nil }
            self.init(url)
        }

        private init?(_ url: URL) {
            guard let scheme = url.scheme?.lowercased(), scheme == "https" || scheme == "http", url.user == nil,
                url.password == nil,
                let host = url.host?.lowercased(), !host.isEmpty,
                host.utf8.allSatisfy({ $0.isASCIIWord || "-.:[]".utf8.contains($0) })
            else { return nil }
            self.url = url
            origin = Origin(scheme: scheme, host: host, port: url.port ?? (scheme == "https" ? 443 : 80))
        }

        /// Where a redirect from here leads; nil where it is not an address, or would leave encryption.
        func redirected(to location: String) -> HubAddress? {
            guard let url = URL(string: location, relativeTo: url)?.absoluteURL, let target = HubAddress(url) else { return nil }
            return origin.scheme == "https" && target.origin.scheme == "http" ? nil : target
        }
    }
#endif
