import Core
import HTTPTypes
import WebAPI

/// What `GET /` and `GET /v2.0` say.
enum VersionDocuments {
    static let root = [
        Operation(.get, "/", name: "list versions", auth: .none) { request in
            .json([
                "versions": [
                    [
                        "id": "v2.0", "status": "CURRENT",
                        "links": [["rel": "self", "href": .string("\(request.endpoint)/v2.0/")]],
                    ]
                ]
            ])
        }
    ]

    static func resources(_ types: [ResourceType]) -> Operation {
        Operation(.get, "/", name: "list resources", auth: .none) { request in
            let items = types.map { type -> JSONValue in
                [
                    "name": .string(type.name), "collection": .string(type.collection),
                    "links": [["rel": "self", "href": .string("\(request.baseURL)/\(type.path)")]],
                ]
            }
            return .json(["resources": .array(items)])
        }
    }
}
