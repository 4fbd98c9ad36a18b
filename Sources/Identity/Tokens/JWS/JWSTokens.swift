package import Core
import Crypto
package import FoundationEssentials
package import Logging

/// Tokens as JSON Web Signatures with ES256 (RFC 7515; RFC 7518 §3.4) and Keystone's claims: whoever has a public key
/// can read and check them, only who has the private one can make them.
package final class JWSTokens: TokenFormat {
    private struct Loaded {
        var keys: JWSKeys
        var fingerprint: String
        var checkedAt: Date
    }

    private let folders: JWSKeyFolders
    private let clock: WallClock
    private let logger: Logger
    private let loaded: Locked<Loaded>
    /// Seconds for which changed files may go unnoticed. Keys are staged one rotation ahead, so that this may lag.
    private let interval = 2.0
    /// Bytes. The longest that is made, for a user in many groups, stays below; a header has no more.
    private static let maximumLength = 8192

    /// - Throws: when the folders hold no usable keys.
    package init(_ folders: JWSKeyFolders, clock: WallClock, logger: Logger) throws {
        self.folders = folders
        self.clock = clock
        self.logger = logger
        loaded = Locked(
            Loaded(keys: try folders.load(), fingerprint: try folders.fingerprint(), checkedAt: clock.now()))
    }

    /// The current keys. Folders that have become unreadable keep the last good ones in use.
    private var keys: JWSKeys {
        let now = clock.now()
        return loaded.withLock { state in
            guard abs(now.timeIntervalSince(state.checkedAt)) >= interval else { return state.keys }
            state.checkedAt = now
            do {
                let fingerprint = try folders.fingerprint()
                if fingerprint != state.fingerprint {
                    state.keys = try folders.load()
                    state.fingerprint = fingerprint
                    logger.info("JWS keys read again", metadata: ["folder": "\(folders.publicFolder)"])
                }
            } catch {
                logger.error(
                    "JWS keys cannot be read again; the last good ones stay in use",
                    metadata: ["folder": "\(folders.publicFolder)", "error": "\(error)"])
            }
            return state.keys
        }
    }

    package func seal(_ payload: TokenPayload, at time: Date) throws -> String {
        let head = Base64URL.encode(Array(#"{"alg":"ES256","typ":"JWT"}"#.utf8), padded: false)
        let claims = JSONValue.object(payload.claims(issuedAt: time)).jsonText
        let signed = "\(head).\(Base64URL.encode(Array(claims.utf8), padded: false))"
        let signature = try keys.signing.signature(for: Array(signed.utf8))
        return "\(signed).\(Base64URL.encode(Array(signature.rawRepresentation), padded: false))"
    }

    package func open(_ text: String) -> (payload: TokenPayload, issuedAt: Date)? {
        guard text.utf8.count <= Self.maximumLength else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        // What is not signed decides nothing: of the header only that it asks for the one way there is.
        guard parts.count == 3, let head = Self.json(parts[0]), head["alg"] == "ES256", head["crit"] == nil,
            let bytes = Base64URL.decode(String(parts[2])), bytes.count == 64,
            isSigned(Array("\(parts[0]).\(parts[1])".utf8), bytes), let claims = Self.json(parts[1])
        else { return nil }
        return TokenPayload.read(claims)
    }

    /// Claims have whole seconds.
    package func kept(_ end: Date) -> Date {
        Date(timeIntervalSince1970: end.timeIntervalSince1970.rounded(.down))
    }

    private func isSigned(_ text: [UInt8], _ bytes: [UInt8]) -> Bool {
        do {
            let signature = try P256.Signing.ECDSASignature(rawRepresentation: bytes)
            return keys.verifying.contains { $0.isValidSignature(signature, for: text) }
        } catch {
            return false
        }
    }

    private static func json(_ part: Substring) -> JSONValue? {
        guard let bytes = Base64URL.decode(String(part)) else { return nil }
        do { return try JSONValue.parse(bytes) } catch { return nil }
    }
}
