import HTTPTypes

/// The service's own URL as the client sees it, for links.
struct PublicURL: Sendable {
    let configured: String?
    let trustsProxyHeaders: Bool
    let isTLS: Bool

    func endpoint(_ exchange: Exchange) -> String {
        if let configured { return configured.hasSuffix("/") ? String(configured.dropLast()) : configured }
        var scheme = isTLS ? "https" : "http"
        var host = exchange.authority ?? "localhost"
        var prefix = ""
        if trustsProxyHeaders {
            if let forwarded = exchange.headers.value(.forwardedProto), forwarded == "https" || forwarded == "http" {
                scheme = forwarded
            }
            if let forwarded = exchange.headers.value(.forwardedHost) {
                host = forwarded.split(separator: ",").first.map { String($0.filter { $0 != " " }) } ?? host
            }
            if let forwarded = exchange.headers.value(.forwardedPrefix), forwarded.hasPrefix("/") {
                prefix = forwarded.hasSuffix("/") ? String(forwarded.dropLast()) : forwarded
            }
        }
        return "\(scheme)://\(Self.safe(host))\(prefix)"
    }

    /// A host with anything but its own characters would end up in links and pages.
    private static func safe(_ host: String) -> String {
        let allowed = host.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5B, 0x5D, 0x5F: true
            default: false
            }
        }
        return allowed && !host.isEmpty ? host : "localhost"
    }
}
