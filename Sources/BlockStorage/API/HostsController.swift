import Core
import HTTPTypes
import WebAPI

extension BlockStorageAPI {
    static let vendor = BackendCapabilities.vendor
    static let driverVersion = "1.0"

    var hostOperations: [WebAPI.Operation] {
        [
            WebAPI.Operation(.get, "/os-hosts", policy: VolumePolicy.hosts) { _ in
                .json { json in
                    json.object {
                        $0.field("hosts") {
                            $0.array(binaries) { json, service in
                                json.object {
                                    $0.field("service-status", "available")
                                    $0.field("service", service.binary)
                                    $0.field("zone", options.availabilityZone)
                                    $0.field("service-state", "enabled")
                                    $0.field("host_name", service.host)
                                    $0.field("last-update", volumes.now.iso8601Micro)
                                }
                            }
                        }
                    }
                }
            },
            WebAPI.Operation(.get, "/os-hosts/{name}", policy: VolumePolicy.hosts) { try await showHost($0) },
            WebAPI.Operation(.get, "/capabilities/{name}", policy: VolumePolicy.capabilities) { request in
                let name = try request.parameter("name")
                guard name == "\(host)@\(storage.backend.name)" || name == volumes.hostName else {
                    throw ServiceError(.notFound, "Can't find service: \(name)")
                }
                return .json([
                    "namespace": .string("OS::Storage::Capabilities::\(name)"), "vendor_name": .string(Self.vendor),
                    "volume_backend_name": .string(storage.backend.name), "pool_name": .string(storage.backend.name),
                    "driver_version": .string(Self.driverVersion), "storage_protocol": "iSCSI", "display_name": nil,
                    "description": nil, "visibility": nil, "replication_targets": [],
                    "properties": [
                        "thin_provisioning": [
                            "title": "Thin Provisioning", "description": "Sets thin provisioning.", "type": "boolean",
                        ]
                    ],
                ])
            },
            WebAPI.Operation(
                .put, "/os-services/{action}", policy: VolumePolicy.servicesUpdate,
                body: JSONSchema([
                    "type": "object",
                    "properties": [
                        "host": ["type": "string", "minLength": 1, "maxLength": 255], "binary": ["type": "string"],
                        "disabled_reason": ["type": ["string", "null"], "maxLength": 255],
                    ],
                ])
            ) { request in
                let action = try request.parameter("action")
                if action == "disable-log-reason", request.body["disabled_reason"]?.string?.trimmed.isEmpty ?? true {
                    throw ServiceError(.badRequest, "'disabled_reason' is a required property")
                }
                let name = request.body["host"]?.string ?? ""
                let found = binaries.first { service in
                    service.host == name && (request.body["binary"]?.string.map { $0 == service.binary } ?? true)
                }
                guard found != nil else {
                    let isFreeze = action == "freeze" || action == "thaw"
                    throw ServiceError(
                        isFreeze ? .badRequest : .notFound, "Service on host \(name) could not be found.")
                }
                throw ServiceError(.badRequest, "Services are not stopped through the API: \(action).")
            },
        ]
    }

    /// The roles that this process has, and the hosts under which they are known.
    var binaries: [(binary: String, host: String)] {
        [("cinder-scheduler", host), ("cinder-volume", "\(host)@\(storage.backend.name)")]
    }

    private func showHost(_ request: APIRequest) async throws -> APIResponse {
        let name = try request.parameter("name")
        guard binaries.contains(where: { $0.host == name }) else {
            throw ServiceError(.notFound, "Host \(name) could not be found.")
        }
        let volumes = try await storage.volumes.count(VolumeFilter(scope: .everything))
        let snapshots = try await storage.snapshots.count(SnapshotStore.Filter(scope: .everything))
        let size = try await storage.snapshots.gigabytes()
        return .json([
            "host": [
                [
                    "resource": [
                        "host": .string(name), "project": "(total)", "volume_count": .string(String(volumes.count)),
                        "total_volume_gb": .string(String(volumes.gigabytes)),
                        "snapshot_count": .string(String(snapshots)), "total_snapshot_gb": .string(String(size)),
                    ]
                ]
            ]
        ])
    }
}
