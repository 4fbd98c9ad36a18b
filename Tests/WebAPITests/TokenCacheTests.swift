import Core
import FoundationEssentials
import TestSupport
import Testing
import WebAPI

@testable import IdentityClient

/// Row 21: a revocation takes effect at once, however warm the cache.
struct TokenCacheTests {
    private let clock = ManualClock()

    private func token(_ user: String, chain: String = "c") -> TokenInfo {
        TokenInfo(
            userID: UserID(user), userName: user, projectID: ProjectID("p"), roles: ["member"],
            expiresAt: clock.clock.now().addingTimeInterval(3600), auditIDs: ["a-\(user)", chain])
    }

    private func cache(capacity: Int = 10) -> TokenCache {
        TokenCache(capacity: capacity, lifetime: .seconds(300), shared: nil, clock: clock.clock)
    }

    @Test func aTokenIsRememberedForItsLifetimeOnly() {
        var cache = cache()
        cache.store("k", CachedToken(info: token("u"), askedAt: clock.clock.now()))
        #expect(cache.local("k") != nil)
        clock.advance(by: .seconds(301))
        #expect(cache.local("k") == nil)
    }

    @Test func aRevocationEndsWhatItCoversAndNothingElse() {
        var cache = cache()
        cache.store("u", CachedToken(info: token("u"), askedAt: clock.clock.now()))
        cache.store("v", CachedToken(info: token("v"), askedAt: clock.clock.now()))
        clock.advance(by: .seconds(1))
        cache.revoke(TokenRevoked(userID: UserID("u")))
        #expect(cache.local("u") == nil)
        #expect(cache.local("v") != nil)
        // Asked about again after the event, a token (a new one, perhaps) is believed.
        clock.advance(by: .seconds(1))
        cache.store("u", CachedToken(info: token("u"), askedAt: clock.clock.now()))
        #expect(cache.local("u") != nil)
    }

    @Test func anAnswerThatCrossedTheRevocationIsNotBelieved() {
        var cache = cache()
        let asked = clock.clock.now()
        clock.advance(by: .milliseconds(5))
        cache.revoke(TokenRevoked(auditChainID: "c"))
        cache.store("u", CachedToken(info: token("u"), askedAt: asked))
        #expect(cache.local("u") == nil)
    }

    @Test func theCacheIsBounded() {
        var cache = cache(capacity: 100)
        for number in 0..<1000 {
            cache.store("k\(number)", CachedToken(info: token("u"), askedAt: clock.clock.now()))
        }
        #expect((0..<1000).filter { cache.local("k\($0)") != nil }.count == 100)
        for _ in 0..<2000 { cache.revoke(TokenRevoked(userID: UserID("other"))) }
        #expect(cache.local("k999") == nil)
    }

    @Test func endpointsJoinWithoutRepeatingTheVersion() {
        let join = { ServiceSession.url($0, $1, []) }
        #expect(join("http://c:9292", "/v2/images") == "http://c:9292/v2/images")
        #expect(join("http://c:8774/v2.1", "/servers") == "http://c:8774/v2.1/servers")
        #expect(join("http://c:8774/v2.1", "/v2.1/servers") == "http://c:8774/v2.1/servers")
        #expect(join("http://c:8776/v3/abc", "/v3/attachments") == "http://c:8776/v3/abc/attachments")
        #expect(join("http://c:8778/placement", "/placement/traits") == "http://c:8778/placement/traits")
        #expect(join("http://c:8778/placement", "/traits") == "http://c:8778/placement/traits")
    }
}
