import Core
import FoundationEssentials

/// A payload as the claims of Keystone's JSON Web Tokens.
extension TokenPayload {
    func claims(issuedAt: Date) -> [String: JSONValue] {
        var claims: [String: JSONValue] = [
            "sub": .string(user.rawValue), "iat": .integer(Int64(issuedAt.timeIntervalSince1970)),
            "exp": .integer(Int64(expiresAt.timeIntervalSince1970)),
            "openstack_methods": .array(methods.names.map { .string($0) }),
            "openstack_audit_ids": .array(auditIDs.map { .string($0) }),
        ]
        switch scope {
        case .unscoped: break
        case .system: claims["openstack_system"] = "all"
        case .domain(let id): claims["openstack_domain_id"] = .string(id.rawValue)
        case .project(let id): claims["openstack_project_id"] = .string(id.rawValue)
        case .trust(let id, let project):
            claims["openstack_trust_id"] = .string(id.rawValue)
            if let project { claims["openstack_project_id"] = .string(project.rawValue) }
        case .applicationCredential(let id, let project):
            claims["openstack_app_cred_id"] = .string(id.rawValue)
            claims["openstack_project_id"] = .string(project.rawValue)
        case .oauth(let id, let project):
            claims["openstack_access_token_id"] = .string(id.rawValue)
            claims["openstack_project_id"] = .string(project.rawValue)
        }
        if let federation {
            claims["openstack_group_ids"] = .array(federation.groups.map { ["id": .string($0.rawValue)] })
            claims["openstack_idp_id"] = .string(federation.identityProvider.rawValue)
            claims["openstack_protocol_id"] = .string(federation.protocolID.rawValue)
        }
        return claims
    }

    /// Nil for claims that this service does not make.
    static func read(_ claims: JSONValue) -> (payload: TokenPayload, issuedAt: Date)? {
        guard let user = claims["sub"]?.string, let issued = claims["iat"]?.int, let end = claims["exp"]?.int,
            let names = texts(claims["openstack_methods"]), let audits = texts(claims["openstack_audit_ids"]),
            !audits.isEmpty, claims["openstack_thumbprint"] == nil
        else { return nil }
        let methods = AuthMethods(names: names)
        // A method that is not known must not be taken for none.
        guard methods.names.count == Set(names).count, let scope = scope(claims) else { return nil }
        let payload = TokenPayload(
            user: UserID(user), methods: methods, scope: scope,
            expiresAt: Date(timeIntervalSince1970: Double(end)), auditIDs: audits, federation: federation(claims))
        return (payload, Date(timeIntervalSince1970: Double(issued)))
    }

    private static func texts(_ value: JSONValue?) -> [String]? {
        guard let items = value?.array else { return nil }
        let texts = items.compactMap(\.string)
        return texts.count == items.count ? texts : nil
    }

    /// Of several scopes none is the right one.
    private static func scope(_ claims: JSONValue) -> Scope? {
        let project = claims["openstack_project_id"]?.string.map { ProjectID($0) }
        let system = claims["openstack_system"]?.string
        let domain = claims["openstack_domain_id"]?.string
        let narrow = ["openstack_trust_id", "openstack_app_cred_id", "openstack_access_token_id"]
            .filter { claims[$0] != nil }
        guard [system != nil, domain != nil, project != nil || !narrow.isEmpty].count(where: { $0 }) <= 1,
            narrow.count <= 1
        else { return nil }
        if let system { return system == "all" ? .system : nil }
        if let domain { return .domain(DomainID(domain)) }
        guard let key = narrow.first else { return project.map { .project($0) } ?? .unscoped }
        guard let id = claims[key]?.string else { return nil }
        switch key {
        case "openstack_trust_id": return .trust(TrustID(id), project: project)
        case "openstack_app_cred_id":
            return project.map { .applicationCredential(ApplicationCredentialID(id), project: $0) }
        default: return project.map { .oauth(OAuthAccessTokenID(id), project: $0) }
        }
    }

    private static func federation(_ claims: JSONValue) -> Federation? {
        guard let provider = claims["openstack_idp_id"]?.string, let way = claims["openstack_protocol_id"]?.string
        else {
            return nil
        }
        let groups = (claims["openstack_group_ids"]?.array ?? []).compactMap { $0["id"]?.string ?? $0.string }
        return Federation(
            identityProvider: IdentityProviderID(provider), protocolID: FederationProtocolID(way),
            groups: groups.map { GroupID($0) })
    }
}
