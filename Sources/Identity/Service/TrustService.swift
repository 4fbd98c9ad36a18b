package import Core
import Database
package import FoundationEssentials

/// Trusts: a user's loan of roles in a project to another.
package struct TrustService: Sendable {
    let env: IdentityEnvironment
    /// Keystone's `max_redelegation_count`.
    private static let maximumRedelegations = 3

    package init(_ env: IdentityEnvironment) { self.env = env }

    package func find(_ id: TrustID) async throws -> Trust? {
        let now = env.clock.now()
        return try await env.database.read("find trust") { try TrustStore.find(id, at: now, $0) }
    }

    package func list(trustor: UserID?, trustee: UserID?) async throws -> [Trust] {
        let now = env.clock.now()
        return try await env.database.read("list trusts") {
            try TrustStore.list(trustor: trustor, trustee: trustee, at: now, $0)
        }
    }

    package func roles(_ ids: [RoleID]) async throws -> [Role] {
        try await env.database.read("list trust's roles") { try RoleStore.find(ids, $0) }
    }

    /// What a new trust is asked to be.
    package struct Request: Sendable {
        package var trustor: UserID
        package var trustee: UserID
        package var projectID: ProjectID?
        package var isImpersonation: Bool
        package var expiresAt: Date?
        package var remainingUses: Int?
        package var roleIDs: [RoleID]
        package var roleNames: [String]
        package var allowsRedelegation: Bool
        package var redelegationCount: Int?
        /// The trust whose token asks: the new one is then redelegated from it.
        package var parent: TrustID?
    }

    /// - Throws: 403 for more than the trustor, or the trust it comes from, can give.
    package func create(_ request: Request, _ context: RequestContext) async throws -> Trust {
        let now = env.clock.now()
        if let end = request.expiresAt, end <= now {
            throw ServiceError(
                .badRequest,
                "The 'expires_at' must not be before now. The server could not comply with the request since it is "
                    + "either malformed or otherwise incorrect. The client is assumed to be in error.")
        }
        let id: TrustID = env.newID()
        try await DirectoryUsers(env).ensureRow(request.trustee)
        return try await env.change("create trust", context) { tx, record in
            var trust = Trust(
                id: id, trustor: request.trustor, trustee: request.trustee, projectID: request.projectID,
                isImpersonation: request.isImpersonation, expiresAt: request.expiresAt,
                remainingUses: request.remainingUses, redelegatedTrustID: nil, redelegationCount: 0, roles: [])
            guard try UserStore.find(request.trustee, tx) != nil else { throw NotFound.user(request.trustee) }
            trust.roles = try Self.roles(request, tx)
            var origin = request.trustor
            if let parentID = request.parent {
                guard let parent = try TrustStore.find(parentID, at: now, tx) else { throw NotFound.trust(parentID) }
                try Self.redelegate(&trust, from: parent, request, tx)
                origin = parent.trustor
            } else {
                // A trust made from it could be used without limit.
                guard !request.allowsRedelegation || request.remainingUses == nil else {
                    throw ServiceError(.badRequest, "remaining_uses must not be set if redelegation is allowed")
                }
                trust.redelegationCount =
                    request.allowsRedelegation
                    ? min(request.redelegationCount ?? Self.maximumRedelegations, Self.maximumRedelegations) : 0
                if request.allowsRedelegation, let count = request.redelegationCount, count > Self.maximumRedelegations
                {
                    throw ServiceError(
                        .forbidden,
                        "Requested redelegation depth of \(count) is greater than allowed \(Self.maximumRedelegations)."
                    )
                }
            }
            if let project = trust.projectID {
                guard try ProjectStore.find(project, tx) != nil else { throw NotFound.project(project) }
                let inferences = try RoleStore.inferences(tx)
                let held = inferences.closure(
                    of: try AssignmentStore.roles(of: origin, at: .project(project), asOf: now, tx))
                if let missing = trust.roles.first(where: { !held.contains($0) }) { throw NotFound.role(missing) }
                guard !trust.roles.isEmpty else {
                    throw ServiceError(.forbidden, "At least one role should be specified.")
                }
            } else if !trust.roles.isEmpty {
                throw ServiceError(.badRequest, "A trust of roles needs a project.")
            }
            try TrustStore.insert(trust, at: now, tx)
            record.created(.trust, id, about: trust.trustee.rawValue)
            return trust
        }
    }

    private static func roles(_ request: Request, _ tx: Transaction) throws -> [RoleID] {
        var ids = request.roleIDs
        ids += try RoleStore.find(named: request.roleNames, tx).map(\.id)
        let found = Set(try RoleStore.find(ids, tx).map(\.id))
        if let missing = ids.first(where: { !found.contains($0) }) { throw NotFound.role(missing) }
        return Array(Set(ids)).sorted()
    }

    /// A redelegated trust gives no more, for no longer, than the one it comes from.
    private static func redelegate(
        _ trust: inout Trust, from parent: Trust, _ request: Request, _ tx: Transaction
    ) throws {
        guard parent.redelegationCount > 0 else {
            throw ServiceError(
                .forbidden, "Remaining redelegation depth of 0 out of allowed range of [0..\(maximumRedelegations)].")
        }
        guard request.remainingUses == nil else {
            throw ServiceError(.badRequest, "remaining_uses must not be set if redelegation is allowed.")
        }
        guard trust.isImpersonation == parent.isImpersonation || parent.isImpersonation else {
            throw ServiceError(
                .forbidden, "Impersonation is not allowed because redelegated trust does not specify impersonation.")
        }
        guard trust.projectID == parent.projectID else {
            throw ServiceError(.forbidden, "The trust's project must be that of the redelegated trust.")
        }
        let lent = (try RoleStore.inferences(tx)).closure(of: parent.roles)
        guard Set(trust.roles).isSubset(of: lent) else {
            throw ServiceError(.forbidden, "Some of requested roles are not in redelegated trust.")
        }
        if let end = parent.expiresAt {
            guard trust.expiresAt ?? end <= end else {
                throw ServiceError(.forbidden, "Requested expiration time is more than redelegated trust can provide.")
            }
            trust.expiresAt = trust.expiresAt ?? end
        }
        trust.redelegatedTrustID = parent.id
        trust.redelegationCount = request.allowsRedelegation ? parent.redelegationCount - 1 : 0
    }

    package func delete(_ id: TrustID, _ context: RequestContext) async throws {
        let now = env.clock.now()
        let event = try await env.change("delete trust", context) { tx, record -> RevocationEvent? in
            guard try TrustStore.find(id, at: now, tx) != nil else { throw NotFound.trust(id) }
            let trusts = try TrustStore.delete(id, at: now, tx)
            for trust in trusts { record.deleted(.trust, trust) }
            return try RevocationStore.add(
                trusts.map { RevocationEvent(trustID: $0, issuedBefore: now) }, at: now, tx)
        }
        if let event { await env.announce(event) }
    }
}
