import Core

/// The service catalogue of a token.
struct Catalogue: Sendable {
    private let services: [JSONValue]

    init(_ json: JSONValue?) { services = json?.array ?? [] }

    /// Types under which one service may be listed; the first is the official one.
    private static let aliases: [[String]] = [
        ["block-storage", "volumev3", "volume", "block-store"],
        ["identity"], ["image"], ["compute"], ["network"], ["placement"],
    ]

    /// A URL without trailing slash. When the wanted interface has none, the public one is taken.
    func endpoint(_ type: String, interface: String, region: String) -> String? {
        let types = Self.aliases.first { $0.contains(type) } ?? [type]
        let named = [type] + types.filter { $0 != type }
        for type in named {
            for service in services where service["type"]?.string == type {
                let endpoints = (service["endpoints"]?.array ?? []).filter {
                    region.isEmpty || ($0["region_id"]?.string ?? $0["region"]?.string) == region
                }
                let found =
                    endpoints.first { $0["interface"]?.string == interface }
                    ?? endpoints.first { $0["interface"]?.string == "public" }
                if var url = found?["url"]?.string {
                    while url.hasSuffix("/") { url.removeLast() }
                    return url
                }
            }
        }
        return nil
    }
}
