package import Core
import Crypto
import Database
import FoundationEssentials

/// Credentials, stored encrypted.
package struct CredentialService: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    package func find(_ id: CredentialID) async throws -> Credential? {
        let found = try await env.database.read("find credential") { try CredentialStore.find(id, $0) }
        return try found.map(decrypted)
    }

    package func list(user: UserID?, type: String?) async throws -> [Credential] {
        let found = try await env.database.read("list credentials") {
            try CredentialStore.list(user: user, type: type, $0)
        }
        return try found.map(decrypted)
    }

    private func decrypted(_ credential: Credential) throws -> Credential {
        var credential = credential
        credential.blob = try env.decrypt(credential.blob)
        return credential
    }

    /// The id of a credential: of an EC2 one it follows from its access key, so that the key finds it.
    package func id(forType type: String, blob: String) throws -> CredentialID {
        guard type == "ec2" else { return env.newID() }
        guard let access = try Self.object(blob)["access"]?.string else {
            throw ServiceError(.badRequest, "Invalid blob in credential: it has no access key.")
        }
        return Self.id(ofAccessKey: access)
    }

    package static func id(ofAccessKey access: String) -> CredentialID {
        CredentialID(SHA256.hash(data: Array(access.utf8)).withUnsafeBytes { Hex.encode($0) })
    }

    /// An EC2 blob as an object. - Throws: 400 when it is none.
    package static func object(_ blob: String) throws -> JSONObject {
        do {
            guard let object = try JSONValue(parsing: blob).object else { throw ServiceError(.badRequest, "") }
            return object
        } catch {
            throw ServiceError(.badRequest, "Invalid blob in credential: it is no JSON object.")
        }
    }

    /// What the column holds.
    private static let maximumSealed = 65_535

    private func sealed(_ blob: String) throws -> String {
        let text = try env.encrypt(blob)
        guard text.utf8.count <= Self.maximumSealed else {
            throw ServiceError(.badRequest, "The blob of a credential is too long.")
        }
        return text
    }

    package func create(_ credential: Credential, _ context: RequestContext) async throws -> Credential {
        var stored = credential
        stored.blob = try sealed(credential.blob)
        let row = stored
        let limit = env.settings.credentials.userLimit
        do {
            try await env.change("create credential", context) { tx, record in
                if let limit, try CredentialStore.count(of: row.userID, tx) >= limit {
                    throw ServiceError(
                        .forbidden,
                        "Unable to create additional credentials, maximum of \(limit) already exceeded for user.")
                }
                if let project = row.projectID, try ProjectStore.find(project, tx) == nil {
                    throw NotFound.project(project)
                }
                try CredentialStore.insert(row, tx)
                record.created(.credential, row.id, about: row.userID.rawValue)
            }
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError(.conflict, "Conflict occurred attempting to store credential - Duplicate entry.")
        }
        return credential
    }

    package func update(
        _ id: CredentialID, _ context: RequestContext, _ change: @escaping @Sendable (inout Credential) throws -> Void
    ) async throws -> Credential {
        let env = env
        return try await env.change("update credential", context) { tx, record in
            guard var credential = try CredentialStore.find(id, tx, .toChange) else { throw NotFound.credential(id) }
            credential.blob = try env.decrypt(credential.blob)
            let before = credential
            try change(&credential)
            // Whose it is, and for which project, is decided once.
            guard credential.userID == before.userID, credential.projectID == before.projectID else {
                throw ServiceError(.forbidden, "The user and the project of a credential cannot be changed.")
            }
            var row = credential
            row.blob = try sealed(credential.blob)
            try CredentialStore.update(row, tx)
            record.updated(.credential, id, about: row.userID.rawValue)
            return credential
        }
    }

    package func delete(_ id: CredentialID, _ context: RequestContext) async throws {
        try await env.change("delete credential", context) { tx, record in
            guard let credential = try CredentialStore.find(id, tx) else { throw NotFound.credential(id) }
            try CredentialStore.delete(id, tx)
            record.deleted(.credential, id, about: credential.userID.rawValue)
        }
    }

    /// A new key pair for the EC2 API, in a project that the user has a role in.
    package func createEC2(user: UserID, project: ProjectID, trust: String?, _ context: RequestContext) async throws
        -> Credential
    {
        let now = env.clock.now()
        try await DirectoryUsers(env).ensureRow(user)
        let hasRole = try await env.database.read("check project role") { tx in
            guard try UserStore.find(user, tx) != nil else { throw NotFound.user(user) }
            guard try ProjectStore.find(project, tx) != nil else { throw NotFound.project(project) }
            return !(try AssignmentStore.roles(of: user, at: .project(project), asOf: now, tx)).isEmpty
        }
        guard hasRole else { throw ServiceError(.forbidden, "The user has no role in project \(project).") }
        let access = env.ids.hex()
        let blob = JSONValue.object([
            "access": .string(access), "secret": .string(Hex.encode(RandomBytes.make(16))),
            "trust_id": trust.map { .string($0) } ?? .null,
        ])
        return try await create(
            Credential(
                id: Self.id(ofAccessKey: access), userID: user, projectID: project, type: "ec2", blob: blob.jsonText,
                extra: [:]), context)
    }
}
