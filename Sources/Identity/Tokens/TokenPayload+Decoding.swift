import Core
import FoundationEssentials

extension TokenPayload {
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
            let user = PackedID.unpacked(items[1]), case .integer(let bits) = items[2]
        else { return nil }
        let methods = AuthMethods(rawValue: bits)
        guard !methods.hasUnknown, let (scope, federation, rest) = Self.scope(version, items),
            let expires = PackedID.time(items[rest]), let auditIDs = Self.auditIDs(items[rest + 1])
        else { return nil }
        self.init(
            user: UserID(user), methods: methods, scope: scope, expiresAt: expires, auditIDs: auditIDs,
            federation: federation)
    }

    private static func auditIDs(_ value: MessagePack) -> [String]? {
        guard case .array(let audits) = value, !audits.isEmpty else { return nil }
        var ids: [String] = []
        for audit in audits {
            guard case .bytes(let bytes) = audit else { return nil }
            ids.append(TokenText.encode(bytes, padded: false))
        }
        return ids
    }

    /// What the layout of that version says, and where its time of expiry is.
    private static func scope(_ version: Int64, _ items: [MessagePack]) -> (Scope, Federation?, Int)? {
        switch (version, items.count) {
        case (0, 5): return (.unscoped, nil, 3)
        case (1, 6): return PackedID.unbare(items[3]).map { (.domain(DomainID($0)), nil, 4) }
        case (2, 6): return PackedID.unpacked(items[3]).map { (.project(ProjectID($0)), nil, 4) }
        case (3, 7):
            guard let trust = PackedID.unbare(items[6]) else { return nil }
            return (.trust(TrustID(trust), project: PackedID.unpacked(items[3]).map { ProjectID($0) }), nil, 4)
        case (4, 8): return federation(items[3...5]).map { (.unscoped, $0, 6) }
        case (5, 9), (6, 9):
            guard let id = PackedID.unpacked(items[3]), let federation = federation(items[4...6]) else { return nil }
            return (version == 5 ? .project(ProjectID(id)) : .domain(DomainID(id)), federation, 7)
        case (7, 7):
            guard let project = PackedID.unpacked(items[3]), let token = PackedID.unpacked(items[4]) else { return nil }
            return (.oauth(OAuthAccessTokenID(token), project: ProjectID(project)), nil, 5)
        case (8, 6):
            guard items[3] == .string("all") || items[3] == .bytes(Array("all".utf8)) else { return nil }
            return (.system, nil, 4)
        case (9, 7):
            guard let project = PackedID.unpacked(items[3]), let credential = PackedID.unpacked(items[6])
            else { return nil }
            return (
                .applicationCredential(ApplicationCredentialID(credential), project: ProjectID(project)), nil, 4
            )
        default: return nil
        }
    }

    private static func federation(_ items: ArraySlice<MessagePack>) -> Federation? {
        guard let first = items.first, case .array(let packed) = first,
            let provider = PackedID.unpacked(items[items.startIndex + 1]),
            let protocolID = PackedID.unbare(items[items.startIndex + 2])
        else { return nil }
        let groups = packed.compactMap { PackedID.unpacked($0) }
        guard groups.count == packed.count else { return nil }
        return Federation(
            identityProvider: IdentityProviderID(provider), protocolID: FederationProtocolID(protocolID),
            groups: groups.map { GroupID($0) })
    }
}
