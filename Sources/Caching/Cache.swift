/// Remembers what can be had again: a lost value costs time, never correctness.
public protocol Cache: Sendable {
    /// The value, or nil for a miss; an error is a miss.
    func get(_ key: String) async -> [UInt8]?
    /// Keeps a value for at most `ttl`; an error keeps nothing.
    func set(_ key: String, _ value: [UInt8], ttl: Duration) async
    func delete(_ key: String) async
}

/// Keeps nothing: for a daemon without memcached.
public struct NoCache: Cache {
    public init() {}

    public func get(_ key: String) async -> [UInt8]? { nil }
    public func set(_ key: String, _ value: [UInt8], ttl: Duration) async {}
    public func delete(_ key: String) async {}
}
