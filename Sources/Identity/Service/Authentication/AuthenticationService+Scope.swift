import Core
import Database
import FoundationEssentials

extension AuthenticationService {
    func scope(
        _ request: AuthRequest, _ user: UserID, _ context: inout AuthContext
    ) async throws -> TokenPayload.Scope {
        if let credential = context.credential {
            return .applicationCredential(credential.id, project: credential.projectID)
        }
        if let token = context.accessToken { return .oauth(token.id, project: token.projectID) }
        try Self.checkExchange(request.scope, context.exchangedScope)
        switch request.scope {
        case .unscoped: return .unscoped
        case .system: return .system
        case .trust(let id):
            let now = env.clock.now()
            let trust = try await env.database.read("find trust") { try TrustStore.find(id, at: now, $0) }
            guard let trust else { throw ServiceError.unauthenticated("no such trust") }
            guard trust.trustee == user else {
                throw ServiceError(.forbidden, "The user is not the trustee of the trust.")
            }
            return .trust(id, project: trust.projectID)
        case .domain(let reference):
            let found = try await env.database.read("find domain scope") { tx in
                if let name = reference.name { return try ProjectStore.find(named: name, in: nil, tx) }
                return try ProjectStore.findDomain(DomainID(reference.id ?? ""), tx)
            }
            guard let found else { throw ServiceError.unauthenticated("no such domain") }
            return .domain(found.asDomainID)
        case .project(let reference):
            let found = try await env.database.read("find project scope") { tx in
                try reference.project.flatMap { try ProjectStore.findWithDomain($0, tx) }
            }
            // Whoever names a project by its name has to name a domain that is in use.
            guard let found, reference.id != nil || found.domain.isEnabled else {
                throw ServiceError.unauthenticated("no such project")
            }
            context.known.project = found
            return .project(found.project.id)
        case nil:
            // A user of an identity provider first asks which projects there are.
            if context.federation != nil { return .unscoped }
            return try await defaultScope(user, &context)
        }
    }

    /// Whoever administers the whole system with a token does not get into a project with the same one.
    private static func checkExchange(_ wanted: AuthRequest.Scope?, _ held: TokenPayload.Scope?) throws {
        guard held == .system else { return }
        switch wanted {
        case .project, .domain:
            throw ServiceError(
                .forbidden,
                "You are not authorized to perform the requested action: Using a system-scoped token to create a "
                    + "project-scoped or domain-scoped token is not allowed.")
        default: return
        }
    }

    /// The user's default project, if it can be had; else no scope.
    private func defaultScope(_ user: UserID, _ context: inout AuthContext) async throws -> TokenPayload.Scope {
        guard let project = context.account?.user.defaultProjectID else { return .unscoped }
        let now = env.clock.now()
        let found = try await env.database.read("find default scope") { tx -> (project: Project, domain: Project)? in
            guard let found = try ProjectStore.findWithDomain(.id(project), tx), found.project.isEnabled,
                !(try AssignmentStore.roles(of: user, at: .project(project), asOf: now, tx)).isEmpty
            else { return nil }
            return found
        }
        guard let found else { return .unscoped }
        context.known.project = found
        return .project(project)
    }
}
