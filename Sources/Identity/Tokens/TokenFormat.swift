package import FoundationEssentials

/// How tokens are written and read: what they say is the same in each.
package protocol TokenFormat: Sendable {
    func seal(_ payload: TokenPayload, at time: Date) throws -> String

    /// What is inside a token and when it was made, to the second; nil for anything that we did not make.
    func open(_ text: String) -> (payload: TokenPayload, issuedAt: Date)?

    /// The end of a token, as exactly as the format keeps it.
    func kept(_ end: Date) -> Date
}

/// Fernet: only identity can read a token.
package struct FernetTokens: TokenFormat {
    private let keys: FernetKeyRing

    package init(_ keys: FernetKeyRing) { self.keys = keys }

    package func seal(_ payload: TokenPayload, at time: Date) throws -> String {
        try keys.current().seal(payload.encoded(), at: time)
    }

    package func open(_ text: String) -> (payload: TokenPayload, issuedAt: Date)? {
        guard let (bytes, issuedAt) = keys.current().open(text), let payload = TokenPayload(decoding: bytes) else {
            return nil
        }
        return (payload, issuedAt)
    }

    /// Whole seconds, as Keystone gives its own: what validates a token says the same as what issued it.
    package func kept(_ end: Date) -> Date {
        Date(timeIntervalSince1970: end.timeIntervalSince1970.rounded(.down))
    }
}
