import CMemcached

/// A cache in one or several memcacheds.
///
/// Calls wait on threads of the cache's own. When too many wait, or memcached is away, everything is a
/// miss: the daemon is slower, not broken.
public final class MemcachedCache: Cache {
    /// memcached's own limit for a value is 1 MiB; what is near it is not worth caching.
    private static let maximumBytes = 512 << 10

    private let threads: CacheThreads
    private let seal: SealedValue

    /// - Parameters:
    ///   - servers: `host:port`, the port 11211 when left out.
    ///   - secret: the same for all daemons that share values.
    public init(servers: [String], secret: String, threads: Int = 2, timeout: Duration = .milliseconds(200)) {
        seal = SealedValue(secret: secret)
        self.threads = CacheThreads(
            servers: servers.map(Self.address), threads: threads, limit: 1024,
            timeoutMilliseconds: max(1, Int(timeout / .milliseconds(1))))
    }

    deinit { threads.stop() }

    public func get(_ key: String) async -> [UInt8]? {
        let name = seal.storageKey(key)
        let sealed: [UInt8]? = await run { client in
            var length = 0
            guard let value = cmc_get(client, name, name.utf8.count, &length) else { return nil }
            defer { cmc_free_value(value) }
            return Array(UnsafeBufferPointer(start: value, count: length))
        }
        return sealed.flatMap { seal.open($0, for: key) }
    }

    public func set(_ key: String, _ value: [UInt8], ttl: Duration) async {
        guard value.count <= Self.maximumBytes, ttl > .zero else { return }
        let name = seal.storageKey(key)
        let sealed = seal.seal(value, for: key)
        // More than 30 days would be read as a date.
        let seconds = min(max(1, Int(ttl.components.seconds)), 30 * 86400)
        let _: Bool? = await run { client in
            cmc_set(client, name, name.utf8.count, sealed, sealed.count, seconds) == 0
        }
    }

    public func delete(_ key: String) async {
        let name = seal.storageKey(key)
        let _: Bool? = await run { client in cmc_delete(client, name, name.utf8.count) == 0 }
    }

    private func run<Value: Sendable>(_ body: @escaping @Sendable (OpaquePointer) -> Value?) async -> Value? {
        await withCheckedContinuation { continuation in
            let added = threads.add { client in continuation.resume(returning: body(client)) }
            if !added { continuation.resume(returning: nil) }
        }
    }

    private static func address(_ server: String) -> (String, Int) {
        guard let colon = server.lastIndex(of: ":"), let port = Int(server[server.index(after: colon)...]) else {
            return (server, 11211)
        }
        return (String(server[..<colon]), port)
    }
}
