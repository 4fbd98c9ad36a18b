import Glibc
import Testing

@testable import Caching

struct MemcachedTests {
    static let server: String? = getenv("APUS_TEST_MEMCACHED").map { String(cString: $0) }

    @Test func aForgedOrMovedValueDoesNotOpen() {
        let seal = SealedValue(secret: "s")
        let sealed = seal.seal([1, 2, 3], for: "a")
        #expect(seal.open(sealed, for: "a") == [1, 2, 3])
        #expect(seal.open(sealed, for: "b") == nil)
        #expect(SealedValue(secret: "t").open(sealed, for: "a") == nil)
        var forged = sealed
        forged[forged.count - 1] ^= 1
        #expect(seal.open(forged, for: "a") == nil)
        #expect(seal.open([1, 2], for: "a") == nil)
    }

    @Test func withoutAServerEverythingIsAMiss() async {
        let cache = MemcachedCache(servers: ["127.0.0.1:1"], secret: "s")
        await cache.set("a", [1], ttl: .seconds(60))
        #expect(await cache.get("a") == nil)
    }

    @Test(.enabled(if: server != nil, "APUS_TEST_MEMCACHED is not set"))
    func aValueIsFoundUntilItIsDeleted() async {
        let cache = MemcachedCache(servers: [Self.server ?? ""], secret: "s")
        let other = MemcachedCache(servers: [Self.server ?? ""], secret: "other")
        await cache.set("messaging-test", [1, 2, 3], ttl: .seconds(60))
        #expect(await cache.get("messaging-test") == [1, 2, 3])
        #expect(await other.get("messaging-test") == nil)
        await cache.delete("messaging-test")
        #expect(await cache.get("messaging-test") == nil)
    }
}
