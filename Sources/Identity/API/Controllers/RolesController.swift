import Core
import HTTPTypes
import WebAPI

/// `/v3/roles`, implied roles and role inferences.
struct RolesController {
    let roles: RoleService

    var operations: [Operation] {
        [
            Operation(.get, "/roles", handler: list),
            Operation(.post, "/roles", body: IdentitySchemas.role.create, success: .created, handler: create),
            Operation(.get, "/roles/{role_id}") { request in
                let role = try await target(request, IdentityPolicies.getRole, IdentityPolicies.getDomainRole)
                let view = View(request)
                return view.member("role") { view.write(role, &$0) }
            },
            Operation(.patch, "/roles/{role_id}", body: IdentitySchemas.role.update, handler: update),
            Operation(.delete, "/roles/{role_id}", success: .noContent) { request in
                let role = try await target(request, IdentityPolicies.deleteRole, IdentityPolicies.deleteDomainRole)
                try await roles.delete(role.id, request.context)
                return .empty()
            },
            Operation(
                .get, "/roles/{role_id}/implies", policy: IdentityPolicies.listImpliedRoles, handler: impliedRoles),
            Operation(
                .put, "/roles/{role_id}/implies/{implied_role_id}", policy: IdentityPolicies.createImpliedRole,
                success: .created, handler: addImplied),
            Operation(
                .get, "/roles/{role_id}/implies/{implied_role_id}", policy: IdentityPolicies.getImpliedRole,
                handler: showImplied),
            Operation(
                .head, "/roles/{role_id}/implies/{implied_role_id}", policy: IdentityPolicies.checkImpliedRole,
                success: .noContent
            ) { request in
                _ = try await showImplied(request)
                return .empty()
            },
            Operation(
                .delete, "/roles/{role_id}/implies/{implied_role_id}", policy: IdentityPolicies.deleteImpliedRole,
                success: .noContent
            ) { request in
                try await roles.removeImplication(
                    try request.id("role_id"), try request.id("implied_role_id"), request.context)
                return .empty()
            },
            Operation(
                .get, "/role_inferences", policy: IdentityPolicies.listRoleInferenceRules, handler: inferences),
        ]
    }

    private func target(
        _ request: APIRequest, _ rule: PolicyRule, _ domainRule: PolicyRule
    ) async throws -> Role {
        let id: RoleID = try request.id("role_id")
        let role = try await roles.find(id)
        try request.enforce(
            role?.domainID == nil ? rule : domainRule, role.map { ["target.role.name": $0.name] } ?? [:])
        guard let role else { throw NotFound.role(id) }
        return role
    }

    @Sendable private func list(_ request: APIRequest) async throws -> APIResponse {
        var filter = RoleFilter()
        filter.domainID = request.query.first("domain_id").map { DomainID($0) }
        filter.name = request.textFilters("name")
        try request.enforce(filter.domainID == nil ? IdentityPolicies.listRoles : IdentityPolicies.listDomainRoles)
        let view = View(request)
        return view.collection("roles", try await roles.list(filter)) { view.write($1, &$0) }
    }

    @Sendable private func create(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.member("role")
        let domain = body["domain_id"]?.string.map { DomainID($0) }
        try request.enforce(domain == nil ? IdentityPolicies.createRole : IdentityPolicies.createDomainRole)
        let role = try await roles.create(
            Role(
                id: roles.env.newID(), domainID: domain, name: body["name"]?.string ?? "",
                description: body["description"]?.string,
                options: (body["options"]?.object ?? [:]).filter { !$0.value.isNull },
                extra: body.extra(without: View.roleKeys)), request.context)
        let view = View(request)
        return view.member("role") { view.write(role, &$0) }
    }

    @Sendable private func update(_ request: APIRequest) async throws -> APIResponse {
        let id = try await target(request, IdentityPolicies.updateRole, IdentityPolicies.updateDomainRole).id
        let body = try request.member("role")
        let role = try await roles.update(id, request.context) { role in
            if let domain = body["domain_id"], domain.string != role.domainID?.rawValue {
                throw ServiceError(.badRequest, "Update of `domain_id` is not allowed.")
            }
            if let name = body["name"]?.string { role.name = name }
            if let description = body["description"] { role.description = description.string }
            if let options = body["options"]?.object { role.options = role.options.applying(options) }
            role.extra.merge(body.extra(without: View.roleKeys)) { _, new in new }
        }
        let view = View(request)
        return view.member("role") { view.write(role, &$0) }
    }

    // MARK: Implied roles

    private func write(_ role: Role, _ view: View, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", role.id)
            $0.field("name", role.name)
            view.selfLink(&$0, "/roles/\(role.id)")
        }
    }

    private func inference(_ prior: Role, _ implied: Role, _ request: APIRequest) -> APIResponse {
        let view = View(request)
        return .json { json in
            json.object {
                $0.field("role_inference") {
                    $0.object {
                        $0.field("prior_role") { write(prior, view, &$0) }
                        $0.field("implies") { write(implied, view, &$0) }
                    }
                }
                $0.field("links") { $0.object { $0.field("self", request.url) } }
            }
        }
    }

    @Sendable private func addImplied(_ request: APIRequest) async throws -> APIResponse {
        let pair = try await roles.addImplication(
            try request.id("role_id"), try request.id("implied_role_id"), request.context)
        return inference(pair.prior, pair.implied, request)
    }

    @Sendable private func showImplied(_ request: APIRequest) async throws -> APIResponse {
        let prior: RoleID = try request.id("role_id")
        let implied: RoleID = try request.id("implied_role_id")
        let all = try await roles.inferences()
        guard let priorRole = all.roles[prior] else { throw NotFound.role(prior) }
        guard let impliedRole = all.roles[implied] else { throw NotFound.role(implied) }
        guard all.implied[prior]?.contains(implied) == true else {
            throw ServiceError(.notFound, "\(prior) does not imply \(implied).")
        }
        return inference(priorRole, impliedRole, request)
    }

    @Sendable private func impliedRoles(_ request: APIRequest) async throws -> APIResponse {
        let id: RoleID = try request.id("role_id")
        let all = try await roles.inferences()
        guard let prior = all.roles[id] else { throw NotFound.role(id) }
        let view = View(request)
        return .json { json in
            json.object {
                $0.field("role_inference") { inferenceRule(prior, all, view, &$0) }
                $0.field("links") { $0.object { $0.field("self", request.url) } }
            }
        }
    }

    private func inferenceRule(_ prior: Role, _ all: RoleInferences, _ view: View, _ json: inout JSONWriter) {
        json.object {
            $0.field("prior_role") { write(prior, view, &$0) }
            $0.array("implies", (all.implied[prior.id] ?? []).compactMap { all.roles[$0] }) { write($1, view, &$0) }
        }
    }

    @Sendable private func inferences(_ request: APIRequest) async throws -> APIResponse {
        let all = try await roles.inferences()
        let priors = all.implied.keys.sorted().compactMap { all.roles[$0] }
        let view = View(request)
        return .json { json in
            json.object {
                $0.array("role_inferences", priors) { inferenceRule($1, all, view, &$0) }
                $0.field("links") { $0.object { $0.field("self", request.url) } }
            }
        }
    }
}
