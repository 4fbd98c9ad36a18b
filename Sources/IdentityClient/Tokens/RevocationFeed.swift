import Core
import FoundationEssentials

/// Whether every revocation that there was has come, as far as identity's beats tell. A value type: time is given.
struct RevocationFeed {
    /// How long what is cached is believed without a beat.
    let patience: Duration
    /// All up to this one have come; nil before the first beat.
    private var last: Int64?
    /// Came before one that is missing. Bounded: what does not fit counts as missing.
    private var ahead: Set<Int64> = []
    /// What the latest beat told, while something was missing.
    private var awaited: Int64?
    /// Until then nothing is known to be missing.
    private var assuredAt = Date.distantPast

    /// A beat that comes later than this after it was sent tells of the past; clocks may differ by as much.
    private static let transit: TimeInterval = 2
    private static let maxAhead = 10_000

    init(patience: Duration) { self.patience = patience }

    mutating func saw(_ sequence: Int64) {
        guard let last, sequence > last, ahead.count < Self.maxAhead else { return }
        ahead.insert(sequence)
        advance()
    }

    /// - Returns: whether a revocation was missed, so that nothing cached may be believed. What is missing at one beat
    ///   may be on its way; what is at the next one still is lost.
    mutating func beat(_ sequence: Int64, at: Date, now: Date) -> Bool {
        let isMissed: Bool
        if let last {
            if last >= sequence {
                awaited = nil
            } else if let awaited, last < awaited {
                self.awaited = nil
                restart(at: sequence)
                assure(at, now)
                return true
            } else {
                awaited = sequence
                return false
            }
            isMissed = false
        } else {
            // Whatever was before is not known of.
            restart(at: sequence)
            isMissed = true
        }
        assure(at, now)
        return isMissed
    }

    /// Whether what was asked at that time may be believed as far as revocations go.
    func isAssured(_ askedAt: Date, now: Date) -> Bool {
        now.timeIntervalSince(max(askedAt, assuredAt)) <= patience.seconds
    }

    private mutating func assure(_ at: Date, _ now: Date) {
        assuredAt = max(assuredAt, min(now, at.addingTimeInterval(Self.transit)))
    }

    private mutating func restart(at sequence: Int64) {
        last = sequence
        ahead = ahead.filter { $0 > sequence }
        advance()
    }

    private mutating func advance() {
        while let next = last.map({ $0 + 1 }), ahead.remove(next) != nil { last = next }
    }
}
