import Core
import Database
import HTTPTypes
import WebAPI

/// `/v3/OS-EP-FILTER`: which endpoints the catalogues of a project show.
struct EndpointFilterController {
    let catalog: CatalogAdministration
    let projects: ProjectService

    var operations: [Operation] { groupOperations + projectOperations + endpointOperations }

    // MARK: Groups

    private var groupOperations: [Operation] {
        typealias Rules = IdentityPolicies
        typealias Schemas = IdentitySchemas
        let path = "/OS-EP-FILTER/endpoint_groups"
        return [
            Operation(.get, path, policy: Rules.listEndpointGroups) { request in
                let name = request.query.first("name")
                let found = try await catalog.read("list endpoint groups") {
                    try EndpointGroupStore.list(name: name, $0)
                }
                return View(request).collection("endpoint_groups", found) { write($1, request, &$0) }
            },
            Operation(
                .post, path, policy: Rules.createEndpointGroup, body: Schemas.endpointGroup.create, success: .created
            ) { request in
                let body = try request.member("endpoint_group")
                let group = EndpointGroup(
                    id: catalog.env.newID(), name: body["name"]?.string ?? "",
                    description: body["description"]?.string, filters: body["filters"]?.object ?? [:])
                try await catalog.run("create endpoint group", request.context) { tx, record in
                    try EndpointGroupStore.insert(group, tx)
                    record.created(.endpointGroup, group.id)
                }
                return View(request).member("endpoint_group") { write(group, request, &$0) }
            },
            Operation(.get, path + "/{endpoint_group_id}", policy: Rules.getEndpointGroup) { request in
                let found = try await group(request)
                return View(request).member("endpoint_group") { write(found, request, &$0) }
            },
            Operation(
                .patch, path + "/{endpoint_group_id}", policy: Rules.updateEndpointGroup,
                body: Schemas.endpointGroup.update
            ) { request in
                let body = try request.member("endpoint_group")
                let id: EndpointGroupID = try request.id("endpoint_group_id")
                let row = try await catalog.run("update endpoint group", request.context) { tx, record in
                    guard var row = try EndpointGroupStore.find(id, tx, .toChange) else { throw Self.missing(id) }
                    if let name = body["name"]?.string { row.name = name }
                    if let description = body["description"] { row.description = description.string }
                    if let filters = body["filters"]?.object { row.filters = filters }
                    try EndpointGroupStore.update(row, tx)
                    record.updated(.endpointGroup, id)
                    return row
                }
                return View(request).member("endpoint_group") { write(row, request, &$0) }
            },
            Operation(
                .delete, path + "/{endpoint_group_id}", policy: Rules.deleteEndpointGroup, success: .noContent
            ) { request in
                let id = try await group(request).id
                try await catalog.run("delete endpoint group", request.context) { tx, record in
                    try EndpointGroupStore.delete(id, tx)
                    record.deleted(.endpointGroup, id)
                }
                return .empty()
            },
            Operation(
                .get, path + "/{endpoint_group_id}/endpoints",
                policy: Rules.listEndpointsAssociatedWithEndpointGroup
            ) { request in
                let found = try await group(request)
                let endpoints = try await catalog.read("list endpoints") {
                    try CatalogStore.endpoints(EndpointFilter(), $0)
                }
                let view = View(request)
                return view.collection("endpoints", endpoints.filter(found.contains)) { view.write($1, &$0) }
            },
            Operation(
                .get, path + "/{endpoint_group_id}/projects", policy: Rules.listProjectsAssociatedWithEndpointGroup
            ) { request in
                let id = try await group(request).id
                let ids = try await catalog.read("list projects") { try EndpointGroupStore.projects(of: id, $0) }
                return try await projectList(ids, request)
            },
        ]
    }

    private func group(_ request: APIRequest) async throws -> EndpointGroup {
        let id: EndpointGroupID = try request.id("endpoint_group_id")
        guard let group = try await catalog.read("find endpoint group", { try EndpointGroupStore.find(id, $0) }) else {
            throw Self.missing(id)
        }
        return group
    }

    private static func missing(_ id: EndpointGroupID) -> ServiceError { NotFound.error("Endpoint Group", id) }

    private static var notAssociated: ServiceError {
        ServiceError(.notFound, "Endpoint Group Project Association not found")
    }

    private func projectList(_ ids: [ProjectID], _ request: APIRequest) async throws -> APIResponse {
        var filter = ProjectFilter()
        filter.ids = ids
        let view = View(request)
        return view.collection("projects", ids.isEmpty ? [] : try await projects.list(filter)) { view.write($1, &$0) }
    }

    // MARK: Groups of a project

