import Core
import Database
import Logging
import TestSupport
import Testing
import WebAPI

@testable import Scheduler

/// The Placement API on a fresh database, with `size` of everything and of everything that hangs on it.
struct PlacementCostWorld: Sendable {
    let size: Int
    let api: LocalAPI
    let ids = IDGenerator.random
    private(set) var providers: [String] = []
    private(set) var consumer = ""

    static func run(
        _ size: Int, _ body: @escaping @Sendable (PlacementCostWorld, LocalAPI) async throws -> Void
    ) async throws {
        try await TestServices.withDatabase(service: "placement", migrations: placementMigrations) { database in
            let description = placementAPI(PlacementStore(database: database), identityURL: "http://identity.test/v3")
            let api = LocalAPI(
                description, authenticator: SampleAuthenticator(),
                policy: try PolicyEngine(rules: PlacementPolicies.all),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await body(try await PlacementCostWorld(size, api), api)
        }
    }

    private init(_ size: Int, _ api: LocalAPI) async throws {
        self.size = size
        self.api = api
        for index in 0..<size {
            try await send("PUT", "resource_classes/CUSTOM_CLASS\(index)")
            try await send("PUT", "traits/CUSTOM_TRAIT\(index)")
        }
        for index in 0..<size { providers.append(try await provider("provider\(index)")) }
        for _ in 0..<size { consumer = try await allocated() }
    }

    func provider(_ name: String) async throws -> String {
        let id = ids.uuid()
        try await send("POST", "resource_providers", ["name": .string(name), "uuid": .string(id)])
        try await send("PUT", "resource_providers/\(id)/inventories", inventories(0))
        try await send("PUT", "resource_providers/\(id)/traits", traits(1))
        try await send("PUT", "resource_providers/\(id)/aggregates", aggregates(2))
        return id
    }

    func inventories(_ generation: Int) -> JSONValue {
        let all = (0..<size).map { ("CUSTOM_CLASS\($0)", ["total": 1_000_000] as JSONValue) }
        return [
            "resource_provider_generation": .integer(Int64(generation)),
            "inventories": .object(Dictionary(all, uniquingKeysWith: { first, _ in first })),
        ]
    }

    func traits(_ generation: Int) -> JSONValue {
        [
            "resource_provider_generation": .integer(Int64(generation)),
            "traits": .array((0..<size).map { .string("CUSTOM_TRAIT\($0)") }),
        ]
    }

    func aggregates(_ generation: Int) -> JSONValue {
        [
            "resource_provider_generation": .integer(Int64(generation)),
            "aggregates": .array((0..<size).map { _ in .string(ids.uuid()) }),
        ]
    }

    /// A consumer with one of each class on every provider.
    func allocated() async throws -> String {
        let id = ids.uuid()
        try await send("PUT", "allocations/\(id)", allocations())
        return id
    }

    func allocations() -> JSONValue {
        let amounts = (0..<size).map { ("CUSTOM_CLASS\($0)", 1 as JSONValue) }
        let held = JSONValue.object(Dictionary(amounts, uniquingKeysWith: { first, _ in first }))
        let all = providers.map { ($0, ["resources": held] as JSONValue) }
        return [
            "allocations": .object(Dictionary(all, uniquingKeysWith: { first, _ in first })), "project_id": "p",
            "user_id": "u", "consumer_generation": nil, "consumer_type": "INSTANCE",
        ]
    }

    func generation(_ id: String) async throws -> Int {
        try await send("GET", "resource_providers/\(id)")["generation"]?.int ?? 0
    }

    @discardableResult
    func send(_ method: String, _ path: String, _ json: JSONValue? = nil) async throws -> JSONValue {
        let answer = try await api.send(method, "/placement/\(path)", json, version: "placement 1.39")
        guard answer.status < 400 else {
            throw ServiceError(
                .internal, "\(method) \(path): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
        }
        return answer.body.isEmpty ? .null : try JSONValue.parse(answer.body)
    }
}

@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct PlacementCostTests {
    /// The recorded table is `Tests/Golden/queries/placement.json`; APUS_UPDATE_GOLDEN=1 writes it.
    @Test func noRouteOfPlacementCostsMoreWithMoreRows() async throws {
        let survey = placementSurvey()
        let reports = Reports()
        for size in [3, 20] {
            try await PlacementCostWorld.run(size) { world, api in
                await reports.add(try await survey.measure(world, api), api.description)
            }
        }
        let (few, many, description) = try await reports.result()
        let problems = try survey.problems(
            few: few, many: many, of: description, golden: Golden.path("queries/placement.json"))
        for problem in problems { Issue.record("\(problem)") }
    }
}

/// A request for every operation of the Placement API.
private func placementSurvey() -> CostSurvey<PlacementCostWorld> {
    var survey = CostSurvey<PlacementCostWorld>()
    survey.on("GET /placement/")
    addProviders(&survey)
    addInventories(&survey)
    survey.on("GET /placement/allocations/{consumer}") { $1["consumer"] = $0.consumer }
    survey.on("PUT /placement/allocations/{consumer}") {
        $1["consumer"] = $0.ids.uuid()
        $1.json = $0.allocations()
    }
    survey.on("DELETE /placement/allocations/{consumer}") { $1["consumer"] = try await $0.allocated() }
    survey.on("GET /placement/usages") { $1.query = "project_id=p" }
    survey.on("GET /placement/allocation_candidates") {
        $1.query = "resources=CUSTOM_CLASS0:1,CUSTOM_CLASS1:1&required=CUSTOM_TRAIT0"
    }
    for path in ["allocations", "reshaper"] {
        survey.on("POST /placement/\(path)") {
            $1.json = [:]
            $1.status = 400
        }
    }
    for method in ["GET", "PUT", "DELETE"] {
        survey.on("\(method) /placement/traits/{name}") { world, request in
            request["name"] = method == "GET" ? "CUSTOM_TRAIT0" : "CUSTOM_NEW"
        }
        survey.on("\(method) /placement/resource_classes/{name}") { world, request in
            request["name"] = method == "GET" ? "CUSTOM_CLASS0" : "CUSTOM_NEW"
        }
    }
    survey.on("GET /placement/traits")
    survey.on("GET /placement/resource_classes")
    survey.on("POST /placement/resource_classes") { $1.json = ["name": "CUSTOM_MADE"] }
    return survey
}

private func addProviders(_ survey: inout CostSurvey<PlacementCostWorld>) {
    let path = "/placement/resource_providers"
    survey.on("GET \(path)")
    survey.on("GET \(path) #resources") { $1.query = "resources=CUSTOM_CLASS0:1" }
    survey.on("POST \(path)") { $1.json = ["name": "new"] }
    for rest in ["", "/usages", "/allocations", "/inventories", "/traits", "/aggregates"] {
        survey.on("GET \(path)/{uuid}\(rest)") { $1["uuid"] = $0.providers[0] }
    }
    survey.on("PUT \(path)/{uuid}") {
        $1["uuid"] = $0.providers[0]
        $1.json = ["name": "renamed"]
    }
    survey.on("DELETE \(path)/{uuid}") { $1["uuid"] = try await $0.provider("gone") }
    survey.on("PUT \(path)/{uuid}/traits") { world, request in
        request["uuid"] = world.providers[0]
        request.json = world.traits(try await world.generation(world.providers[0]))
    }
    survey.on("DELETE \(path)/{uuid}/traits") { $1["uuid"] = $0.providers[0] }
    survey.on("PUT \(path)/{uuid}/aggregates") { world, request in
        request["uuid"] = world.providers[0]
        request.json = world.aggregates(try await world.generation(world.providers[0]))
    }
}

private func addInventories(_ survey: inout CostSurvey<PlacementCostWorld>) {
    let path = "/placement/resource_providers/{uuid}/inventories"
    survey.on("PUT \(path)") { world, request in
        request["uuid"] = world.providers[0]
        request.json = world.inventories(try await world.generation(world.providers[0]))
    }
    survey.on("POST \(path)") { world, request in
        request["uuid"] = world.providers[0]
        request.json = [
            "resource_class": "VCPU", "total": 4,
            "resource_provider_generation": .integer(Int64(try await world.generation(world.providers[0]))),
        ]
    }
    survey.on("GET \(path)/{resource_class}") {
        $1["uuid"] = $0.providers[0]
        $1["resource_class"] = "VCPU"
    }
    survey.on("PUT \(path)/{resource_class}") { world, request in
        request["uuid"] = world.providers[0]
        request["resource_class"] = "VCPU"
        request.json = [
            "total": 5, "resource_provider_generation": .integer(Int64(try await world.generation(world.providers[0]))),
        ]
    }
    survey.on("DELETE \(path)/{resource_class}") {
        $1["uuid"] = $0.providers[0]
        $1["resource_class"] = "VCPU"
    }
    survey.on("DELETE \(path)") { $1["uuid"] = try await $0.provider("emptied") }
}
