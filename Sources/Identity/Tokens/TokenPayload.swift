package import Core
package import FoundationEssentials

/// What a token says, before anything is looked up.
package struct TokenPayload: Sendable, Hashable {
    /// What the token gives access to.
    package enum Scope: Sendable, Hashable {
        case unscoped
        case domain(DomainID)
        case project(ProjectID)
        case system
        case trust(TrustID, project: ProjectID?)
        case applicationCredential(ApplicationCredentialID, project: ProjectID)
    }

    package var user: UserID
    package var methods: AuthMethods
    package var scope: Scope
    package var expiresAt: Date
    /// This token's own audit id first, then that of the first token in its chain.
    package var auditIDs: [String]

    package init(user: UserID, methods: AuthMethods, scope: Scope, expiresAt: Date, auditIDs: [String]) {
        self.user = user
        self.methods = methods
        self.scope = scope
        self.expiresAt = expiresAt
        self.auditIDs = auditIDs
    }
}

/// Keystone's payload layouts, by version number: a MessagePack array that starts with the version.
///
/// 0 unscoped, 1 domain, 2 project, 3 trust, 8 system, 9 application credential. The federated (4–6),
/// OAuth (7, 10) ones are not issued and not accepted.
extension TokenPayload {
    package func encoded() -> [UInt8] {
        let user = Self.packed(self.user.rawValue)
        let methods = MessagePack.integer(self.methods.rawValue)
        let expires = MessagePack.double(expiresAt.timeIntervalSince1970)
        let audits = MessagePack.array(auditIDs.map { .bytes(TokenText.decode($0) ?? Array($0.utf8)) })
        let items: [MessagePack] =
            switch scope {
            case .unscoped:
                [.integer(0), user, methods, expires, audits]
            case .domain(let domain):
                // A domain's id stands without the pair that says whether it is packed.
                [.integer(1), user, methods, Self.bare(domain.rawValue), expires, audits]
            case .project(let project):
                [.integer(2), user, methods, Self.packed(project.rawValue), expires, audits]
            case .trust(let trust, let project):
                [
                    .integer(3), user, methods, project.map { Self.packed($0.rawValue) } ?? .array([.bool(false), .null]),
                    expires, audits, Self.bare(trust.rawValue),
                ]
            case .system:
                [.integer(8), user, methods, .string("all"), expires, audits]
            case .applicationCredential(let credential, let project):
                [
                    .integer(9), user, methods, Self.packed(project.rawValue), expires, audits,
                    Self.packed(credential.rawValue),
                ]
            }
        return MessagePack.array(items).encoded
    }

    /// Nil for what is not a payload that this service issues.
    package init?(decoding bytes: [UInt8]) {
        let items: [MessagePack]
        do {
            guard case .array(let array) = try MessagePack(decoding: bytes) else { return nil }
            items = array
        } catch {
            return nil
        }
        guard case .integer(let version)? = items.first, items.count >= 5,
            let user = Self.unpacked(items[1]), case .integer(let methods) = items[2]
        else { return nil }
        let scope: Scope
        var rest = 4
        switch (version, items.count) {
        case (0, 5):
            scope = .unscoped
            rest = 3
        case (1, 6):
            guard let domain = Self.unbare(items[3]) else { return nil }
            scope = .domain(DomainID(domain))
        case (2, 6):
            guard let project = Self.unpacked(items[3]) else { return nil }
            scope = .project(ProjectID(project))
        case (3, 7):
            guard let trust = Self.unbare(items[6]) else { return nil }
            scope = .trust(TrustID(trust), project: Self.unpacked(items[3]).map { ProjectID($0) })
        case (8, 6):
            guard items[3] == .string("all") || items[3] == .bytes(Array("all".utf8)) else { return nil }
            scope = .system
        case (9, 7):
            guard let project = Self.unpacked(items[3]), let credential = Self.unpacked(items[6]) else { return nil }
            scope = .applicationCredential(ApplicationCredentialID(credential), project: ProjectID(project))
        default: return nil
        }
        guard let expires = Self.time(items[rest]), case .array(let audits) = items[rest + 1] else { return nil }
        var auditIDs: [String] = []
        for audit in audits {
            guard case .bytes(let bytes) = audit else { return nil }
            auditIDs.append(TokenText.encode(bytes, padded: false))
        }
        guard !auditIDs.isEmpty else { return nil }
        self.init(
            user: UserID(user), methods: AuthMethods(rawValue: methods), scope: scope, expiresAt: expires,
            auditIDs: auditIDs)
    }

    // MARK: Ids

    /// A pair of "is packed" and the id: 16 bytes where it is 32 hexadecimal digits, else its text.
    private static func packed(_ id: String) -> MessagePack {
        if let bytes = uuidBytes(id) { return .array([.bool(true), .bytes(bytes)]) }
        return .array([.bool(false), .string(id)])
    }

    private static func bare(_ id: String) -> MessagePack {
        uuidBytes(id).map { .bytes($0) } ?? .string(id)
    }

    private static func unpacked(_ value: MessagePack) -> String? {
        guard case .array(let pair) = value, pair.count == 2, case .bool(let isPacked) = pair[0] else { return nil }
        switch (isPacked, pair[1]) {
        case (true, .bytes(let bytes)) where bytes.count == 16: return hex(bytes)
        case (false, .string(let text)): return text
        case (false, .bytes(let bytes)): return String(validating: bytes, as: UTF8.self)
        default: return nil
        }
    }

    private static func unbare(_ value: MessagePack) -> String? {
        switch value {
        case .bytes(let bytes) where bytes.count == 16: hex(bytes)
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        case .string(let text): text
        default: nil
        }
    }

    private static func time(_ value: MessagePack) -> Date? {
        switch value {
        case .double(let seconds) where seconds.isFinite: Date(timeIntervalSince1970: seconds)
        case .integer(let seconds): Date(timeIntervalSince1970: Double(seconds))
        default: nil
        }
    }

    /// Only the form that comes back the same: 32 lower-case digits without dashes.
    private static func uuidBytes(_ id: String) -> [UInt8]? {
        let digits = Array(id.utf8)
        guard digits.count == 32 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 32, by: 2) {
            guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
