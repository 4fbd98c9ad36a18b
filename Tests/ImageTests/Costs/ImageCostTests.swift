import Core
import FoundationEssentials
import HTTPTypes
import Logging
import TestSupport
import Testing
import WebAPI

@testable import Image

/// The Image API on a fresh database, with `size` of everything and of everything that hangs on it.
struct ImageCostWorld: Sendable {
    let size: Int
    let api: LocalAPI
    let ids = IDGenerator.random
    /// An image with `size` properties, tags, members and tasks.
    private(set) var image = ""
    private(set) var task = ""

    static func run(
        _ size: Int, _ body: @escaping @Sendable (ImageCostWorld, LocalAPI) async throws -> Void
    ) async throws {
        let options =
            "[image]\nweb_download_networks = 192.0.2.0/24\nhttp_store = web\nimage_cache_dir = FOLDER/cache\n"
        try await ImageFixture.with(options: options) { fixture in
            let api = try fixture.api()
            try await body(try await ImageCostWorld(size, api), api)
        }
    }

    private init(_ size: Int, _ api: LocalAPI) async throws {
        self.size = size
        self.api = api
        for index in 0..<size {
            image = try await active()
            for member in 0..<size {
                try await send("POST", "images/\(image)/members", ["member": .string("project\(member)")])
            }
            try await send("POST", "metadefs/namespaces", namespace("namespace\(index)"))
        }
        for _ in 0..<size {
            let queued = try await queued()
            try await send("POST", "images/\(queued)/import", Self.webImport)
            task = try await send("GET", "images/\(queued)/tasks")["tasks"]?[0]?["id"]?.string ?? ""
        }
    }

    static let webImport: JSONValue = ["method": ["name": "web-download", "uri": "https://192.0.2.1/image"]]

    // MARK: Making

    var names: [String] { (0..<size).map { "name\($0)" } }

    var body: [String: JSONValue] {
        var values: [String: JSONValue] = [
            "name": "image", "disk_format": "raw", "container_format": "bare", "visibility": "shared",
            "tags": .array(names.map { .string($0) }),
        ]
        for name in names { values[name] = "value" }
        return values
    }

    func queued() async throws -> String {
        try await send("POST", "images", .object(body))["id"]?.string ?? ""
    }

    func active() async throws -> String {
        let id = try await queued()
        try await upload(id, "file")
        return id
    }

    func upload(_ id: String, _ path: String) async throws {
        var headers = HTTPFields()
        headers[.init("X-Auth-Token") ?? .authorization] = SampleAuthenticator.admin
        headers[.contentType] = "application/octet-stream"
        let answer = try await api.send(
            .put, "/v2/images/\(id)/\(path)", headers: headers, body: [UInt8](repeating: 1, count: 512))
        guard answer.status < 400 else {
            throw ServiceError(.internal, "upload: \(answer.status)", cause: answer.error)
        }
    }

    /// A namespace with `size` objects, properties, tags and resource types.
    func namespace(_ name: String) -> JSONValue {
        let property: JSONValue = ["title": "t", "type": "string"]
        return [
            "namespace": .string(name),
            "objects": .array(names.map { ["name": .string($0)] }),
            "tags": .array(names.map { ["name": .string($0)] }),
            "properties": .object(
                Dictionary(names.map { ($0, property) }, uniquingKeysWith: { first, _ in first })),
            "resource_type_associations": .array(names.map { ["name": .string($0)] }),
        ]
    }

    @discardableResult
    func send(_ method: String, _ path: String, _ json: JSONValue? = nil) async throws -> JSONValue {
        let answer = try await api.send(method, "/v2/\(path)", json)
        guard answer.status < 400 else {
            throw ServiceError(
                .internal, "\(method) \(path): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))",
                cause: answer.error)
        }
        return answer.body.isEmpty ? .null : try JSONValue.parse(answer.body)
    }
}

@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct ImageCostTests {
    /// The recorded table is `Tests/Golden/queries/image.json`; APUS_UPDATE_GOLDEN=1 writes it.
    @Test func noRouteOfImageCostsMoreWithMoreRows() async throws {
        let survey = imageSurvey()
        let reports = Reports()
        for size in [3, 20] {
            try await ImageCostWorld.run(size) { world, api in
                await reports.add(try await survey.measure(world, api), api.description)
            }
        }
        let (few, many, description) = try await reports.result()
        let problems = try survey.problems(
            few: few, many: many, of: description, golden: Golden.path("queries/image.json"))
        for problem in problems { Issue.record("\(problem)") }
    }
}

typealias ImageSurvey = CostSurvey<ImageCostWorld>

/// A request for every operation of the Image API.
func imageSurvey() -> ImageSurvey {
    var survey = ImageSurvey()
    survey.on("GET /") { $1.status = 300 }
    survey.on("GET /versions")
    addImages(&survey)
    addMetadefs(&survey)
    for name in ["image", "images", "member", "members", "task", "tasks"] { survey.on("GET /v2/schemas/\(name)") }
    for name in ["import", "stores", "stores/detail", "usage"] { survey.on("GET /v2/info/\(name)") }
    return survey
}

