public import Core

/// Which memcacheds to use, if any.
public struct CacheOptions: OptionGroup {
    public static let group = "cache"
    public let servers: [String]
    public let secret: Secret

    public init(_ options: inout OptionReader) throws {
        servers = try options.list("servers", default: [], help: "memcacheds as host:port; empty for no cache.")
        secret = try options.secret(
            "secret", default: "", help: "Signs cached values; the same for all daemons. Needed with servers.")
        if !servers.isEmpty, secret.isEmpty {
            throw ConfigurationError("[cache] secret is required when servers are given")
        }
    }

    /// The cache that these options ask for.
    public func makeCache() -> any Cache {
        servers.isEmpty ? NoCache() : MemcachedCache(servers: servers, secret: secret.reveal())
    }
}
