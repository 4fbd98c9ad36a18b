import Core
import HTTPTypes
import WebAPI

/// `/v3/projects` with hierarchy and tags, and the projects of a user.
struct ProjectsController {
    let projects: ProjectService
    let users: UserService
    let assignments: AssignmentService

    var operations: [Operation] {
        [
            Operation(.get, "/projects", handler: list),
            Operation(.post, "/projects", body: IdentitySchemas.project.create, success: .created, handler: create),
            Operation(.get, "/projects/{project_id}", handler: show),
            Operation(.patch, "/projects/{project_id}", body: IdentitySchemas.project.update, handler: update),
            Operation(.delete, "/projects/{project_id}", success: .noContent, handler: delete),
            Operation(.get, "/users/{user_id}/projects", handler: listOfUser),
        ] + tagOperations
    }

    private var tagOperations: [Operation] {
        [
            Operation(.get, "/projects/{project_id}/tags") { request in
                tagsDocument(try await target(request, IdentityPolicies.listProjectTags), request)
            },
            Operation(.put, "/projects/{project_id}/tags", body: IdentitySchemas.tags) { request in
                let project = try await target(request, IdentityPolicies.updateProjectTags)
                let tags = request.body["tags"]?.array?.compactMap(\.string) ?? []
                return tagsDocument(
                    try await projects.changeTags(project.id, request.context) { $0 = Set(tags) }, request)
            },
            Operation(.delete, "/projects/{project_id}/tags", success: .noContent) { request in
                let project = try await target(request, IdentityPolicies.deleteProjectTags)
                _ = try await projects.changeTags(project.id, request.context) { $0 = [] }
                return .empty()
            },
            Operation(.get, "/projects/{project_id}/tags/{value}", success: .noContent) { request in
                let project = try await target(request, IdentityPolicies.getProjectTag)
                let tag = try request.parameter("value")
                guard project.tags.contains(tag) else { throw NotFound.error("project tag", tag) }
                return .empty()
            },
            Operation(.put, "/projects/{project_id}/tags/{value}", success: .created) { request in
                let project = try await target(request, IdentityPolicies.createProjectTag)
                let tag = try request.parameter("value")
                guard !tag.contains(","), !tag.contains("/"), (1...255).contains(tag.count) else {
                    throw ServiceError(.badRequest, "A tag has 1 to 255 characters, none of them a comma or a slash.")
                }
                _ = try await projects.changeTags(project.id, request.context) { $0.insert(tag) }
                return .empty()
            },
            Operation(.delete, "/projects/{project_id}/tags/{value}", success: .noContent) { request in
                let project = try await target(request, IdentityPolicies.deleteProjectTag)
                let tag = try request.parameter("value")
                _ = try await projects.changeTags(project.id, request.context) { tags in
                    guard tags.remove(tag) != nil else { throw NotFound.error("project tag", tag) }
                }
                return .empty()
            },
        ]
    }

    private func tagsDocument(_ project: Project, _ request: APIRequest) -> APIResponse {
        .json { json in
            json.object {
                $0.field("tags", project.tags)
                $0.field("links") {
                    $0.object {
                        $0.field("next", String?.none)
                        $0.field("self", request.url)
                        $0.field("previous", String?.none)
                    }
                }
            }
        }
    }

    /// The project of the path, if the rule lets the caller at it.
    private func target(_ request: APIRequest, _ rule: PolicyRule) async throws -> Project {
        let id: ProjectID = try request.id("project_id")
        let project = try await projects.find(id)
        try request.enforce(rule, project.map(Self.policyTarget) ?? [:])
        guard let project else { throw NotFound.project(id) }
        return project
    }

    static func policyTarget(_ project: Project) -> [String: String?] {
        ["target.project.id": project.id.rawValue, "target.project.domain_id": project.domainID?.rawValue]
    }

    // MARK: Lists

    @Sendable private func list(_ request: APIRequest) async throws -> APIResponse {
        let own = request.context.domainID
        try request.enforce(IdentityPolicies.listProjects, own.map { ["target.domain_id": $0.rawValue] } ?? [:])
        let filter = try Self.filter(request)
        let isElsewhere = own != nil && filter.domainID != nil && filter.domainID != own
        var bounded = filter
        if let own { bounded.domainID = own }
        let found = isElsewhere ? [] : try await projects.list(bounded)
        let view = View(request)
        return view.collection("projects", found, page: filter.page, id: \.id.rawValue) { view.write($1, &$0) }
    }

    private static func filter(_ request: APIRequest) throws -> ProjectFilter {
        func tags(_ name: String) -> [String] {
            request.query.all(name).flatMap { $0.split(separator: ",").map(String.init) }
        }
        var filter = ProjectFilter()
        filter.isDomain = request.flag("is_domain") ?? false
        filter.isEnabled = request.flag("enabled")
        filter.name = request.textFilters("name")
        filter.domainID = request.query.first("domain_id").map { DomainID($0) }
        filter.parentID = request.query.first("parent_id").map { ProjectID($0) }
        filter.tagsAll = tags("tags")
        filter.tagsAny = tags("tags-any")
        filter.notTagsAll = tags("not-tags")
        filter.notTagsAny = tags("not-tags-any")
        filter.page = try request.page()
        return filter
    }

    @Sendable private func listOfUser(_ request: APIRequest) async throws -> APIResponse {
        let id: UserID = try request.id("user_id")
        let user = try await users.find(id)
        try request.enforce(IdentityPolicies.listUserProjects, user.map(UsersController.policyTarget) ?? [:])
        guard let user else { throw NotFound.user(id) }
        let filter = try Self.filter(request)
        var found = try await assignments.projects(of: user.id, enabledOnly: false)
        if let domain = filter.domainID { found.removeAll { $0.domainID != domain } }
        if let isEnabled = filter.isEnabled { found.removeAll { $0.isEnabled != isEnabled } }
        for case .equals(let name) in filter.name { found.removeAll { $0.name != name } }
        let view = View(request)
        return view.collection("projects", found) { view.write($1, &$0) }
    }

