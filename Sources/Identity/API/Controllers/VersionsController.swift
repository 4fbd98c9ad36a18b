import Core
import HTTPTypes
import WebAPI

/// `/` and `/v3`: which versions there are.
struct VersionsController {
    var operations: [Operation] {
        [
            Operation(.get, "/", success: .multipleChoices, auth: .none) { request in
                let home = request.endpoint + "/v3/"
                return .json(.multipleChoices, headers: [.location: home]) { json in
                    json.object {
                        $0.field("versions") {
                            $0.object { $0.array("values", [home]) { version($1, &$0) } }
                        }
                    }
                }
            },
            Operation(.get, "/v3", auth: .none) { request in
                .json { json in
                    json.object { $0.field("version") { version(request.endpoint + "/v3/", &$0) } }
                }
            },
        ]
    }

    private func version(_ home: String, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", "v3.14")
            $0.field("status", "stable")
            $0.field("updated", "2020-04-07T00:00:00Z")
            $0.array("links", [home]) { json, home in
                json.object {
                    $0.field("rel", "self")
                    $0.field("href", home)
                }
            }
            $0.array("media-types", ["application/json"]) { json, base in
                json.object {
                    $0.field("base", base)
                    $0.field("type", "application/vnd.openstack.identity-v3+json")
                }
            }
        }
    }
}
