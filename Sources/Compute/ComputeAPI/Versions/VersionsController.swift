import Core
import HTTPTypes
import WebAPI

/// The documents that tell clients which versions there are: `/`, `/v2`, `/v2.1`.
struct VersionsController: Sendable {
    var operations: [Operation] {
        [
            Operation(.get, "/", name: "versions", auth: .none) { request in
                .json { json in
                    json.object {
                        $0.field("versions") {
                            $0.array([("v2.0", false), ("v2.1", true)]) { json, version in
                                json.object { Self.write(&$0, version.0, isCurrent: version.1, request, full: false) }
                            }
                        }
                    }
                }
            },
            document("/v2.1", "v2.1", isCurrent: true),
            document("/v2", "v2.0", isCurrent: false),
        ]
    }

    private func document(_ path: String, _ id: String, isCurrent: Bool) -> Operation {
        Operation(.get, path, name: "version \(id)", auth: .none) { request in
            .json { json in
                json.object {
                    $0.field("version") { $0.object { Self.write(&$0, id, isCurrent: isCurrent, request, full: true) } }
                }
            }
        }
    }

    private static func write(
        _ json: inout JSONWriter, _ id: String, isCurrent: Bool, _ request: APIRequest, full: Bool
    ) {
        let path = isCurrent ? "v2.1" : "v2"
        json.field("id", id)
        json.field("status", isCurrent ? "CURRENT" : "SUPPORTED")
        json.field("version", isCurrent ? ComputeAPI.maxVersion.description : "")
        json.field("min_version", isCurrent ? ComputeAPI.minVersion.description : "")
        json.field("updated", isCurrent ? "2013-07-23T11:33:21Z" : "2011-01-21T11:33:21Z")
        json.field("links") {
            $0.array { json in
                json.object {
                    $0.field("rel", "self")
                    $0.field("href", "\(request.endpoint)/\(path)/")
                }
                guard full else { return }
                json.object {
                    $0.field("rel", "describedby")
                    $0.field("type", "text/html")
                    $0.field("href", "http://docs.openstack.org/")
                }
            }
        }
        guard full else { return }
        json.field("media-types") {
            $0.array { json in
                json.object {
                    $0.field("base", "application/json")
                    $0.field("type", "application/vnd.openstack.compute+json;version=\(isCurrent ? "2.1" : "2")")
                }
            }
        }
    }
}

/// The old list of extensions: everything is built in, a few names are still looked for.
struct ExtensionsController: Sendable {
    private static let names = [
        ("os-keypairs", "Keypairs"), ("os-volumes", "Volumes"), ("os-security-groups", "SecurityGroups"),
        ("os-quota-sets", "Quotas"), ("os-server-groups", "ServerGroups"), ("os-hypervisors", "Hypervisors"),
        ("os-services", "Services"), ("os-availability-zone", "AvailabilityZone"), ("os-aggregates", "Aggregates"),
        ("os-flavor-access", "FlavorAccess"), ("os-attach-interfaces", "AttachInterfaces"),
        ("os-simple-tenant-usage", "SimpleTenantUsage"), ("OS-DCF", "DiskConfig"), ("OS-EXT-STS", "ExtendedStatus"),
    ]

    var operations: [Operation] {
        [
            Operation(.get, "/extensions", policy: ComputePolicy.extensions) { _ in
                .json { json in
                    json.object {
                        $0.field("extensions") { $0.array(Self.names) { json, name in Self.write(&json, name) } }
                    }
                }
            },
            Operation(.get, "/extensions/{alias}", policy: ComputePolicy.extensions) { request in
                let alias = try request.parameter("alias")
                guard let name = Self.names.first(where: { $0.0 == alias }) else {
                    throw ServiceError(.notFound, "The resource could not be found.")
                }
                return .json { json in json.object { $0.field("extension") { Self.write(&$0, name) } } }
            },
        ]
    }

    private static func write(_ json: inout JSONWriter, _ name: (String, String)) {
        json.object {
            $0.field("alias", name.0)
            $0.field("name", name.1)
            $0.field("description", "\(name.1) extension.")
            $0.field("namespace", "http://docs.openstack.org/compute/ext/fake_xml")
            $0.field("updated", "2014-12-03T00:00:00Z")
            $0.field("links") { $0.array { _ in } }
        }
    }
}
