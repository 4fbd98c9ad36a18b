import Caching
import Core
import FoundationEssentials
import WebAPI

/// Finds out what a token stands for: from the process, the shared cache, or identity, which is asked
/// once however many requests wait for the same token.
actor TokenValidator {
    private let api: IdentityAPI
    private let credentials: ServiceCredentials
    private var cache: TokenCache
    private let clock: WallClock
    private var asking: [String: Task<TokenInfo, any Error>] = [:]

    init(api: IdentityAPI, credentials: ServiceCredentials, cache: TokenCache, clock: WallClock) {
        self.api = api
        self.credentials = credentials
        self.cache = cache
        self.clock = clock
    }

    func validate(_ token: String) async throws -> TokenInfo {
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ServiceError(.unauthorized, "The token is not valid.")
        }
        let key = TokenCache.key(token)
        if let info = cache.local(key) { return info }
        if let task = asking[key] { return try await task.value }
        // Ends with the answer or the request's time limit.
        let task = Task { try await self.find(token, key) }
        asking[key] = task
        defer { asking[key] = nil }
        return try await task.value
    }

    func revoke(_ event: TokenRevoked) { cache.revoke(event) }
    func beat(_ beat: RevocationBeat) -> Bool { cache.beat(beat) }

    private func find(_ token: String, _ key: String) async throws -> TokenInfo {
        if let shared = cache.shared, let bytes = await shared.get(key), let entry = cache.decode(bytes) {
            cache.store(key, entry)
            return entry.info
        }
        let askedAt = clock.now()
        return try await keep(key, CachedToken(info: try await ask(token), askedAt: askedAt))
    }

    private func keep(_ key: String, _ entry: CachedToken) async throws -> TokenInfo {
        cache.store(key, entry)
        if let shared = cache.shared {
            await shared.set(key, try cache.encode(entry), ttl: cache.lifetime(of: entry))
        }
        return entry.info
    }

    private func ask(_ token: String) async throws -> TokenInfo {
        var own = try await credentials.current().token
        if let info = try await api.validate(token, with: own) { return info }
        // Identity does not know our own token any more: a new one, once.
        await credentials.forget(own)
        own = try await credentials.current().token
        if let info = try await api.validate(token, with: own) { return info }
        throw ServiceError(.unavailable, "Identity does not accept this service's credentials.")
    }
}
