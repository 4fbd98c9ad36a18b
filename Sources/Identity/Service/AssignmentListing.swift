package import Core
package import Database
package import FoundationEssentials

/// One line of a role assignment list: where it holds, and by which stored grant it came about.
package struct ListedAssignment: Sendable, Hashable {
    package var actor: RoleActor
    package var target: RoleTarget
    package var role: RoleID
    package var isInherited: Bool
    /// The grant itself, when the line follows from one.
    package var source: RoleAssignment
    /// The role that implies this one.
    package var priorRole: RoleID?
}

/// What a role assignment list is narrowed to.
package struct AssignmentFilter: Sendable {
    package var actor: RoleActor?
    package var target: RoleTarget?
    package var role: RoleID?
    package var isInherited: Bool?
    package var isEffective = false
    package var includesSubtree = false

    package init() {}
}

/// Role assignments as `GET /role_assignments` lists them.
package enum AssignmentListing {
    package static func list(_ filter: AssignmentFilter, asOf now: Date, _ tx: Transaction) throws -> [ListedAssignment]
    {
        var targets = filter.target.map { [$0] }
        if filter.includesSubtree, case .project(let id)? = filter.target {
            targets = [.project(id)] + (try ProjectStore.descendants(of: id, tx)).map { .project($0.id) }
        }
        guard filter.isEffective else {
            return try AssignmentStore.list(
                actors: filter.actor.map { [$0] }, targets: targets, role: filter.role,
                isInherited: filter.isInherited, tx
            ).map {
                ListedAssignment(
                    actor: $0.actor, target: $0.target, role: $0.role, isInherited: $0.isInherited, source: $0)
            }
        }
        return try effective(filter, targets, now, tx)
    }

    /// Groups replaced by their members, inherited grants by the projects below, implied roles added.
    private static func effective(
        _ filter: AssignmentFilter, _ targets: [RoleTarget]?, _ now: Date, _ tx: Transaction
    ) throws -> [ListedAssignment] {
        var rows: [RoleAssignment]
        if case .user(let user)? = filter.actor {
            rows = try AssignmentStore.all(of: user, asOf: now, tx)
        } else {
            rows = try AssignmentStore.list(tx)
        }
        if let isInherited = filter.isInherited { rows.removeAll { $0.isInherited != isInherited } }
        let groups = rows.compactMap { if case .group(let id) = $0.actor { id } else { nil } }
        let members = try GroupStore.members(of: Array(Set(groups)), tx)
        let wanted = targets.map(Set.init)
        let below = try projects(below: Set(rows.filter(\.isInherited).map(\.target)), tx)
        var lines: [ListedAssignment] = []
        for row in rows {
            let places = row.isInherited ? below[row.target] ?? [] : [row.target]
            let actors: [RoleActor] =
                switch row.actor {
                case .user: [row.actor]
                case .group(let id): (members[id] ?? []).map { .user($0) }
                }
            for place in places where wanted?.contains(place) ?? true {
                for actor in actors where filter.actor == nil || filter.actor == actor {
                    lines.append(
                        ListedAssignment(actor: actor, target: place, role: row.role, isInherited: false, source: row))
                }
            }
        }
        lines = implied(lines, try RoleStore.inferences(tx))
        if let role = filter.role { lines.removeAll { $0.role != role } }
        return lines
    }

    /// The projects below each of several projects and domains.
    private static func projects(
        below targets: Set<RoleTarget>, _ tx: Transaction
    ) throws -> [RoleTarget: [RoleTarget]] {
        var below: [RoleTarget: [RoleTarget]] = [:]
        for (parent, child) in try ProjectStore.descendants(of: targets.filter { $0.type == "project" }.map(\.id), tx) {
            below[.project(parent), default: []].append(.project(child))
        }
        for (domain, project) in try ProjectStore.members(of: targets.filter { $0.type == "domain" }.map(\.id), tx) {
            below[.domain(domain), default: []].append(.project(project))
        }
        return below
    }

    private static func implied(_ lines: [ListedAssignment], _ inferences: RoleInferences) -> [ListedAssignment] {
        var result: [ListedAssignment] = []
        var seen: Set<ListedAssignment> = []
        for line in lines {
            var pending = [line]
            while let next = pending.popLast() {
                guard seen.insert(next).inserted else { continue }
                // A domain's role is shown only through what it implies.
                if inferences.roles[next.role]?.domainID == nil { result.append(next) }
                for role in inferences.implied[next.role] ?? [] {
                    var more = next
                    more.role = role
                    more.priorRole = next.role
                    pending.append(more)
                }
            }
        }
        return result
    }
}

extension AssignmentService {
    package func project(_ id: ProjectID) async throws -> Project? {
        try await env.database.read("find project") { try ProjectStore.find(id, $0) }
    }

    /// - Parameter domain: of a domain's own administrator, who sees what concerns that domain.
    package func list(
        _ filter: AssignmentFilter, withNames: Bool, onlyIn domain: DomainID?
    ) async throws -> ([ListedAssignment], AssignmentNames?) {
        let now = env.clock.now()
        return try await env.database.read("list role assignments") { tx in
            var lines = try AssignmentListing.list(filter, asOf: now, tx)
            let names = withNames || domain != nil ? try AssignmentNames.read(lines, tx) : nil
            if let domain {
                lines.removeAll { line in
                    switch line.target {
                    case .domain(let id): id != domain
                    case .project(let id): names?.projects[id]?.domainID != domain
                    case .system: true
                    }
                }
            }
            return (lines, withNames ? names : nil)
        }
    }
}
