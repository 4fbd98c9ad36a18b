import ComputeModel
import ComputeStore
import Core
import Database
import HTTPTypes
import WebAPI

/// `/servers`: list, show, create, update, delete.
struct ServersController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    var operations: [Operation] {
        [
            Operation(.get, "/servers", policy: ComputePolicy.serverIndex) { [self] request in
                try await list(request, ComputePolicy.serverIndexAll, isDetailed: false)
            },
            Operation(.get, "/servers/detail", policy: ComputePolicy.serverDetail) { [self] request in
                try await list(request, ComputePolicy.serverDetailAll, isDetailed: true)
            },
            Operation(.get, "/servers/{id}") { [self] request in
                let server = try await env.server(request, ComputePolicy.serverShow)
                return try await show(server, request)
            },
            Operation(
                .post, "/servers", policy: ComputePolicy.serverCreate, bodies: ServerSchemas.create,
                success: .accepted
            ) { [self] request in try await create(request) },
            Operation(.put, "/servers/{id}", bodies: ServerSchemas.update) { [self] request in
                try await update(request)
            },
            Operation(.delete, "/servers/{id}", success: .noContent) { [self] request in
                let server = try await env.server(request, ComputePolicy.serverDelete)
                try await ServerDeletion(env).delete(
                    server.id, overridesLock: request.overridesLock, request.context)
                return .empty()
            },
        ]
    }

    private func list(_ request: APIRequest, _ all: PolicyRule, isDetailed: Bool) async throws -> APIResponse {
        let query = try ServerQuery(request, allProjects: all, maxLimit: env.options.maxLimit)
        let limit = query.paging.limit ?? env.options.maxLimit
        let marker = query.paging.marker.map { ServerID($0) }
        let isUnknown = query.filter.statuses.contains { ServerStatus.states(for: $0).isEmpty }
        let servers =
            isUnknown || limit == 0
            ? [] : try await ServerListStore.list(query.filter, after: marker, limit: limit, in: env.database)
        let next = servers.count == limit ? servers.last?.id.rawValue : nil
        let details =
            isDetailed
            ? try await env.details(
                servers, request.context, withHostStatus: request.version >= "2.16" && request.isAdmin)
            : []
        return .json { json in
            json.object { json in
                json.field("servers") { json in
                    if isDetailed {
                        var view = ServerView(request, extent: .list)
                        json.array(details) { view.write($1, &$0) }
                    } else {
                        json.array(servers) { json, server in
                            json.object { json in
                                json.field("id", server.id)
                                json.field("name", server.name)
                                json.field("links") { Links.write(&$0, request, "servers/\(server.id)") }
                            }
                        }
                    }
                }
                PagingLinks.nova(&json, collection: "servers", request: request, nextMarker: next, limit: limit)
            }
        }
    }

    private func show(
        _ server: Server, _ request: APIRequest, extent: ServerView.Extent = .full
    ) async throws -> APIResponse {
        let details = try await env.details(
            [server], request.context, withGroups: request.version >= "2.71",
            withHostStatus: request.version >= "2.16" && request.isAdmin)
        return .json { json in
            json.object { json in
                var view = ServerView(request, extent: extent)
                for one in details { json.field("server") { view.write(one, &$0) } }
            }
        }
    }

    private func create(_ request: APIRequest) async throws -> APIResponse {
        let plan = try await ServerPlanner(env, request).plan()
        let servers = try await ServerCreation(env).create(plan, owner: request.owner(), request.context)
        guard let first = servers.first else { throw ServiceError(.internal, "No server was made.") }
        if plan.returnsReservation {
            return .json { json in json.object { $0.field("reservation_id", first.reservationID) } }
        }
        let url = "\(request.baseURL)/servers/\(first.id)"
        return .json(headers: [.location: url]) { json in
            json.object {
                $0.field("server") {
                    $0.object { json in
                        json.field("id", first.id)
                        json.field("links") { Links.write(&$0, request, "servers/\(first.id)") }
                        json.field("OS-DCF:diskConfig", first.diskConfig.rawValue)
                        json.field("security_groups") {
                            $0.array(first.securityGroups) { json, name in json.object { $0.field("name", name) } }
                        }
                        json.field("adminPass", plan.adminPassword)
                    }
                }
            }
        }
    }

    private func update(_ request: APIRequest) async throws -> APIResponse {
        let server = try await env.server(request, ComputePolicy.serverUpdate)
        let body = request.body["server"] ?? .null
        var attributes = ServerChangeStore.Attributes()
        attributes.name = body["name"]?.string.map { ServerNames.trimmed($0) }
        if let description = body["description"] { attributes.description = .some(description.string) }
        attributes.diskConfig = body["OS-DCF:diskConfig"]?.string.flatMap { Server.DiskConfig(rawValue: $0) }
        if let address = body["accessIPv4"] { attributes.accessIPv4 = .some(address.string) }
        if let address = body["accessIPv6"] {
            attributes.accessIPv6 = .some(address.string.map { AddressText.canonical($0) })
        }
        attributes.hostname = body["hostname"]?.string
        let change = try await ServerChangeStore.update(
            server.id, attributes, at: env.clock.now(), in: env.database,
            telling: Announcement(env.notices, request.context))
        if env.notices.tellsChanges { await env.wakeConductors(request.context) }
        guard case .changed(let row) = change else {
            throw ServiceError(.notFound, "Instance \(server.id) could not be found.")
        }
        return try await show(Server(row), request, extent: request.version >= "2.75" ? .full : .brief)
    }
}
