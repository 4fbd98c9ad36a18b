import Caching
import Core
import FoundationEssentials
import WebAPI

/// Finds out what a token stands for: from the process, the shared cache, or identity, which is asked
/// once however many requests wait for the same token.
///
/// Behind a lock and no actor, because nearly every request finds its token in the process: it then goes on
/// without giving up its thread.
final class TokenValidator: Sendable {
    private struct State {
        var cache: TokenCache
        var asking: [String: Task<TokenInfo, any Error>] = [:]
    }

    private let api: IdentityAPI
    private let credentials: ServiceCredentials
    private let shared: (any Cache)?
    private let state: Locked<State>
    private let clock: WallClock

    init(api: IdentityAPI, credentials: ServiceCredentials, cache: TokenCache, clock: WallClock) {
        self.api = api
        self.credentials = credentials
        self.shared = cache.shared
        self.state = Locked(State(cache: cache))
        self.clock = clock
    }

    /// What the process itself knows of a token.
    func known(_ token: String) -> TokenInfo? {
        let key = TokenCache.key(token)
        return state.withLock { $0.cache.local(key) }
    }

    func validate(_ token: String) async throws -> TokenInfo {
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ServiceError(.unauthorized, "The token is not valid.")
        }
        let key = TokenCache.key(token)
        if let info = state.withLock({ $0.cache.local(key) }) { return info }
        return try await search(token, key).value
    }

    func revoke(_ event: TokenRevoked) { state.withLock { $0.cache.revoke(event) } }
    func beat(_ beat: RevocationBeat) -> Bool { state.withLock { $0.cache.beat(beat) } }

    /// The one search for a token; those who come meanwhile share it. It ends with the answer or the request's
    /// time limit.
    private func search(_ token: String, _ key: String) -> Task<TokenInfo, any Error> {
        state.withLock { state in
            if let running = state.asking[key] { return running }
            let task = Task { [self] in
                defer { self.state.withLock { $0.asking[key] = nil } }
                return try await find(token, key)
            }
            state.asking[key] = task
            return task
        }
    }

    private func find(_ token: String, _ key: String) async throws -> TokenInfo {
        if let shared, let bytes = await shared.get(key) {
            let found = state.withLock { state -> TokenInfo? in
                guard let entry = state.cache.decode(bytes) else { return nil }
                state.cache.store(key, entry)
                return entry.info
            }
            if let found { return found }
        }
        let askedAt = clock.now()
        return try await keep(key, CachedToken(info: try await ask(token), askedAt: askedAt))
    }

    private func keep(_ key: String, _ entry: CachedToken) async throws -> TokenInfo {
        let (bytes, lifetime) = try state.withLock { state in
            state.cache.store(key, entry)
            return (shared == nil ? [] : try state.cache.encode(entry), state.cache.lifetime(of: entry))
        }
        await shared?.set(key, bytes, ttl: lifetime)
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