    // MARK: One project

    @Sendable private func create(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.member("project")
        let isDomain = body["is_domain"]?.flag ?? false
        var domain = body["domain_id"]?.string.map { DomainID($0) }
        let parent = body["parent_id"]?.string.map { ProjectID($0) }
        // Left out, it is where the caller is.
        if domain == nil, !isDomain, parent == nil {
            domain = request.context.domainID ?? request.context.projectDomainID ?? request.context.userDomainID
        }
        var target: [String: String?] = [:]
        if let domain { target["target.project.domain_id"] = domain.rawValue }
        try request.enforce(IdentityPolicies.createProject, target)
        if isDomain {
            try request.enforce(IdentityPolicies.createDomain)
            guard parent == nil, domain == nil else {
                throw ServiceError(.badRequest, "only root projects are allowed to act as domains.")
            }
        }
        let project = Project(
            id: projects.env.newID(), name: body["name"]?.string ?? "", domainID: domain, parentID: parent,
            isDomain: isDomain, description: body["description"]?.string ?? "",
            isEnabled: body["enabled"]?.flag ?? true, options: body["options"]?.object ?? [:],
            extra: body.extra(without: View.projectKeys), tags: body["tags"]?.array?.compactMap(\.string) ?? [])
        let made = try await projects.create(project, request.context)
        let view = View(request)
        return view.member("project") { view.write(made, &$0) }
    }

    @Sendable private func show(_ request: APIRequest) async throws -> APIResponse {
        let project = try await target(request, IdentityPolicies.getProject)
        let query = request.query
        let view = View(request)
        let wantsParents = query.has("parents_as_list") || query.has("parents_as_ids")
        let wantsSubtree = query.has("subtree_as_list") || query.has("subtree_as_ids")
        for kind in ["parents", "subtree"] where query.has(kind + "_as_list") && query.has(kind + "_as_ids") {
            throw ServiceError(
                .badRequest, "Cannot use \(kind)_as_list and \(kind)_as_ids query params at the same time.")
        }
        var parents = wantsParents ? try await projects.ancestors(of: project.id) : []
        var subtree = wantsSubtree ? try await projects.descendants(of: project.id) : []
        if query.has("parents_as_list") || query.has("subtree_as_list") {
            // The ids may be known; what the projects are, only to those who have a role on them.
            let own = Set(try await assignments.projects(of: request.caller, enabledOnly: false).map(\.id))
            if query.has("parents_as_list") { parents.removeAll { !own.contains($0.id) } }
            if query.has("subtree_as_list") { subtree.removeAll { !own.contains($0.id) } }
        }
        return view.member("project") { json in
            view.write(project, &json) { json in
                if query.has("parents_as_list") {
                    json.array("parents", parents) { json, parent in
                        json.object { $0.field("project") { view.write(parent, &$0) } }
                    }
                } else if query.has("parents_as_ids") {
                    let chain = parents.map(\.id) + (project.domainID.map { [ProjectID($0.rawValue)] } ?? [])
                    json.field("parents") { Self.writeChain(chain[...], &$0) }
                }
                if query.has("subtree_as_list") {
                    json.array("subtree", subtree) { json, child in
                        json.object { $0.field("project") { view.write(child, &$0) } }
                    }
                } else if query.has("subtree_as_ids") {
                    json.field("subtree") { Self.writeTree(below: project.id, subtree, &$0) }
                }
            }
        }
    }

    /// `{"nearest": {"next": {"top": null}}}`.
    private static func writeChain(_ ids: ArraySlice<ProjectID>, _ json: inout JSONWriter) {
        guard let first = ids.first else { return json.null() }
        json.object { $0.field(first.rawValue) { writeChain(ids.dropFirst(), &$0) } }
    }

    private static func writeTree(below id: ProjectID, _ projects: [Project], _ json: inout JSONWriter) {
        let children = projects.filter { $0.parentID == id }
        guard !children.isEmpty else { return json.null() }
        json.object { json in
            for child in children { json.field(child.id.rawValue) { writeTree(below: child.id, projects, &$0) } }
        }
    }

    @Sendable private func update(_ request: APIRequest) async throws -> APIResponse {
        let project = try await target(request, IdentityPolicies.updateProject)
        let body = try request.member("project")
        try request.checkUnchanged(body, id: project.id.rawValue, domain: project.domainID)
        if let parent = body["parent_id"], parent.string != project.parentID?.rawValue {
            throw ServiceError(.forbidden, "Update of `parent_id` is not allowed.")
        }
        if let isDomain = body["is_domain"]?.flag, isDomain != project.isDomain {
            throw ServiceError(.badRequest, "Update of `is_domain` is not allowed.")
        }
        let updated = try await projects.update(project.id, request.context) { $0.apply(body) }
        let view = View(request)
        return view.member("project") { json in
            view.write(updated, &json) { $0.field("extra", .object(updated.extra)) }
        }
    }

    @Sendable private func delete(_ request: APIRequest) async throws -> APIResponse {
        let project = try await target(request, IdentityPolicies.deleteProject)
        if project.isDomain {
            try request.enforce(IdentityPolicies.deleteDomain)
            try await projects.deleteDomain(project.asDomainID, request.context)
        } else {
            try await projects.delete(project.id, request.context)
        }
        return .empty()
    }
}
