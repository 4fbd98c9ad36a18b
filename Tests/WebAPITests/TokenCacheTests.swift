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
        TokenCache(capacity: capacity, lifetime: .seconds(300), silence: .seconds(3), shared: nil, clock: clock.clock)
    }

    private func beat(_ cache: inout TokenCache, _ sequence: Int64) {
        _ = cache.beat(RevocationBeat(sequence: sequence, at: clock.clock.now()))
        clock.advance(by: .seconds(1))
    }

    @Test func aTokenIsRememberedForItsLifetimeOnly() {
        var cache = cache()
        beat(&cache, 0)
        cache.store("k", CachedToken(info: token("u"), askedAt: clock.clock.now()))
        for _ in 1...300 {
            #expect(cache.local("k") != nil)
            beat(&cache, 0)
        }
        #expect(cache.local("k") == nil)
    }

    @Test func aRevocationWhosePushIsLostIsNoticedByTheNextBeats() {
        var cache = cache()
        beat(&cache, 7)
        cache.store("u", CachedToken(info: token("u"), askedAt: clock.clock.now()))
        beat(&cache, 7)
        #expect(cache.local("u") != nil)
        // Number 8 is never pushed. One beat may be ahead of its push, two are not.
        beat(&cache, 8)
        beat(&cache, 8)
        #expect(cache.local("u") == nil)
        cache.store("u", CachedToken(info: token("u"), askedAt: clock.clock.now()))
        beat(&cache, 8)
        #expect(cache.local("u") != nil)
    }

    @Test func pushesThatCameEndNothingElseInWhateverOrder() {
        var cache = cache()
        beat(&cache, 7)
        cache.store("v", CachedToken(info: token("v"), askedAt: clock.clock.now()))
        for sequence in [Int64(9), 8, 10] {
            cache.revoke(TokenRevoked(userID: UserID("u"), sequence: sequence))
        }
        beat(&cache, 10)
        // This one overtakes its push.
        beat(&cache, 11)
        cache.revoke(TokenRevoked(userID: UserID("u"), sequence: 11))
        for _ in 1...10 { beat(&cache, 11) }
        #expect(cache.local("v") != nil)
    }

    @Test func withoutBeatsATokenIsBelievedForSecondsOnly() {
        var cache = cache()
        beat(&cache, 7)
        cache.store("u", CachedToken(info: token("u"), askedAt: clock.clock.now()))
        for _ in 1...5 { beat(&cache, 7) }
        #expect(cache.local("u") != nil)
        clock.advance(by: .milliseconds(2100))
        #expect(cache.local("u") == nil)
    }

    @Test func aBeatThatWasHeldUpAssuresOfNothing() {
        var cache = cache()
        beat(&cache, 7)
        cache.store("u", CachedToken(info: token("u"), askedAt: clock.clock.now()))
        let sent = clock.clock.now()
        clock.advance(by: .seconds(6))
        _ = cache.beat(RevocationBeat(sequence: 7, at: sent))
        #expect(cache.local("u") == nil)
    }

    @Test func whatWasCachedBeforeTheFirstBeatIsDoubted() throws {
        // By another process, in the shared cache.
        var cache = cache()
        let entry = CachedToken(info: token("u"), askedAt: clock.clock.now())
        clock.advance(by: .seconds(60))
        beat(&cache, 7)
        #expect(cache.decode(try cache.encode(entry)) == nil)
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

    @Test func aTrustsTokenEndsWithUsersThatItDoesNotShow() {
        var cache = cache()
        var lent = token("trustor")
        lent.trustID = "t"
        for event in [TokenRevoked(userID: UserID("trustee")), TokenRevoked(domainID: DomainID("of the trustee"))] {
            cache.store("lent", CachedToken(info: lent, askedAt: clock.clock.now()))
            cache.store("own", CachedToken(info: token("trustor"), askedAt: clock.clock.now()))
            clock.advance(by: .seconds(1))
            cache.revoke(event)
            #expect(cache.local("lent") == nil)
            #expect(cache.local("own") != nil)
            clock.advance(by: .seconds(1))
        }
    }

    @Test func anAnswerThatCrossedTheRevocationIsNotBelieved() {
        var cache = cache()
        let asked = clock.clock.now()
        clock.advance(by: .milliseconds(5))
        cache.revoke(TokenRevoked(auditChainID: "c"))
        cache.store("u", CachedToken(info: token("u"), askedAt: asked))
        #expect(cache.local("u") == nil)
    }

    /// Another of identity's daemons may not know yet, and its answer would be kept for minutes.
    @Test func anAnswerThatCameSoonAfterTheRevocationIsNotKept() {
        var cache = cache()
        beat(&cache, 0)
        cache.revoke(TokenRevoked(auditChainID: "c"))
        clock.advance(by: .milliseconds(20))
        cache.store("u", CachedToken(info: token("u"), askedAt: clock.clock.now()))
        cache.store("v", CachedToken(info: token("v", chain: "d"), askedAt: clock.clock.now()))
        #expect(cache.local("u") == nil && cache.local("v") != nil)
        clock.advance(by: .seconds(1))
        #expect(cache.local("u") == nil && cache.local("v") != nil)
        cache.store("u", CachedToken(info: token("u"), askedAt: clock.clock.now()))
        #expect(cache.local("u") != nil)
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
