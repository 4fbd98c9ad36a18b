import Core
import FoundationEssentials
import HTTPTypes
import WebAPI

/// `/v3/OS-TRUST/trusts`.
struct TrustsController {
    let trusts: TrustService

    var operations: [Operation] {
        let path = "/OS-TRUST/trusts"
        return [
            Operation(.get, path, handler: list),
            Operation(.post, path, body: IdentitySchemas.trust, success: .created, handler: create),
            Operation(.get, path + "/{trust_id}") { request in
                let trust = try await target(request, IdentityPolicies.getTrust)
                return try await document(trust, request)
            },
            Operation(.delete, path + "/{trust_id}", success: .noContent) { request in
                try refuseApplicationCredential(request)
                try await trusts.delete(try await target(request, IdentityPolicies.deleteTrust).id, request.context)
                return .empty()
            },
            Operation(.get, path + "/{trust_id}/roles") { request in
                let trust = try await target(request, IdentityPolicies.listRolesForTrust)
                let view = View(request)
                return view.collection("roles", try await trusts.roles(trust.roles)) { view.write($1, &$0) }
            },
            Operation(.get, path + "/{trust_id}/roles/{role_id}") { request in
                let trust = try await target(request, IdentityPolicies.getRoleForTrust)
                let id: RoleID = try request.id("role_id")
                guard trust.roles.contains(id), let role = try await trusts.roles([id]).first else {
                    throw NotFound.role(id)
                }
                let view = View(request)
                return view.member("role") { view.write(role, &$0) }
            },
        ]
    }

    private func target(_ request: APIRequest, _ rule: PolicyRule) async throws -> Trust {
        let id: TrustID = try request.id("trust_id")
        // What one has no part in does not exist: trusts have no names to be asked for instead.
        guard let trust = try await trusts.find(id),
            request.permits(
                rule,
                [
                    "target.trust.trustor_user_id": trust.trustor.rawValue,
                    "target.trust.trustee_user_id": trust.trustee.rawValue,
                ])
        else { throw NotFound.trust(id) }
        return trust
    }

    /// A trust can be lent on; any other delegated credential cannot be turned into a trust.
    private func refuseApplicationCredential(_ request: APIRequest) throws {
        guard let token = request.token else { return }
        guard token.applicationCredentialID == nil, !AuthMethods(names: token.methods).isDelegated else {
            throw ServiceError(
                .forbidden,
                "You are not authorized to perform the requested action: Using a delegated token is not allowed for "
                    + "managing trusts.")
        }
    }

    @Sendable private func list(_ request: APIRequest) async throws -> APIResponse {
        let trustor = request.query.first("trustor_user_id").map { UserID($0) }
        let trustee = request.query.first("trustee_user_id").map { UserID($0) }
        if let trustor {
            try request.enforce(
                IdentityPolicies.listTrustsForTrustor, ["target.trust.trustor_user_id": trustor.rawValue])
        } else if let trustee {
            try request.enforce(
                IdentityPolicies.listTrustsForTrustee, ["target.trust.trustee_user_id": trustee.rawValue])
        } else {
            try request.enforce(IdentityPolicies.listTrusts)
        }
        try refuseApplicationCredential(request)
        let found = try await trusts.list(trustor: trustor, trustee: trustee)
        return View(request).collection("trusts", found) { write($1, roles: nil, request, &$0) }
    }

    @Sendable private func create(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.member("trust")
        let trustor = UserID(body["trustor_user_id"]?.string ?? "")
        try request.enforce(IdentityPolicies.createTrust, ["target.trust.trustor_user_id": trustor.rawValue])
        try refuseApplicationCredential(request)
        guard trustor == (try request.caller) else {
            throw ServiceError(.forbidden, "The authenticated user should match the trustor.")
        }
        var expiresAt: Date?
        if let text = body["expires_at"]?.string {
            guard let date = Date(iso8601: text) else {
                throw ServiceError(.badRequest, "Trust expires_at is not a valid time: \(text)")
            }
            expiresAt = date
        }
        let roles = body["roles"]?.array ?? []
        let trust = try await trusts.create(
            TrustService.Request(
                trustor: trustor, trustee: UserID(body["trustee_user_id"]?.string ?? ""),
                projectID: body["project_id"]?.string.map { ProjectID($0) },
                isImpersonation: body["impersonation"]?.bool ?? false, expiresAt: expiresAt,
                remainingUses: body["remaining_uses"]?.int,
                roleIDs: roles.compactMap { $0["id"]?.string.map { RoleID($0) } },
                roleNames: roles.compactMap { $0["id"] == nil ? $0["name"]?.string : nil },
                allowsRedelegation: body["allow_redelegation"]?.bool ?? false,
                redelegationCount: body["redelegation_count"]?.int,
                parent: request.token?.trustID.map { TrustID($0) }), request.context)
        return try await document(trust, request)
    }

    private func document(_ trust: Trust, _ request: APIRequest) async throws -> APIResponse {
        let roles = try await trusts.roles(trust.roles)
        return View(request).member("trust") { write(trust, roles: roles, request, &$0) }
    }

    /// - Parameter roles: nil in lists, which do not show them.
    private func write(_ trust: Trust, roles: [Role]?, _ request: APIRequest, _ json: inout JSONWriter) {
        let view = View(request)
        json.object {
            $0.field("id", trust.id)
            $0.field("trustor_user_id", trust.trustor)
            $0.field("trustee_user_id", trust.trustee)
            $0.field("project_id", trust.projectID)
            $0.field("impersonation", trust.isImpersonation)
            $0.field("expires_at", trust.expiresAt?.iso8601MicroZ)
            $0.field("deleted_at", trust.deletedAt?.iso8601MicroZ)
            $0.field("remaining_uses", trust.remainingUses)
            $0.field("redelegated_trust_id", trust.redelegatedTrustID)
            $0.field("redelegation_count", trust.redelegationCount)
            if let roles {
                $0.array("roles", roles) { view.write($1, &$0) }
                $0.field("roles_links") {
                    $0.object {
                        $0.field("self", "\(view.base)/OS-TRUST/trusts/\(trust.id)/roles")
                        $0.field("next", String?.none)
                        $0.field("previous", String?.none)
                    }
                }
            }
            view.selfLink(&$0, "/OS-TRUST/trusts/\(trust.id)")
        }
    }
}
