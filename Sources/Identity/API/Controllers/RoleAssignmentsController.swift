import Core
import HTTPTypes
import WebAPI

/// `GET /v3/role_assignments`.
struct RoleAssignmentsController {
    let assignments: AssignmentService

    var operations: [Operation] {
        [Operation(.get, "/role_assignments", handler: list)]
    }

    @Sendable private func list(_ request: APIRequest) async throws -> APIResponse {
        var filter = try Self.filter(request)
        filter.includesSubtree = request.flag("include_subtree") ?? false
        var target: [String: String?] = [:]
        let own = request.context.domainID
        if let own { target["target.domain_id"] = own.rawValue }
        if filter.includesSubtree {
            guard case .project(let id)? = filter.target else {
                throw ServiceError(
                    .badRequest, "scope.project.id must be specified if include_subtree is also specified")
            }
            let project = try await assignments.project(id)
            if let domain = project?.domainID { target["target.domain_id"] = domain.rawValue }
            try request.enforce(IdentityPolicies.listRoleAssignmentsForTree, target)
        } else {
            try request.enforce(IdentityPolicies.listRoleAssignments, target)
        }
        let (lines, names) = try await assignments.list(
            filter, withNames: request.flag("include_names") ?? false, onlyIn: own)
        let view = RoleAssignmentView(base: request.baseURL, names: names)
        return View(request).collection("role_assignments", lines) { view.write($1, &$0) }
    }

    private static func filter(_ request: APIRequest) throws -> AssignmentFilter {
        let query = request.query
        let user = query.first("user.id").map { RoleActor.user(UserID($0)) }
        let group = query.first("group.id").map { RoleActor.group(GroupID($0)) }
        let project = query.first("scope.project.id").map { RoleTarget.project(ProjectID($0)) }
        let domain = query.first("scope.domain.id").map { RoleTarget.domain(DomainID($0)) }
        let system = query.has("scope.system") ? RoleTarget.system : nil
        guard user == nil || group == nil else {
            throw ServiceError(.badRequest, "Specify a user or group, not both")
        }
        guard [project, domain, system].compactMap(\.self).count <= 1 else {
            throw ServiceError(.badRequest, "Specify a domain, a project or the system, only one of them")
        }
        var filter = AssignmentFilter()
        filter.actor = user ?? group
        filter.target = project ?? domain ?? system
        filter.role = query.first("role.id").map { RoleID($0) }
        filter.isEffective = request.flag("effective") ?? false
        filter.isInherited = query.first("scope.OS-INHERIT:inherited_to").map { $0 == "projects" }
        if filter.isEffective {
            guard group == nil else {
                throw ServiceError(
                    .badRequest, "Combining effective and group filter will always result in an empty list.")
            }
            guard filter.isInherited != true || domain == nil else {
                throw ServiceError(
                    .badRequest,
                    "Combining effective, domain and inherited filters will always result in an empty list.")
            }
        }
        return filter
    }
}
