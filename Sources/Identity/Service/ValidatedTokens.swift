import Core
import Crypto
import FoundationEssentials

/// Tokens that were looked up, good for as long as nothing was revoked since: the number of the newest revocation is
/// one row, where a token takes a dozen.
///
/// Keys are hashes, so that the memory holds nothing that can be used as a token. Bounded: the oldest leave first.
final class ValidatedTokens: Sendable {
    private struct Entry {
        var token: Token
        /// The newest revocation's number before the token was looked up.
        var sequence: Int64
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// Keys in the order they came, from `oldest` on.
        var order: [String] = []
        var oldest = 0
    }

    private let capacity: Int
    private let state = Locked(State())

    init(capacity: Int = 4096) { self.capacity = capacity }

    static func key(_ text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).withUnsafeBytes { Hex.encode($0) }
    }

    /// The token, if nothing was revoked since and none of what it came of has ended.
    func find(_ key: String, at sequence: Int64, now: Date) -> Token? {
        state.withLock { state in
            guard let entry = state.entries[key], entry.sequence == sequence, entry.token.end > now else { return nil }
            return entry.token
        }
    }

    func store(_ token: Token, _ key: String, at sequence: Int64) {
        state.withLock { state in
            if state.entries.updateValue(Entry(token: token, sequence: sequence), forKey: key) == nil {
                state.order.append(key)
            }
            while state.entries.count > capacity, state.oldest < state.order.count {
                state.entries[state.order[state.oldest]] = nil
                state.oldest += 1
            }
            if state.oldest > capacity {
                state.order.removeFirst(state.oldest)
                state.oldest = 0
            }
        }
    }
}

extension Token {
    /// When it ends: with itself, or with what it came of.
    var end: Date {
        [trust?.expiresAt, applicationCredential?.expiresAt, accessToken?.expiresAt, vouchedUntil].compactMap(\.self)
            .reduce(payload.expiresAt, min)
    }
}