    private var projectOperations: [Operation] {
        typealias Rules = IdentityPolicies
        let path = "/OS-EP-FILTER/endpoint_groups/{endpoint_group_id}/projects/{project_id}"
        return [
            Operation(.put, path, policy: Rules.addEndpointGroupToProject, success: .noContent) { request in
                let (group, project) = try await pair(request)
                try await catalog.run("add endpoint group", request.context) { tx, record in
                    try EndpointGroupStore.attach(group, to: project, tx)
                    record.created(.endpointFilter, group, about: project.rawValue)
                }
                return .empty()
            },
            Operation(.get, path, policy: Rules.getEndpointGroupInProject) { request in
                let (id, project) = try await pair(request)
                let groups = try await catalog.read("find endpoint group") {
                    try EndpointGroupStore.list(ofProject: project, $0)
                }
                guard groups.contains(where: { $0.id == id }) else { throw Self.notAssociated }
                return View(request).member("project_endpoint_group") { json in
                    json.object {
                        $0.field("endpoint_group_id", id)
                        $0.field("project_id", project)
                        View(request).selfLink(&$0, "/OS-EP-FILTER/endpoint_groups/\(id)/projects/\(project)")
                    }
                }
            },
            Operation(.delete, path, policy: Rules.removeEndpointGroupFromProject, success: .noContent) { request in
                let (id, project) = try await pair(request)
                try await catalog.run("remove endpoint group", request.context) { tx, record in
                    guard try EndpointGroupStore.detach(id, from: project, tx) else { throw Self.notAssociated }
                    record.deleted(.endpointFilter, id, about: project.rawValue)
                }
                return .empty()
            },
            Operation(
                .get, "/OS-EP-FILTER/projects/{project_id}/endpoint_groups",
                policy: Rules.listEndpointGroupsForProject
            ) { request in
                let id = try await project(request)
                let groups = try await catalog.read("list endpoint groups") {
                    try EndpointGroupStore.list(ofProject: id, $0)
                }
                return View(request).collection("endpoint_groups", groups) { write($1, request, &$0) }
            },
        ]
    }

    private func project(_ request: APIRequest) async throws -> ProjectID {
        let id: ProjectID = try request.id("project_id")
        guard try await projects.find(id) != nil else { throw NotFound.project(id) }
        return id
    }

    private func pair(_ request: APIRequest) async throws -> (EndpointGroupID, ProjectID) {
        (try await group(request).id, try await project(request))
    }

    // MARK: Single endpoints

    private var endpointOperations: [Operation] {
        typealias Rules = IdentityPolicies
        let path = "/OS-EP-FILTER/projects/{project_id}/endpoints"
        return [
            Operation(.get, path, policy: Rules.listEndpointsForProject) { request in
                let id = try await project(request)
                let ids = try await catalog.read("list project's endpoints") {
                    try EndpointGroupStore.endpoints(ofProject: id, $0)
                }
                let all = try await catalog.read("list endpoints") { try CatalogStore.endpoints(EndpointFilter(), $0) }
                let view = View(request)
                return view.collection("endpoints", all.filter { ids.contains($0.id) }) { view.write($1, &$0) }
            },
            Operation(.put, path + "/{endpoint_id}", policy: Rules.addEndpointToProject, success: .noContent) {
                request in
                let (project, endpoint) = try await endpointPair(request)
                try await catalog.run("add endpoint", request.context) { tx, record in
                    try EndpointGroupStore.attach(endpoint, to: project, tx)
                    record.created(.endpointFilter, endpoint, about: project.rawValue)
                }
                return .empty()
            },
            Operation(.get, path + "/{endpoint_id}", policy: Rules.checkEndpointInProject, success: .noContent) {
                request in
                let (project, endpoint) = try await endpointPair(request)
                let ids = try await catalog.read("check endpoint") {
                    try EndpointGroupStore.endpoints(ofProject: project, $0)
                }
                guard ids.contains(endpoint) else { throw NotFound.endpoint(endpoint) }
                return .empty()
            },
            Operation(.delete, path + "/{endpoint_id}", policy: Rules.removeEndpointFromProject, success: .noContent) {
                request in
                let (project, endpoint) = try await endpointPair(request)
                try await catalog.run("remove endpoint", request.context) { tx, record in
                    guard try EndpointGroupStore.detach(endpoint, from: project, tx) else {
                        throw ServiceError(.notFound, "Endpoint \(endpoint) not found in project \(project)")
                    }
                    record.deleted(.endpointFilter, endpoint, about: project.rawValue)
                }
                return .empty()
            },
            Operation(
                .get, "/OS-EP-FILTER/endpoints/{endpoint_id}/projects", policy: Rules.listProjectsForEndpoint
            ) { request in
                let id = try await endpoint(request)
                let ids = try await catalog.read("list endpoint's projects") {
                    try EndpointGroupStore.projects(ofEndpoint: id, $0)
                }
                return try await projectList(ids, request)
            },
        ]
    }

    private func endpoint(_ request: APIRequest) async throws -> EndpointID {
        let id: EndpointID = try request.id("endpoint_id")
        guard try await catalog.read("find endpoint", { try CatalogStore.endpoint(id, $0) }) != nil else {
            throw NotFound.endpoint(id)
        }
        return id
    }

    private func endpointPair(_ request: APIRequest) async throws -> (ProjectID, EndpointID) {
        (try await project(request), try await endpoint(request))
    }

    private func write(_ group: EndpointGroup, _ request: APIRequest, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", group.id)
            $0.field("name", group.name)
            $0.field("description", group.description)
            $0.field("filters", .object(group.filters))
            View(request).selfLink(&$0, "/OS-EP-FILTER/endpoint_groups/\(group.id)")
        }
    }
}
