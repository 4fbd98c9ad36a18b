import Core
import Database
import FoundationEssentials

extension AuthenticationService {
    /// A user of an identity provider: the assertion goes through the protocol's mapping, and who is not there yet is
    /// made, with the projects that the mapping gives.
    func check(
        _ request: AuthRequest.Mapped, _ evidence: AuthEvidence, _ context: inout AuthContext
    ) async throws {
        let login = try await mappedLogin(request, evidence)
        if login.identity.isLocal { return try await checkLocal(login.identity, request.method, &context) }
        let found = try await take(login)
        if let event = found.event { await env.announce(event) }
        try context.add(found.user, request.method)
        context.federation = TokenPayload.Federation(
            identityProvider: login.provider.id, protocolID: login.way.id, groups: found.groups.sorted())
    }

    private func take(_ login: FederatedUsers.Login) async throws -> FederatedUsers.Taken {
        func attempt() async throws -> FederatedUsers.Taken {
            try await env.database.transaction("shadow federated user") { [env] tx in
                try FederatedUsers(env: env).take(login, at: env.clock.now(), tx)
            }
        }
        do {
            return try await attempt()
        } catch let error as ServiceError where error.duplicateKey != nil {
            // Another first login of the same user has made it, or a project of the mapping, meanwhile.
            return try await attempt()
        }
    }

    private func mappedLogin(
        _ request: AuthRequest.Mapped, _ evidence: AuthEvidence
    ) async throws -> FederatedUsers.Login {
        let read = try await env.database.read("find identity provider") { tx in
            guard let provider = try IdentityProviderStore.find(request.identityProvider, tx) else {
                throw IdentityProviderService.missing(request.identityProvider)
            }
            guard let way = try IdentityProviderStore.find(request.protocolID, of: request.identityProvider, tx),
                let mapping = try FederationStore.mapping(way.mappingID, tx)
            else { throw IdentityProviderService.missing(request.protocolID, of: request.identityProvider) }
            return (provider: provider, way: way, mapping: mapping)
        }
        guard read.provider.isEnabled else {
            throw ServiceError(.forbidden, "Identity Provider \(read.provider.id) is disabled")
        }
        guard !evidence.assertion.isEmpty else {
            throw ServiceError.unauthenticated("no assertion from a trusted proxy")
        }
        try checkProvider(read.provider, read.way, evidence.assertion)
        do {
            var identity = try MappingRules(read.mapping).identity(of: evidence.assertion)
            if identity.userName == nil, identity.userID == nil { identity.userName = evidence.remoteUser }
            return FederatedUsers.Login(
                provider: read.provider, way: read.way, mapping: read.mapping, identity: identity)
        } catch {
            throw ServiceError.unauthenticated("mapping \(read.mapping.id): \(error.reason)")
        }
    }

    /// The assertion must come from this provider, where it is known how they say so.
    private func checkProvider(
        _ provider: IdentityProvider, _ way: FederationProtocol, _ assertion: [String: String]
    ) throws {
        guard let attribute = way.remoteIDAttribute ?? env.federation.remoteIDAttribute, !attribute.isEmpty,
            !provider.remoteIDs.isEmpty
        else { return }
        guard let named = assertion[attribute] else {
            throw ServiceError(.badRequest, "Could not find Identity Provider identifier in environment")
        }
        guard provider.remoteIDs.contains(named) else {
            throw ServiceError(
                .forbidden, "Incoming identity provider identifier not included among the accepted identifiers.")
        }
    }

    /// The mapping says that the user is one of ours.
    private func checkLocal(
        _ identity: MappedIdentity, _ method: AuthMethods, _ context: inout AuthContext
    ) async throws {
        let account = try await account(
            AuthRequest.Reference(
                id: identity.userID, name: identity.userName, domainID: identity.userDomain?.id.map { DomainID($0) },
                domainName: identity.userDomain?.name))
        guard let account, account.isEnabled else { throw ServiceError.unauthenticated("no such local user") }
        try context.add(account.user.id, method)
        context.account = (account.user, account.domain)
    }
}
