import Core
import HTTPTypes
import WebAPI

/// `/v3/groups` and their members.
struct GroupsController {
    let groups: GroupService
    let users: UserService

    var operations: [Operation] {
        [
            Operation(.get, "/groups", handler: list),
            Operation(.post, "/groups", body: IdentitySchemas.group.create, success: .created, handler: create),
            Operation(.get, "/groups/{group_id}", handler: show),
            Operation(.patch, "/groups/{group_id}", body: IdentitySchemas.group.update, handler: update),
            Operation(.delete, "/groups/{group_id}", success: .noContent) { request in
                try await groups.delete(try await target(request, IdentityPolicies.deleteGroup).id, request.context)
                return .empty()
            },
            Operation(.get, "/groups/{group_id}/users", handler: members),
            Operation(.put, "/groups/{group_id}/users/{user_id}", success: .noContent) { request in
                let (user, group) = try await membership(request, IdentityPolicies.addUserToGroup)
                try await groups.addMember(user, to: group, request.context)
                return .empty()
            },
            Operation(.get, "/groups/{group_id}/users/{user_id}", success: .noContent) { request in
                let (user, group) = try await membership(request, IdentityPolicies.checkUserInGroup)
                guard try await groups.hasMember(user, in: group) else {
                    throw ServiceError(.notFound, "User '\(user)' not found in group '\(group)'")
                }
                return .empty()
            },
            Operation(.delete, "/groups/{group_id}/users/{user_id}", success: .noContent) { request in
                let (user, group) = try await membership(request, IdentityPolicies.removeUserFromGroup)
                try await groups.removeMember(user, from: group, request.context)
                return .empty()
            },
        ]
    }

    private func target(_ request: APIRequest, _ rule: PolicyRule) async throws -> Group {
        let id: GroupID = try request.id("group_id")
        let group = try await groups.find(id)
        try request.enforce(rule, group.map { ["target.group.domain_id": $0.domainID.rawValue] } ?? [:])
        guard let group else { throw NotFound.group(id) }
        return group
    }

    private func membership(_ request: APIRequest, _ rule: PolicyRule) async throws -> (UserID, GroupID) {
        let groupID: GroupID = try request.id("group_id")
        let userID: UserID = try request.id("user_id")
        let group = try await groups.find(groupID)
        let user = try await users.find(userID)
        var target = user.map(UsersController.policyTarget) ?? [:]
        if let group { target["target.group.domain_id"] = group.domainID.rawValue }
        try request.enforce(rule, target)
        guard group != nil else { throw NotFound.group(groupID) }
        guard user != nil else { throw NotFound.user(userID) }
        return (userID, groupID)
    }

    @Sendable private func list(_ request: APIRequest) async throws -> APIResponse {
        let own = request.context.domainID
        try request.enforce(IdentityPolicies.listGroups, own.map { ["target.group.domain_id": $0.rawValue] } ?? [:])
        var filter = GroupFilter()
        filter.domainID = request.query.first("domain_id").map { DomainID($0) }
        let isElsewhere = own != nil && filter.domainID != nil && filter.domainID != own
        if let own { filter.domainID = own }
        filter.name = request.textFilters("name")
        filter.page = try request.page()
        let found = isElsewhere ? [] : try await groups.list(filter)
        let view = View(request)
        return view.collection("groups", found, page: filter.page, id: \.id.rawValue) { view.write($1, &$0) }
    }

    @Sendable private func create(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.member("group")
        let given = body["domain_id"]?.string.map { DomainID($0) }
        guard
            let domain = given ?? request.context.domainID ?? request.context.projectDomainID
                ?? request.context.userDomainID
        else { throw ServiceError(.badRequest, "A group needs a domain.") }
        try request.enforce(IdentityPolicies.createGroup, ["target.group.domain_id": domain.rawValue])
        let group = try await groups.create(
            Group(
                id: groups.env.newID(), domainID: domain, name: body["name"]?.string ?? "",
                description: body["description"]?.string ?? "", extra: body.extra(without: View.groupKeys)),
            request.context)
        let view = View(request)
        return view.member("group") { view.write(group, &$0) }
    }

    @Sendable private func show(_ request: APIRequest) async throws -> APIResponse {
        let group = try await target(request, IdentityPolicies.getGroup)
        let view = View(request)
        return view.member("group") { view.write(group, &$0) }
    }

    @Sendable private func update(_ request: APIRequest) async throws -> APIResponse {
        let id = try await target(request, IdentityPolicies.updateGroup).id
        let body = try request.member("group")
        let group = try await groups.update(id, request.context) { group in
            try request.checkUnchanged(body, id: id.rawValue, domain: group.domainID)
            if let name = body["name"]?.string { group.name = name }
            if let description = body["description"] { group.description = description.string ?? "" }
            group.extra.merge(body.extra(without: View.groupKeys)) { _, new in new }
        }
        let view = View(request)
        return view.member("group") { view.write(group, &$0) }
    }

    @Sendable private func members(_ request: APIRequest) async throws -> APIResponse {
        var filter = UserFilter()
        filter.groupID = try await target(request, IdentityPolicies.listUsersInGroup).id
        filter.name = request.textFilters("name")
        filter.isEnabled = request.flag("enabled")
        let view = View(request)
        return view.collection("users", try await users.list(filter)) { view.write($1, &$0) }
    }
}
