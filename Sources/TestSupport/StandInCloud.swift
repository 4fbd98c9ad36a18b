package import Core
import FoundationEssentials
import HTTPTypes
import Logging
import NIOCore
import ServiceLifecycle
import WebAPI

/// The other services of a cloud, as far as a service's clients need them: an HTTP server with collections in
/// memory. It logs everyone in, and its catalogue leads to itself.
package final class StandInCloud: Sendable {
    private let resources = Locked<[String: [JSONValue]]>([:])
    private let ids = IDGenerator.random
    private let address = Locked("")

    /// Where it listens.
    package var url: String { address.withLock { $0 } }

    /// Runs `body` while it serves.
    package static func run(_ body: @escaping @Sendable (StandInCloud) async throws -> Void) async throws {
        let cloud = StandInCloud()
        let logger = Logger(label: "stand-in") { _ in SwiftLogNoOpLogHandler() }
        let (ports, listening) = AsyncStream<Int>.makeStream()
        let server = APIServer(
            options: APIServerOptions(port: 0), service: cloud.description, authenticator: SampleAuthenticator(),
            policy: try PolicyEngine(rules: [], overrides: [:]), logger: logger
        ) { listening.yield($0.port ?? 0) }
        let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                for await port in ports {
                    cloud.address.withLock { $0 = "http://127.0.0.1:\(port)" }
                    do {
                        try await body(cloud)
                    } catch {
                        await group.triggerGracefulShutdown()
                        throw error
                    }
                    break
                }
                await group.triggerGracefulShutdown()
            }
            try await tasks.waitForAll()
        }
    }

    /// Adds a resource to a collection: `ports`, `networks`, `images`, `volumes`.
    package func add(_ collection: String, _ resource: [String: JSONValue]) {
        resources.withLock { $0[collection, default: []].append(.object(resource)) }
    }

    private var description: APIDescription {
        APIDescription(
            serviceType: "identity",
            mounts: [
                Mount(
                    "",
                    [
                        Operation(.post, "/v3/auth/tokens", success: .created, auth: .none) { [self] in login($0) },
                        Operation(.get, "/{version}/{collection}", auth: .none) { [self] in try list($0) },
                        Operation(.post, "/{version}/{collection}", success: .created, auth: .none) { [self] in
                            try create($0)
                        },
                        Operation(.get, "/{version}/{collection}/{id}", auth: .none) { [self] in try show($0) },
                        Operation(.put, "/{version}/{collection}/{id}", auth: .none) { [self] in try update($0) },
                        Operation(.delete, "/{version}/{collection}/{id}", success: .noContent, auth: .none) {
                            [self] in try delete($0)
                        },
                    ], faults: .neutron)
            ], faults: .neutron)
    }

    private func login(_ request: APIRequest) -> APIResponse {
        let services = ["network", "image", "block-storage", "compute", "placement", "identity"].map { type in
            [
                "type": .string(type), "name": .string(type),
                "endpoints": .array(
                    ["public", "internal", "admin"].map {
                        [
                            "interface": .string($0), "region": "RegionOne", "region_id": "RegionOne",
                            "url": .string(url),
                        ]
                    }),
            ] as JSONValue
        }
        let token: JSONValue = [
            "token": [
                "expires_at": "2099-01-01T00:00:00.000000Z", "user": ["id": "service"],
                "project": ["id": "services"], "catalog": .array(services),
            ]
        ]
        return .json(token, headers: [.init("X-Subject-Token") ?? .accept: "token"])
    }

    private func list(_ request: APIRequest) throws -> APIResponse {
        let collection = try request.parameter("collection")
        let wanted = Dictionary(grouping: request.query.items) { $0.name }.mapValues { Set($0.map { $0.value }) }
        let found = resources.withLock { $0[collection] ?? [] }.filter { resource in
            wanted.allSatisfy { name, values in
                guard let value = resource[name] else { return true }
                return values.contains(value.string ?? value.jsonText)
            }
        }
        return .json([collection.map { $0 == "-" ? "_" : String($0) }.joined(): .array(found)])
    }

    private func create(_ request: APIRequest) throws -> APIResponse {
        let collection = try request.parameter("collection")
        var resource = (request.body[Self.member(collection)] ?? request.body).object ?? [:]
        if resource["id"] == nil { resource["id"] = .string(ids.uuid()) }
        add(collection, resource)
        return Self.answer(collection, .object(resource))
    }

    private func show(_ request: APIRequest) throws -> APIResponse {
        let collection = try request.parameter("collection")
        let id = try request.parameter("id")
        guard let found = resources.withLock({ $0[collection]?.first { $0["id"]?.string == id } }) else {
            throw ServiceError(.notFound, "There is no \(id) in \(collection).")
        }
        return Self.answer(collection, found)
    }

    private func update(_ request: APIRequest) throws -> APIResponse {
        let collection = try request.parameter("collection")
        let id = try request.parameter("id")
        let changes = request.body[Self.member(collection)]?.object ?? [:]
        let changed = resources.withLock { all -> JSONValue? in
            guard let index = all[collection]?.firstIndex(where: { $0["id"]?.string == id }) else { return nil }
            let merged = (all[collection]?[index].object ?? [:]).merging(changes) { $1 }
            all[collection]?[index] = .object(merged)
            return .object(merged)
        }
        guard let changed else { throw ServiceError(.notFound, "There is no \(id) in \(collection).") }
        return Self.answer(collection, changed)
    }

    private func delete(_ request: APIRequest) throws -> APIResponse {
        let collection = try request.parameter("collection")
        let id = try request.parameter("id")
        resources.withLock { $0[collection]?.removeAll { $0["id"]?.string == id } }
        return .empty()
    }

    /// `security-groups` holds `security_group`.
    private static func member(_ collection: String) -> String {
        String(collection.map { $0 == "-" ? "_" : $0 }.dropLast())
    }

    /// Images stand alone, everything else is wrapped.
    private static func answer(_ collection: String, _ resource: JSONValue) -> APIResponse {
        collection == "images" ? .json(resource) : .json([member(collection): resource])
    }
}
