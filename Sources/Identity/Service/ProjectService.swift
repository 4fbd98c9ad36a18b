package import Core
import Database
import FoundationEssentials

/// Projects and domains: making, changing and deleting them with all that depends on them.
package struct ProjectService: Sendable {
    let env: IdentityEnvironment
    /// Levels below a domain: Keystone's `max_project_tree_depth`, or one where limits know two levels.
    private var maximumDepth: Int { env.settings.limits.model == .strictTwoLevel ? 1 : 5 }
    private static let maximumTags = 80

    package init(_ env: IdentityEnvironment) { self.env = env }

    // MARK: Reading

    package func find(_ id: ProjectID) async throws -> Project? {
        try await env.database.read("find project") { try ProjectStore.find(id, $0) }
    }

    package func findDomain(_ id: DomainID) async throws -> Project? {
        try await env.database.read("find domain") { try ProjectStore.findDomain(id, $0) }
    }

    package func list(_ filter: ProjectFilter) async throws -> [Project] {
        try await env.database.read("list projects") { try ProjectStore.list(filter, $0) }
    }

    package func ancestors(of id: ProjectID) async throws -> [Project] {
        try await env.database.read("list parents") { try ProjectStore.ancestors(of: id, $0) }
    }

    package func descendants(of id: ProjectID) async throws -> [Project] {
        try await env.database.read("list subtree") { try ProjectStore.descendants(of: id, $0) }
    }

    // MARK: Making

    /// Stores a project or domain whose domain and parent were chosen by the caller.
    package func create(_ project: Project, _ context: RequestContext) async throws -> Project {
        guard project.tags.count <= Self.maximumTags else {
            throw ServiceError(.badRequest, "A project can have at most \(Self.maximumTags) tags.")
        }
        let maximumDepth = maximumDepth
        do {
            return try await env.change("create project", context) { tx, record in
                var project = project
                if !project.isDomain { try Self.place(&project, maximumDepth, tx) }
                try ProjectStore.insert(project, tx)
                record.created(project.resource, project.id)
                return try ProjectStore.find(project.id, tx) ?? project
            }
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw Self.duplicate(project)
        }
    }

    /// Checks the domain and the parent of a new project, and sets what was left out.
    private static func place(_ project: inout Project, _ maximumDepth: Int, _ tx: Transaction) throws {
        if let parentID = project.parentID, parentID.rawValue != project.domainID?.rawValue {
            try ProjectStore.lock(parentID, tx)
            guard let parent = try ProjectStore.find(parentID, tx) else {
                throw ServiceError(.badRequest, NotFound.project(parentID).message)
            }
            let domain = parent.domainID ?? parent.asDomainID
            if let given = project.domainID, given != domain {
                throw ServiceError(
                    .badRequest,
                    "Cannot create project, since it specifies its domain_id \(given), but specifies a parent in a "
                        + "different domain (\(domain)).")
            }
            try checkEnabled(parent)
            project.domainID = domain
            let depth = try ProjectStore.ancestors(of: parentID, tx).count + (parent.isDomain ? 1 : 2)
            guard depth <= maximumDepth else {
                throw ServiceError(.forbidden, "Max hierarchy depth reached for \(parentID) branch.")
            }
        } else {
            guard let domain = project.domainID else {
                throw ServiceError(.badRequest, "A project needs a domain.")
            }
            try ProjectStore.lock(ProjectID(domain.rawValue), tx)
            guard let parent = try ProjectStore.findDomain(domain, tx) else {
                throw ServiceError(.badRequest, NotFound.domain(domain).message)
            }
            try checkEnabled(parent)
            project.parentID = ProjectID(domain.rawValue)
        }
    }

    private static func checkEnabled(_ parent: Project) throws {
        guard !parent.isEnabled else { return }
        throw ServiceError(
            .badRequest, "cannot create a project in a branch containing a disabled project: \(parent.id)")
    }

    // MARK: Changing

    /// Applies `change` to the project and stores it. Disabling voids the tokens that concern it.
    package func update(
        _ id: ProjectID, _ context: RequestContext, _ change: @escaping @Sendable (inout Project) throws -> Void
    ) async throws -> Project {
        let now = env.clock.now()
        let (project, event): (Project, RevocationEvent?)
        do {
            (project, event) = try await env.change("update project", context) { tx, record in
                try ProjectStore.lock(id, tx)
                guard let before = try ProjectStore.find(id, tx) else { throw NotFound.project(id) }
                var after = before
                try change(&after)
                try Self.checkImmutable(before, after)
                guard after.tags.count <= Self.maximumTags else {
                    throw ServiceError(.badRequest, "A project can have at most \(Self.maximumTags) tags.")
                }
                try ProjectStore.update(after, tx)
                record.updated(after.resource, id)
                var event: RevocationEvent?
                if before.isEnabled, !after.isEnabled {
                    try Self.checkSubtreeDisabled(before, tx)
                    event = try RevocationStore.add(Self.revocation(of: before, at: now), at: now, tx)
                } else if !before.isEnabled, after.isEnabled, !before.isDomain,
                    try ProjectStore.ancestors(of: id, tx).contains(where: { !$0.isEnabled })
                {
                    throw ServiceError(.forbidden, "Cannot enable project \(id) since it has disabled parents")
                }
                if event == nil, before.name != after.name {
                    // Tokens show the name.
                    event = try RevocationStore.number(Self.revocation(of: before, at: now), tx)
                }
                return (try ProjectStore.find(id, tx) ?? after, event)
            }
        } catch let error as ServiceError where error.duplicateKey != nil {
            guard var wanted = try await find(id) else { throw NotFound.project(id) }
            try change(&wanted)
            throw Self.duplicate(wanted)
        }
        if let event { await env.announce(event) }
        return project
    }

    private static func duplicate(_ project: Project) -> ServiceError {
        let what =
            project.isDomain
            ? "two projects acting as domains with the same name: \(project.name)."
            : "two projects with either the same name or same id in the same domain: name is \(project.name), "
                + "project id \(project.id)."
        return ServiceError(
            .conflict, "Conflict occurred attempting to store project - it is not permitted to have " + what)
    }

    private static func checkImmutable(_ before: Project, _ after: Project) throws {
        var withoutOptions = after
        withoutOptions.options = before.options
        if before.isImmutable, withoutOptions != before {
            throw ServiceError.immutable(before.isDomain ? "domain" : "project", before.id.rawValue, "update")
        }
    }

    private static func checkSubtreeDisabled(_ project: Project, _ tx: Transaction) throws {
        guard !project.isDomain else { return }
        if try ProjectStore.descendants(of: project.id, tx).contains(where: \.isEnabled) {
            throw ServiceError(
                .forbidden, "Cannot disable project \(project.id) since its subtree contains enabled projects.")
        }
    }

    private static func revocation(of project: Project, at now: Date) -> RevocationEvent {
        project.isDomain
            ? RevocationEvent(domainID: project.asDomainID, issuedBefore: now)
            : RevocationEvent(projectID: project.id, issuedBefore: now)
    }

    package func changeTags(
        _ id: ProjectID, _ context: RequestContext, _ change: @escaping @Sendable (inout Set<String>) throws -> Void
    ) async throws -> Project {
        try await update(id, context) { project in
            var tags = Set(project.tags)
            try change(&tags)
            project.tags = tags.sorted()
        }
    }

    // MARK: Deleting

    package func delete(_ id: ProjectID, isCascading: Bool = false, _ context: RequestContext) async throws {
        let now = env.clock.now()
        let event = try await env.change("delete project", context) { tx, record -> RevocationEvent? in
            try ProjectStore.lock(id, tx)
            guard let project = try ProjectStore.find(id, tx) else { throw NotFound.project(id) }
            guard !project.isDomain else { throw NotFound.project(id) }
            if project.isImmutable {
                throw ServiceError.immutable("project", id.rawValue, "delete")
            }
            let below = try ProjectStore.descendants(of: id, tx)
            guard below.isEmpty || isCascading else {
                throw ServiceError(
                    .forbidden,
                    "Cannot delete the project \(id) since it is not a leaf in the hierarchy. Use the cascade option "
                        + "if you want to delete a whole subtree.")
            }
            return try Self.remove([project] + below, at: now, &record, tx)
        }
        if let event { await env.announce(event) }
    }

    /// Deletes a disabled domain with its projects, users, groups, roles and identity providers.
    package func deleteDomain(_ id: DomainID, _ context: RequestContext) async throws {
        let now = env.clock.now()
        let event = try await env.change("delete domain", context) { tx, record -> RevocationEvent? in
            try ProjectStore.lock(ProjectID(id.rawValue), tx)
            guard let domain = try ProjectStore.findDomain(id, tx) else { throw NotFound.domain(id) }
            if domain.isImmutable {
                throw ServiceError.immutable("domain", id.rawValue, "delete")
            }
            guard !domain.isEnabled else {
                throw ServiceError(
                    .forbidden, "Cannot delete a domain that is enabled, please disable it first.")
            }
            var users = UserFilter()
            users.domainID = id
            let inhabitants = try UserStore.list(users, tx).map(\.id)
            try UserStore.delete(inhabitants, at: now, tx)
            for user in inhabitants { record.deleted(.user, user, about: id.rawValue) }
            var groups = GroupFilter()
            groups.domainID = id
            let gone = try GroupStore.list(groups, tx).map(\.id)
            try GroupStore.delete(gone, tx)
            for group in gone { record.deleted(.group, group, about: id.rawValue) }
            try RoleStore.delete(ofDomain: id, tx)
            try IdentityProviderStore.delete(ofDomain: id, tx)
            var projects = ProjectFilter()
            projects.domainID = id
            return try Self.remove(try ProjectStore.list(projects, tx) + [domain], at: now, &record, tx)
        }
        if let event { await env.announce(event) }
    }

    private static func remove(
        _ projects: [Project], at now: Date, _ record: inout ChangeRecord, _ tx: Transaction
    ) throws -> RevocationEvent? {
        try ProjectStore.delete(projects.map(\.id), tx)
        for project in projects { record.deleted(project.resource, project.id) }
        return try RevocationStore.add(projects.map { revocation(of: $0, at: now) }, at: now, tx)
    }
}

extension Project {
    /// A domain is told as one.
    fileprivate var resource: Change.Resource { isDomain ? .domain : .project }
}
