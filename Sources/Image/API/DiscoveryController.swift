import Core
import HTTPTypes
import WebAPI

/// Versions, schemas and `/info`: what the service can do.
struct DiscoveryController: Sendable {
    let core: ImageCore
    let schemas: ImageSchemas

    /// With a cache there are the versions of its API too.
    private var versions: [String] {
        core.cache == nil ? Self.versions : ["2.18", "2.17", "2.16", "2.15", "2.14"] + Self.versions.dropFirst(2)
    }

    private static let versions = [
        "2.17", "2.15", "2.13", "2.12", "2.11", "2.10", "2.9", "2.8", "2.7", "2.6", "2.5", "2.4", "2.3", "2.2", "2.1",
        "2.0",
    ]

    /// Bare paths, which need no token.
    var versionOperations: [Operation] {
        [
            Operation(.get, "/", success: .multipleChoices, auth: .none) { versionDocument($0) },
            Operation(.get, "/versions", success: .ok, auth: .none) { versionDocument($0) },
        ]
    }

    var operations: [Operation] {
        let documents: [(String, JSONValue)] = [
            ("image", schemas.image),
            ("images", ImageSchemas.collection("images", of: schemas.image)),
            ("member", ImageSchemas.member),
            ("members", ImageSchemas.collection("members", of: ImageSchemas.member, isPaged: false)),
            ("task", ImageSchemas.task),
            ("tasks", ImageSchemas.collection("tasks", of: ImageSchemas.task, isPaged: false)),
        ]
        return documents.map { name, document in
            Operation(.get, "/schemas/\(name)") { _ in .json(document) }
        } + [
            Operation(.get, "/info/import") { _ in
                .json([
                    "import-methods": [
                        "description": "Import methods available.", "type": "array",
                        "value": .array(core.options.importMethods.map { .string($0) }),
                    ]
                ])
            },
            Operation(.get, "/info/stores") { _ in
                .json(["stores": .array(core.stores.settings.map { .object(store($0)) })])
            },
            Operation(.get, "/info/stores/detail", policy: ImagePolicies.storesDetail) { _ in
                .json(["stores": .array(core.stores.settings.map { .object(detail($0)) })])
            },
            Operation(.get, "/info/usage") { try await usage($0) },
        ]
    }

    private func store(_ settings: StoreSettings) -> [String: JSONValue] {
        var store: [String: JSONValue] = ["id": .string(settings.id)]
        if !settings.description.isEmpty { store["description"] = .string(settings.description) }
        if settings.id == core.stores.primary.id { store["default"] = "true" }
        if settings.kind == .http { store["read-only"] = "true" }
        return store
    }

    private func detail(_ settings: StoreSettings) -> [String: JSONValue] {
        var detail = store(settings)
        detail["type"] = .string(settings.kind.rawValue)
        detail["weight"] = .integer(Int64(settings.weight))
        detail["properties"] =
            settings.kind == .http
            ? [:]
            : [
                "data_dir": .string(settings.folder), "chunk_size": .integer(Int64(FileStore.chunk)),
                "thin_provisioning": false,
            ]
        return detail
    }

    private func versionDocument(_ request: APIRequest) -> APIResponse {
        .json { json in
            json.object { json in
                json.field("versions") { json in
                    json.array(versions.enumerated()) { json, item in
                        json.object { json in
                            json.field("id", "v\(item.element)")
                            json.field("status", item.offset == 0 ? "CURRENT" : "SUPPORTED")
                            json.field("links") {
                                $0.array(["\(request.endpoint)/v2/"]) { json, url in
                                    json.object {
                                        $0.field("rel", "self")
                                        $0.field("href", url)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private func usage(_ request: APIRequest) async throws -> APIResponse {
        guard let project = request.context.projectID else {
            throw ServiceError(.forbidden, "A token for a project is needed.")
        }
        let usage = try await core.images.usage(project)
        let options = core.options
        let mebibyte: Int64 = 1 << 20
        let bytes = options.projectQuota > 0 ? options.projectQuota / mebibyte : -1
        let values: [(String, Int64, Int64)] = [
            ("image_size_total", bytes, usage.bytes / mebibyte),
            ("image_stage_total", bytes, usage.staged / mebibyte),
            ("image_count_total", options.maxImages > 0 ? Int64(options.maxImages) : -1, Int64(usage.images)),
            ("image_count_uploading", -1, Int64(usage.uploading)),
        ]
        return .json { json in
            json.object { json in
                json.field("usage") { json in
                    json.object { json in
                        for (name, limit, used) in values {
                            json.field(name) {
                                $0.object {
                                    $0.field("limit", Int(limit))
                                    $0.field("usage", Int(used))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
