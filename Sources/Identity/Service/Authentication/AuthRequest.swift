package import Core

/// The body of `POST /v3/auth/tokens`, read.
package struct AuthRequest: Sendable {
    /// Something named by its id, or by its name within a domain.
    package struct Reference: Sendable {
        package var id: String?
        package var name: String?
        package var domainID: DomainID?
        package var domainName: String?
    }

    package enum Scope: Sendable {
        case project(Reference)
        case domain(Reference)
        case system
        case trust(TrustID)
        case unscoped
    }

    package struct Password: Sendable {
        package var user: Reference
        package var password: String
    }

    /// A one-time passcode.
    package struct Passcode: Sendable {
        package var user: Reference
        package var passcode: String
    }

    /// A user of an identity provider, by the assertion that came with the request.
    package struct Mapped: Sendable {
        package var identityProvider: IdentityProviderID
        package var protocolID: FederationProtocolID
        package var method: AuthMethods
    }

    package struct ApplicationCredential: Sendable {
        package var id: ApplicationCredentialID?
        package var name: String?
        package var user: Reference?
        package var secret: String
    }

    package var methods: [String]
    package var password: Password?
    package var token: String?
    package var applicationCredential: ApplicationCredential?
    package var passcode: Passcode?
    package var mapped: Mapped?
    package var isExternal = false
    package var isOAuth = false
    package var scope: Scope?
}

extension AuthRequest {
    /// What a user of an identity provider asks who comes through a proxy's login page.
    package init(_ mapped: Mapped) {
        self.init(methods: mapped.method.names, mapped: mapped, scope: .unscoped)
    }
}

extension AuthRequest {
    /// Reads the `auth` member, whose shape the schema has checked.
    /// - Throws: 400 where members are missing, 401 for methods that do not exist.
    package init(_ auth: JSONValue) throws {
        let identity = auth["identity"] ?? .null
        self.init(methods: [])
        for method in identity["methods"]?.array?.compactMap(\.string) ?? [] where !methods.contains(method) {
            methods.append(method)
        }
        guard !methods.isEmpty else { throw Self.missing("methods", in: "identity") }
        for method in methods {
            guard let known = AuthMethods(name: method), known != .ec2Credential else {
                throw AuthMethods.unsupported
            }
            guard known == .external || identity[method]?.object != nil else {
                throw Self.missing(method, in: "identity")
            }
        }
        isExternal = methods.contains("external")
        isOAuth = methods.contains("oauth1")
        if methods.contains("totp") { passcode = try Self.passcode(identity["totp"] ?? .null) }
        for method in ["mapped", "openid", "saml2"] where methods.contains(method) {
            // An identity provider's token can be shown where its assertion would be.
            if let id = identity[method]?["id"]?.string {
                token = id
            } else {
                mapped = try Self.mapped(identity[method] ?? .null, AuthMethods(name: method) ?? .mapped)
            }
        }
        if methods.contains("password") { password = try Self.password(identity["password"] ?? .null) }
        if methods.contains("token") {
            guard let id = identity["token"]?["id"]?.string else { throw Self.missing("id", in: "token") }
            token = id
        }
        if methods.contains("application_credential") {
            applicationCredential = try Self.credential(identity["application_credential"] ?? .null)
        }
        scope = try auth["scope"].map(Self.scope)
    }

    private static func missing(_ attribute: String, in target: String) -> ServiceError {
        ServiceError(
            .badRequest,
            "Expecting to find \(attribute) in \(target). The server could not comply with the request since it is "
                + "either malformed or otherwise incorrect. The client is assumed to be in error.")
    }

    private static func password(_ value: JSONValue) throws -> Password {
        guard let user = value["user"], user.object != nil else { throw missing("user", in: "password") }
        guard let password = user["password"]?.string else { throw missing("password", in: "user") }
        let reference = try Self.reference(user, "user", needsDomain: true)
        return Password(user: reference, password: password)
    }

    private static func passcode(_ value: JSONValue) throws -> Passcode {
        guard let user = value["user"], user.object != nil else { throw missing("user", in: "totp") }
        guard let passcode = user["passcode"]?.string else { throw missing("passcode", in: "user") }
        return Passcode(user: try reference(user, "user", needsDomain: true), passcode: passcode)
    }

    private static func mapped(_ value: JSONValue, _ method: AuthMethods) throws -> Mapped {
        guard let provider = value["identity_provider"]?.string else {
            throw missing("identity_provider", in: "mapped")
        }
        guard let protocolID = value["protocol"]?.string else { throw missing("protocol", in: "mapped") }
        return Mapped(
            identityProvider: IdentityProviderID(provider), protocolID: FederationProtocolID(protocolID),
            method: method)
    }

    private static func credential(_ value: JSONValue) throws -> ApplicationCredential {
        guard let secret = value["secret"]?.string else { throw missing("secret", in: "application credential") }
        let id = value["id"]?.string.map { ApplicationCredentialID($0) }
        var user: Reference?
        if id == nil {
            guard value["name"]?.string != nil else { throw missing("name or ID", in: "application credential") }
            guard let given = value["user"] else { throw missing("user", in: "application credential") }
            user = try reference(given, "user", needsDomain: true)
        }
        return ApplicationCredential(id: id, name: value["name"]?.string, user: user, secret: secret)
    }

    private static func reference(_ value: JSONValue, _ what: String, needsDomain: Bool) throws -> Reference {
        let reference = Reference(
            id: value["id"]?.string, name: value["name"]?.string,
            domainID: value["domain"]?["id"]?.string.map { DomainID($0) },
            domainName: value["domain"]?["name"]?.string)
        guard reference.id != nil || reference.name != nil else { throw missing("id or name", in: what) }
        if needsDomain, reference.id == nil, reference.domainID == nil, reference.domainName == nil {
            throw missing("domain", in: what)
        }
        return reference
    }

    private static func scope(_ value: JSONValue) throws -> Scope {
        if value.string == "unscoped" { return .unscoped }
        guard let members = value.object else { throw missing("project, domain, system or unscoped", in: "scope") }
        let known = ["project", "domain", "system", "unscoped", "OS-TRUST:trust"].filter { members[$0] != nil }
        guard known.count == 1, let kind = known.first, let body = members[kind] else {
            throw missing("system, project, domain, OS-TRUST:trust or unscoped", in: "scope")
        }
        switch kind {
        case "project": return .project(try reference(body, "project", needsDomain: true))
        case "domain": return .domain(try reference(body, "domain", needsDomain: false))
        case "system": return .system
        case "unscoped": return .unscoped
        default:
            guard let id = body["id"]?.string else { throw missing("id", in: "trust") }
            return .trust(TrustID(id))
        }
    }
}
