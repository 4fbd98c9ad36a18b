import Core
import HTTPTypes
import WebAPI

/// `/v3/credentials`, and a user's EC2 key pairs, which are credentials of one type.
struct CredentialsController {
    let credentials: CredentialService
    let applicationCredentials: ApplicationCredentialService

    var operations: [Operation] {
        let ec2 = "/users/{user_id}/credentials/OS-EC2"
        return [
            Operation(.get, "/credentials", handler: list),
            Operation(
                .post, "/credentials", body: IdentitySchemas.credential.create, success: .created, handler: create),
            Operation(.get, "/credentials/{credential_id}") { request in
                let credential = try await target(request, IdentityPolicies.getCredential)
                let view = View(request)
                return view.member("credential") { view.write(credential, &$0) }
            },
            Operation(
                .patch, "/credentials/{credential_id}", body: IdentitySchemas.credential.update, handler: update),
            Operation(.delete, "/credentials/{credential_id}", success: .noContent) { request in
                try refuseDelegated(request)
                try await credentials.delete(
                    try await target(request, IdentityPolicies.deleteCredential).id, request.context)
                return .empty()
            },
            Operation(.get, ec2, handler: listEC2),
            Operation(.post, ec2, body: IdentitySchemas.ec2, success: .created, handler: createEC2),
            Operation(.get, ec2 + "/{access}") { request in
                let credential = try await ec2Target(request, IdentityPolicies.ec2GetCredential)
                return try document(credential, request)
            },
            Operation(.delete, ec2 + "/{access}", success: .noContent) { request in
                try refuseDelegated(request)
                try await credentials.delete(
                    try await ec2Target(request, IdentityPolicies.ec2DeleteCredential).id, request.context)
                return .empty()
            },
        ]
    }

    private func target(_ request: APIRequest, _ rule: PolicyRule) async throws -> Credential {
        let id: CredentialID = try request.id("credential_id")
        let credential = try await credentials.find(id)
        try request.enforce(rule, credential.map { ["target.credential.user_id": $0.userID.rawValue] } ?? [:])
        guard let credential else { throw NotFound.credential(id) }
        try refuseDelegated(request)
        return credential
    }

    private func refuseDelegated(_ request: APIRequest) throws {
        try request.refuseDelegated("Delegated tokens cannot access credentials directly")
    }

    // MARK: Credentials

    @Sendable private func list(_ request: APIRequest) async throws -> APIResponse {
        let caller = try request.caller
        let user = request.query.first("user_id").map { UserID($0) }
        // Without the right to all, one sees one's own.
        let seesAll = request.permits(
            IdentityPolicies.listCredentials, user.map { ["target.credential.user_id": $0.rawValue] } ?? [:])
        if !seesAll {
            try request.enforce(IdentityPolicies.listCredentials, ["target.credential.user_id": caller.rawValue])
        }
        guard seesAll || user == nil || user == caller else {
            let view = View(request)
            return view.collection("credentials", [Credential]()) { view.write($1, &$0) }
        }
        let all = try await credentials.list(user: seesAll ? user : caller, type: request.query.first("type"))
        let found = request.isDelegated ? [] : all
        let view = View(request)
        return view.collection("credentials", found) { view.write($1, &$0) }
    }

    /// What the blob of a key pair names that acts with a part of somebody's rights.
    private static let delegations = ["trust_id", "app_cred_id", "access_token_id", "access_id"]

