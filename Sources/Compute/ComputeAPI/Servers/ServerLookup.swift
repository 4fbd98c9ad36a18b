import ComputeModel
import ComputeStore
import Core
import WebAPI

extension ComputeEnvironment {
    /// A server that the caller may do something to. What it may not know of does not exist.
    func server(_ request: APIRequest, _ rule: PolicyRule, parameter: String = "id") async throws -> Server {
        let id = ServerID(try request.parameter(parameter))
        let missing = ServiceError(.notFound, "Instance \(id) could not be found.")
        guard isUUIDLike(id.rawValue), let server = try await ServerStore.find(id, in: database),
            server.deletedAt == nil, server.project == request.context.projectID || request.isAdmin
        else { throw missing }
        try request.authorize(rule, target: server.policyTarget)
        return server
    }
}

extension Server {
    var policyTarget: [String: String?] { ["project_id": project.rawValue, "user_id": user.rawValue] }
}

extension APIRequest {
    var isAdmin: Bool { isAllowed(ComputePolicy.isAdmin) }

    /// Whether the caller may act on locked servers.
    var overridesLock: Bool { isAllowed(ComputePolicy.serverUnlockOverride) }

    /// The caller's project and user.
    /// - Throws: 403 for a token without a project.
    func owner() throws -> (project: ProjectID, user: UserID) {
        guard let project = context.projectID, let user = context.userID else {
            throw ServiceError(.forbidden, "A token of a project is needed.")
        }
        return (project, user)
    }
}
