import Core

/// Lets each caller do so much at once and so much in the long run.
final class RateLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        var at: Double
    }

    private let perSecond: Double
    private let burst: Double
    private let buckets = Locked<[String: Bucket]>([:])
    private static let capacity = 10_000

    init(perSecond: Double, burst: Int) {
        self.perSecond = perSecond
        self.burst = Double(burst)
    }

    /// - Parameter now: seconds; only differences matter.
    func allows(_ caller: String, now: Double) -> Bool {
        buckets.withLock { buckets in
            if buckets.count >= Self.capacity {
                buckets = buckets.filter { now - $0.value.at < burst / perSecond }
            }
            var bucket = buckets[caller] ?? Bucket(tokens: burst, at: now)
            bucket.tokens = min(burst, bucket.tokens + max(0, now - bucket.at) * perSecond)
            bucket.at = now
            defer { buckets[caller] = bucket }
            guard bucket.tokens >= 1 else { return false }
            bucket.tokens -= 1
            return true
        }
    }
}
