import Caching
import Core
import Crypto
import FoundationEssentials
import WebAPI

/// A validated token and when it was asked about.
struct CachedToken: Codable, Sendable {
    var info: TokenInfo
    /// Before identity was asked: a revocation that crossed the answer is newer.
    var askedAt: Date
}

/// Validated tokens: some in the process, more in the shared cache. Keys are hashes, so that neither
/// holds anything that can be used as a token.
///
/// A value type, guarded by `TokenValidator`'s lock.
struct TokenCache {
    private let capacity: Int
    private let lifetime: Duration
    let shared: (any Cache)?
    private let clock: WallClock
    private var entries: [String: CachedToken] = [:]
    /// Keys in the order they came; the oldest leaves first.
    private var order: [String] = []
    private var oldest = 0
    private var revocations: [(event: TokenRevoked, at: Date)] = []
    /// Everything asked about before this is doubted: set when revocations outgrow their list, or one was missed.
    private var floor: Date?
    private var feed: RevocationFeed

    private static let maxRevocations = 1000
    /// Other hosts' clocks may differ by this much.
    private static let skew: TimeInterval = 5
    /// What identity answers this soon after a revocation may be from before it: another of its daemons believes what
    /// it has read for half a second, and events take their time. It is asked again until then.
    private static let belief: TimeInterval = 0.8

    /// - Parameter silence: how long it is believed without a beat from identity.
    init(capacity: Int, lifetime: Duration, silence: Duration, shared: (any Cache)?, clock: WallClock) {
        self.capacity = capacity
        self.lifetime = lifetime
        self.shared = shared
        self.clock = clock
        feed = RevocationFeed(patience: silence)
    }

    static func key(_ token: String) -> String {
        var token = token
        var hash = SHA256()
        token.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        return "token/" + hash.finalize().withUnsafeBytes { Hex.encode($0) }
    }

    /// A token that is in the process, not too old and not revoked.
    func local(_ key: String) -> TokenInfo? {
        guard let entry = entries[key], isFresh(entry, skew: Self.belief) else { return nil }
        return entry.info
    }

    /// What the shared cache holds, if it may be believed.
    func decode(_ bytes: [UInt8]) -> CachedToken? {
        guard let value = try? JSONValue.parse(bytes), let entry: CachedToken = try? value.decode(CachedToken.self)
        else { return nil }
        return isFresh(entry, skew: Self.skew) ? entry : nil
    }

    func encode(_ entry: CachedToken) throws -> [UInt8] {
        Array(try JSONValue(encoding: entry).jsonText.utf8)
    }

    /// How long the shared cache should keep it.
    func lifetime(of entry: CachedToken) -> Duration {
        min(lifetime, .seconds(Int64(max(0, entry.info.expiresAt.timeIntervalSince(clock.now())))))
    }

    mutating func store(_ key: String, _ entry: CachedToken) {
        guard lifetime > .zero else { return }
        if entries.updateValue(entry, forKey: key) == nil { order.append(key) }
        while entries.count > capacity, oldest < order.count {
            entries[order[oldest]] = nil
            oldest += 1
        }
        if oldest > capacity {
            order.removeFirst(oldest)
            oldest = 0
        }
    }

    mutating func revoke(_ event: TokenRevoked) {
        let now = clock.now()
        let age = lifetime.seconds + 2 * Self.skew
        revocations.removeAll { now.timeIntervalSince($0.at) > age }
        if revocations.count >= Self.maxRevocations {
            revocations.removeAll()
            floor = now
        }
        revocations.append((event, now))
        if let sequence = event.sequence { feed.saw(sequence) }
    }

    /// - Returns: whether everything is doubted now, because a revocation was missed.
    mutating func beat(_ beat: RevocationBeat) -> Bool {
        let now = clock.now()
        let isMissed = feed.beat(beat.sequence, at: beat.at, now: now)
        if isMissed { floor = now }
        return isMissed
    }

    private func isFresh(_ entry: CachedToken, skew: TimeInterval) -> Bool {
        let now = clock.now()
        guard entry.info.expiresAt > now, now.timeIntervalSince(entry.askedAt) < lifetime.seconds else { return false }
        guard feed.isAssured(entry.askedAt, now: now) else { return false }
        if let floor, entry.askedAt <= floor.addingTimeInterval(skew) { return false }
        return !revocations.contains { $0.at.addingTimeInterval(skew) >= entry.askedAt && $0.event.covers(entry.info) }
    }
}