private func addImages(_ survey: inout ImageSurvey) {
    let one = "/v2/images/{image_id}"
    survey.on("GET /v2/images")
    survey.on("GET /v2/images #filtered") { $1.query = "tag=name0&name0=value&sort=name:asc&member_status=all" }
    survey.on("POST /v2/images") { $1.json = .object($0.body) }
    survey.on("GET \(one)") { $1["image_id"] = $0.image }
    survey.on("PATCH \(one)") { world, request in
        request["image_id"] = world.image
        let changes = world.names.map {
            ["op": "replace", "path": .string("/\($0)"), "value": "new"] as JSONValue
        }
        request.json = .array(changes)
        request.headers[.contentType] = "application/openstack-images-v2.1-json-patch"
    }
    survey.on("DELETE \(one)") { $1["image_id"] = try await $0.active() }
    for path in ["file", "stage"] {
        survey.on("PUT \(one)/\(path)") {
            $1["image_id"] = try await $0.queued()
            $1.headers[.contentType] = "application/octet-stream"
            $1.bytes = [UInt8](repeating: 1, count: 512)
        }
    }
    survey.on("GET \(one)/file") { $1["image_id"] = $0.image }
    survey.on("POST \(one)/actions/deactivate") { $1["image_id"] = $0.image }
    survey.on("POST \(one)/actions/reactivate") { $1["image_id"] = $0.image }
    for method in ["PUT", "DELETE"] {
        survey.on("\(method) \(one)/tags/{tag}") {
            $1["image_id"] = $0.image
            $1["tag"] = "new"
        }
    }
    survey.on("GET \(one)/members") { $1["image_id"] = $0.image }
    survey.on("POST \(one)/members") {
        $1["image_id"] = $0.image
        $1.json = ["member": "new"]
    }
    for method in ["GET", "PUT", "DELETE"] {
        survey.on("\(method) \(one)/members/{member_id}") { world, request in
            request["image_id"] = world.image
            request["member_id"] = "new"
            if method == "PUT" {
                request.token = "u:new:member,reader"
                request.json = ["status": "accepted"]
            }
        }
    }
    survey.on("POST \(one)/import") {
        $1["image_id"] = try await $0.queued()
        $1.json = ImageCostWorld.webImport
    }
    survey.on("POST \(one)/locations") {
        $1["image_id"] = try await $0.queued()
        $1.json = ["url": "https://192.0.2.1/image"]
    }
    survey.on("GET \(one)/locations") { $1["image_id"] = $0.image }
    survey.on("GET \(one)/tasks") { $1["image_id"] = $0.image }
    survey.on("GET /v2/tasks")
    survey.on("GET /v2/tasks/{task_id}") { $1["task_id"] = $0.task }
    survey.on("DELETE /v2/tasks/{task_id}") { $1.status = 405 }
    survey.on("POST /v2/tasks") {
        $1.json = [
            "type": "import",
            "input": [
                "import_from": "https://192.0.2.1/image", "import_from_format": "raw",
                "image_properties": .object($0.body),
            ],
        ]
    }
    survey.on("GET /v2/cache")
    for method in ["PUT", "DELETE"] { survey.on("\(method) /v2/cache/{image_id}") { $1["image_id"] = $0.image } }
    survey.on("DELETE /v2/cache")
    survey.on("GET /v2/cache/nodes/{image_id}") {
        $1["image_id"] = $0.image
        // Each host tells of its own.
        $1.status = 409
    }
    survey.on("POST /v2/cache/clean")
    survey.on("POST /v2/cache/prune")
    survey.on("DELETE /v2/stores/{store_id}/{image_id}") {
        $1["store_id"] = "file"
        $1["image_id"] = $0.image
        // An image's only store.
        $1.status = 403
    }
}

private func addMetadefs(_ survey: inout ImageSurvey) {
    for (path, _) in MetadefSchemas.documents { survey.on("GET /v2/schemas/metadefs/\(path)") }
    let all = "/v2/metadefs/namespaces"
    let one = "\(all)/{namespace}"
    survey.on("GET \(all)")
    survey.on("GET /v2/metadefs/resource_types")
    survey.on("POST \(all)") { $1.json = $0.namespace("new") }
    survey.on("GET \(one)") { $1["namespace"] = "namespace0" }
    survey.on("PUT \(one)") {
        $1["namespace"] = "new"
        $1.json = ["namespace": "renamed"]
    }
    survey.on("DELETE \(one)") { $1["namespace"] = "renamed" }
    for path in ["objects", "properties", "tags", "resource_types"] {
        survey.on("GET \(one)/\(path)") { $1["namespace"] = "namespace0" }
        survey.on("DELETE \(one)/\(path)/{name}") {
            $1["namespace"] = "namespace0"
            $1["name"] = "name1"
        }
        if path != "tags" {
            survey.on("POST \(one)/\(path)") { _, request in
                request["namespace"] = "namespace0"
                request.json = path == "properties" ? ["name": "new", "title": "t", "type": "string"] : ["name": "new"]
            }
        }
        guard path != "resource_types" else { continue }
        survey.on("GET \(one)/\(path)/{name}") {
            $1["namespace"] = "namespace0"
            $1["name"] = "name0"
        }
        survey.on("PUT \(one)/\(path)/{name}") { _, request in
            request["namespace"] = "namespace0"
            request["name"] = "name0"
            request.json = path == "properties" ? ["name": "name0", "title": "n", "type": "string"] : ["name": "name0"]
        }
    }
    survey.on("POST \(one)/tags/{name}") {
        $1["namespace"] = "namespace0"
        $1["name"] = "made"
    }
    survey.on("POST \(one)/tags") { world, request in
        request["namespace"] = "namespace0"
        request.json = ["tags": .array(world.names.map { ["name": .string($0)] })]
    }
    for path in ["objects", "properties", "tags"] {
        survey.on("DELETE \(one)/\(path)") { $1["namespace"] = "namespace0" }
    }
}