    @Sendable private func create(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.member("credential")
        let user = UserID(body["user_id"]?.string ?? "")
        try request.enforce(IdentityPolicies.createCredential, ["target.credential.user_id": user.rawValue])
        try refuseDelegated(request)
        let type = body["type"]?.string ?? ""
        let blob = body["blob"]?.string ?? ""
        let project = body["project_id"]?.string.map { ProjectID($0) }
        if type == "ec2" {
            guard project != nil else { throw ServiceError(.badRequest, "An EC2 credential needs a project_id.") }
            let members = try CredentialService.object(blob)
            // Whoever delegates to a key pair does not do it here: delegated tokens make none.
            for key in Self.delegations where members[key] != nil {
                throw ServiceError(.badRequest, "The member \(key) of an EC2 credential cannot be given.")
            }
        }
        let credential = try await credentials.create(
            Credential(
                id: try credentials.id(forType: type, blob: blob), userID: user, projectID: project, type: type,
                blob: blob, extra: body.extra(without: View.credentialKeys)), request.context)
        let view = View(request)
        return view.member("credential") { view.write(credential, &$0) }
    }

    @Sendable private func update(_ request: APIRequest) async throws -> APIResponse {
        try refuseDelegated(request)
        let id = try await target(request, IdentityPolicies.updateCredential).id
        let body = try request.member("credential")
        let credential = try await credentials.update(id, request.context) { credential in
            if let user = body["user_id"]?.string { credential.userID = UserID(user) }
            if let project = body["project_id"] { credential.projectID = project.string.map { ProjectID($0) } }
            if let type = body["type"]?.string, type != credential.type {
                throw ServiceError(.badRequest, "The type of a credential cannot be changed.")
            }
            if let blob = body["blob"]?.string {
                if credential.type == "ec2" {
                    let old = try CredentialService.object(credential.blob)
                    let new = try CredentialService.object(blob)
                    // A key pair keeps what it was delegated by.
                    for key in Self.delegations where old[key] != new[key] {
                        throw ServiceError(.badRequest, "The member \(key) of an EC2 credential cannot be changed.")
                    }
                }
                credential.blob = blob
            }
            credential.extra.merge(body.extra(without: View.credentialKeys)) { _, new in new }
        }
        let view = View(request)
        return view.member("credential") { view.write(credential, &$0) }
    }

    // MARK: EC2

    private func ec2Target(_ request: APIRequest, _ rule: PolicyRule) async throws -> Credential {
        let access = try request.parameter("access")
        let user: UserID = try request.id("user_id")
        try request.enforce(rule, ["target.credential.user_id": user.rawValue])
        try refuseDelegated(request)
        let found = try await credentials.find(CredentialService.id(ofAccessKey: access))
        guard let found, found.userID == user, found.type == "ec2" else { throw NotFound.credential(access) }
        return found
    }

    @Sendable private func listEC2(_ request: APIRequest) async throws -> APIResponse {
        try request.enforce(IdentityPolicies.ec2ListCredentials)
        try refuseDelegated(request)
        let found = try await credentials.list(user: try request.id("user_id"), type: "ec2")
        let views = try found.map { ($0, try CredentialService.object($0.blob)) }
        return View(request).collection("credentials", views) { write($1.0, $1.1, request, &$0) }
    }

    @Sendable private func createEC2(_ request: APIRequest) async throws -> APIResponse {
        let user: UserID = try request.id("user_id")
        try request.enforce(IdentityPolicies.ec2CreateCredential, ["target.credential.user_id": user.rawValue])
        try refuseDelegated(request)
        let project = ProjectID(request.body["tenant_id"]?.string ?? "")
        return try document(
            try await credentials.createEC2(user: user, project: project, trust: nil, request.context), request)
    }

    private func document(_ credential: Credential, _ request: APIRequest) throws -> APIResponse {
        let blob = try CredentialService.object(credential.blob)
        return View(request).member("credential") { write(credential, blob, request, &$0) }
    }

    private func write(_ credential: Credential, _ blob: JSONObject, _ request: APIRequest, _ json: inout JSONWriter) {
        let access = blob["access"]?.string ?? ""
        json.object {
            $0.field("user_id", credential.userID)
            $0.field("tenant_id", credential.projectID)
            $0.field("access", access)
            $0.field("secret", blob["secret"]?.string)
            $0.field("trust_id", blob["trust_id"]?.string)
            View(request).selfLink(&$0, "/users/\(credential.userID)/credentials/OS-EC2/\(access)")
        }
    }
}
