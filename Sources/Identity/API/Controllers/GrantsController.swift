import Core
import HTTPTypes
import WebAPI

/// Roles of users and groups on projects, domains and the system, inherited ones included.
struct GrantsController {
    let assignments: AssignmentService

    /// Every grant route is one of two actors on one of two targets, plain or inherited.
    var operations: [Operation] {
        var all: [Operation] = systemOperations
        for target in ["/projects/{project_id}", "/domains/{domain_id}"] {
            for actor in ["/users/{user_id}", "/groups/{group_id}"] {
                all += grantOperations("\(target)\(actor)/roles", suffix: "", isInherited: false)
                all += grantOperations(
                    "/OS-INHERIT\(target)\(actor)/roles", suffix: "/inherited_to_projects", isInherited: true)
            }
        }
        return all
    }

    private func grantOperations(_ path: String, suffix: String, isInherited: Bool) -> [Operation] {
        [
            Operation(.get, path + suffix) { request in
                let (actor, target) = try parties(request)
                _ = try await enforced(IdentityPolicies.listGrants, request, role: nil)
                let view = View(request)
                let roles = try await assignments.granted(to: actor, at: target, isInherited: isInherited)
                return view.collection("roles", roles) { view.write($1, &$0) }
            },
            Operation(.put, "\(path)/{role_id}\(suffix)", success: .noContent) { request in
                try await assignments.grant(
                    try await assignment(IdentityPolicies.createGrant, request, isInherited), request.context)
                return .empty()
            },
            Operation(.get, "\(path)/{role_id}\(suffix)", success: .noContent) { request in
                try await assignments.check(try await assignment(IdentityPolicies.checkGrant, request, isInherited))
                return .empty()
            },
            Operation(.delete, "\(path)/{role_id}\(suffix)", success: .noContent) { request in
                try await assignments.revoke(
                    try await assignment(IdentityPolicies.revokeGrant, request, isInherited), request.context)
                return .empty()
            },
        ]
    }

    private func parties(_ request: APIRequest) throws -> (RoleActor, RoleTarget) {
        let parameters = request.parameters
        let actor: RoleActor =
            if let user = parameters["user_id"] { .user(UserID(user)) } else {
                .group(try request.id("group_id"))
            }
        if let project = parameters["project_id"] { return (actor, .project(ProjectID(project))) }
        if let domain = parameters["domain_id"] { return (actor, .domain(DomainID(domain))) }
        return (actor, .system)
    }

    private func assignment(
        _ rule: PolicyRule, _ request: APIRequest, _ isInherited: Bool
    ) async throws -> RoleAssignment {
        let (actor, target) = try parties(request)
        let role: RoleID = try request.id("role_id")
        _ = try await enforced(rule, request, role: role)
        return RoleAssignment(actor: actor, target: target, role: role, isInherited: isInherited)
    }

    /// Checks the rule against all parties before telling that one of them does not exist.
    private func enforced(
        _ rule: PolicyRule, _ request: APIRequest, role: RoleID?
    ) async throws -> AssignmentService.Parties {
        let (actor, target) = try parties(request)
        let parties = try await assignments.parties(actor, target, role)
        var attributes: [String: String?] = [:]
        if let user = parties.user { attributes.merge(UsersController.policyTarget(user)) { _, new in new } }
        if let group = parties.group { attributes["target.group.domain_id"] = group.domainID.rawValue }
        if let project = parties.project, let domain = project.domainID {
            attributes["target.project.domain_id"] = domain.rawValue
            attributes["target.project.id"] = project.id.rawValue
        }
        if let domain = parties.domain { attributes["target.domain.id"] = domain.id.rawValue }
        if let role = parties.role {
            attributes["target.role.name"] = role.name
            // A global role's domain reads `None`, which the rules ask for.
            attributes.updateValue(role.domainID?.rawValue, forKey: "target.role.domain_id")
        }
        try request.enforce(rule, attributes)
        switch actor {
        case .user(let id): guard parties.user != nil else { throw NotFound.user(id) }
        case .group(let id): guard parties.group != nil else { throw NotFound.group(id) }
        }
        switch target {
        case .project(let id): guard parties.project != nil else { throw NotFound.project(id) }
        case .domain(let id): guard parties.domain != nil else { throw NotFound.domain(id) }
        case .system: break
        }
        if let role, parties.role == nil { throw NotFound.role(role) }
        return parties
    }

    // MARK: System

    private var systemOperations: [Operation] {
        typealias Rules = IdentityPolicies
        return systemOperations(
            "/system/users/{user_id}/roles", list: Rules.listSystemGrantsForUser,
            create: Rules.createSystemGrantForUser, check: Rules.checkSystemGrantForUser,
            revoke: Rules.revokeSystemGrantForUser)
            + systemOperations(
                "/system/groups/{group_id}/roles", list: Rules.listSystemGrantsForGroup,
                create: Rules.createSystemGrantForGroup, check: Rules.checkSystemGrantForGroup,
                revoke: Rules.revokeSystemGrantForGroup)
    }

    private func systemOperations(
        _ path: String, list: PolicyRule, create: PolicyRule, check: PolicyRule, revoke: PolicyRule
    ) -> [Operation] {
        [
            Operation(.get, path) { request in
                _ = try await enforced(list, request, role: nil)
                let (actor, target) = try parties(request)
                let view = View(request)
                let roles = try await assignments.granted(to: actor, at: target, isInherited: false)
                return view.collection("roles", roles) { view.write($1, &$0) }
            },
            Operation(.put, path + "/{role_id}", success: .noContent) { request in
                try await assignments.grant(try await assignment(create, request, false), request.context)
                return .empty()
            },
            Operation(.get, path + "/{role_id}", success: .noContent) { request in
                try await assignments.check(try await assignment(check, request, false))
                return .empty()
            },
            Operation(.delete, path + "/{role_id}", success: .noContent) { request in
                try await assignments.revoke(try await assignment(revoke, request, false), request.context)
                return .empty()
            },
        ]
    }
}
