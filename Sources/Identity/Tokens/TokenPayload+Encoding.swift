import Core
import FoundationEssentials

/// Keystone's payload layouts, by version number: a MessagePack array that starts with the version.
///
/// 0 unscoped, 1 domain, 2 project, 3 trust, 4 federated, 5 federated in a project, 6 federated in a domain, 7 OAuth 1,
/// 8 system, 9 application credential. OAuth 2's (10), bound to a certificate, is not issued and not accepted.
extension TokenPayload {
    package func encoded() -> [UInt8] {
        MessagePack.array(federation.flatMap(federatedItems) ?? items).encoded
    }

    private var head: [MessagePack] { [PackedID.packed(user.rawValue), .integer(methods.rawValue)] }

    private var tail: [MessagePack] {
        [
            .double(expiresAt.timeIntervalSince1970),
            .array(auditIDs.map { .bytes(TokenText.decode($0) ?? Array($0.utf8)) }),
        ]
    }

    private var items: [MessagePack] {
        switch scope {
        case .unscoped: [.integer(0)] + head + tail
        // A domain's id stands without the pair that says whether it is packed.
        case .domain(let domain): [.integer(1)] + head + [PackedID.bare(domain.rawValue)] + tail
        case .project(let project): [.integer(2)] + head + [PackedID.packed(project.rawValue)] + tail
        case .trust(let trust, let project):
            [.integer(3)] + head + [project.map { PackedID.packed($0.rawValue) } ?? .array([.bool(false), .null])]
                + tail + [PackedID.bare(trust.rawValue)]
        case .oauth(let token, let project):
            [.integer(7)] + head + [PackedID.packed(project.rawValue), PackedID.packed(token.rawValue)] + tail
        case .system: [.integer(8)] + head + [.string("all")] + tail
        case .applicationCredential(let credential, let project):
            [.integer(9)] + head + [PackedID.packed(project.rawValue)] + tail
                + [PackedID.packed(credential.rawValue)]
        }
    }

    /// Nil for scopes whose layout has no place for it.
    private func federatedItems(_ federation: Federation) -> [MessagePack]? {
        let facts: [MessagePack] = [
            .array(federation.groups.map { PackedID.packed($0.rawValue) }),
            PackedID.packed(federation.identityProvider.rawValue), .string(federation.protocolID.rawValue),
        ]
        return switch scope {
        case .unscoped: [.integer(4)] + head + facts + tail
        case .project(let id): [.integer(5)] + head + [PackedID.packed(id.rawValue)] + facts + tail
        case .domain(let id): [.integer(6)] + head + [PackedID.packed(id.rawValue)] + facts + tail
        default: nil
        }
    }
}
