import Core
import HTTPTypes
import WebAPI

/// `GET /` and `GET /v3`.
enum VersionDocuments {
    static let operations: [WebAPI.Operation] = [
        WebAPI.Operation(.get, "/", success: .multipleChoices, auth: .none) { request in document(request) }
    ]

    static let v3: [WebAPI.Operation] = [
        WebAPI.Operation(.get, "/", success: .ok, auth: .none) { request in document(request) }
    ]

    private static func document(_ request: APIRequest) -> APIResponse {
        .json { json in
            json.object {
                $0.field("versions") {
                    $0.array([BlockStorageAPI.maxVersion]) { json, version in
                        json.object {
                            $0.field("id", "v3.0")
                            $0.field("status", "CURRENT")
                            $0.field("version", version.description)
                            $0.field("min_version", "3.0")
                            $0.field("updated", "2023-08-31T00:00:00Z")
                            $0.field("links", links(request.endpoint))
                            $0.field(
                                "media-types",
                                [
                                    [
                                        "base": "application/json",
                                        "type": "application/vnd.openstack.volume+json;version=3",
                                    ]
                                ] as JSONValue)
                        }
                    }
                }
            }
        }
    }

    private static func links(_ endpoint: String) -> JSONValue {
        [
            ["rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"],
            ["rel": "self", "href": .string("\(endpoint)/v3/")],
        ]
    }
}
