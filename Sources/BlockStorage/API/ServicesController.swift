import Core
import HTTPTypes
import WebAPI

extension BlockStorageAPI {
    var serviceOperations: [WebAPI.Operation] {
        [
            WebAPI.Operation(.get, "/os-availability-zone", policy: VolumePolicy.zones) { _ in
                .json([
                    "availabilityZoneInfo": [
                        ["zoneName": .string(options.availabilityZone), "zoneState": ["available": true]]
                    ]
                ])
            },
            WebAPI.Operation(.get, "/os-services", policy: VolumePolicy.services) { listServices($0) },
            WebAPI.Operation(.get, "/scheduler-stats/get_pools", policy: VolumePolicy.pools) {
                try await listPools($0)
            },
            WebAPI.Operation(.get, "/extensions") { _ in
                .json { json in
                    json.object {
                        $0.field("extensions") { $0.array(Self.extensions) { Self.write(&$0, $1) } }
                    }
                }
            },
            WebAPI.Operation(.get, "/extensions/{alias}") { request in
                let alias = try request.parameter("alias")
                guard let found = Self.extensions.first(where: { $0.alias == alias }) else {
                    throw ServiceError(.notFound, "The resource could not be found.")
                }
                return .json { $0.object { $0.field("extension") { Self.write(&$0, found) } } }
            },
        ]
    }

    /// The roles that this process has; it answers, so they are up.
    private func listServices(_ request: APIRequest) -> APIResponse {
        let volumeHost = "\(host)@\(storage.backend.name)"
        let services = [("cinder-scheduler", host), ("cinder-volume", volumeHost)].filter { binary, name in
            (request.query.last("binary").map { $0 == binary } ?? true)
                && (request.query.last("host").map { name == $0 || name.hasPrefix("\($0)@") } ?? true)
        }
        return .json { json in
            json.object {
                $0.field("services") {
                    $0.array(services) { json, service in
                        json.object {
                            $0.field("binary", service.0)
                            $0.field("host", service.1)
                            $0.field("zone", options.availabilityZone)
                            $0.field("status", "enabled")
                            $0.field("state", "up")
                            $0.field("updated_at", volumes.now.iso8601Micro)
                            if request.version >= "3.7" { $0.field("cluster", String?.none) }
                            $0.field("disabled_reason", String?.none)
                            guard service.0 == "cinder-volume" else { return }
                            if request.version >= "3.49" { $0.field("backend_state", "up") }
                            $0.field("replication_status", "disabled")
                            $0.field("active_backend_id", String?.none)
                            $0.field("frozen", false)
                        }
                    }
                }
            }
        }
    }

    private func listPools(_ request: APIRequest) async throws -> APIResponse {
        let capacity = try await storage.backend.capacity()
        let used = try await storage.volumes.count(VolumeFilter(scope: .everything))
        let isDetail = Text.bool(request.query.last("detail")) ?? false
        return .json { json in
            json.object {
                $0.field("pools") {
                    $0.array([volumes.hostName]) { json, name in
                        json.object {
                            $0.field("name", name)
                            guard isDetail else { return }
                            $0.field("capabilities") {
                                $0.object {
                                    $0.field("volume_backend_name", storage.backend.name)
                                    $0.field("pool_name", storage.backend.name)
                                    $0.field("vendor_name", Self.vendor)
                                    $0.field("driver_version", Self.driverVersion)
                                    $0.field("storage_protocol", "iSCSI")
                                    $0.field("total_capacity_gb", capacity.totalGiB)
                                    $0.field("free_capacity_gb", capacity.freeGiB)
                                    $0.field("allocated_capacity_gb", used.gigabytes)
                                    $0.field("provisioned_capacity_gb", used.gigabytes)
                                    $0.field("reserved_percentage", 0)
                                    $0.field("max_over_subscription_ratio", "20.0")
                                    $0.field("thin_provisioning_support", true)
                                    $0.field("thick_provisioning_support", false)
                                    $0.field("multiattach", true)
                                    $0.field("QoS_support", false)
                                    $0.field("timestamp", volumes.now.iso8601Micro)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    // MARK: Extensions

    private struct Extension: Sendable {
        let name: String
        let alias: String
        let description: String
    }

    private static let extensions: [Extension] = [
        .init(name: "VolumeActions", alias: "os-volume-actions", description: "Volume actions."),
        .init(name: "AdminActions", alias: "os-admin-actions", description: "Administrators' actions."),
        .init(name: "SnapshotActions", alias: "os-snapshot-actions", description: "Snapshot actions."),
        .init(name: "VolumeHostAttribute", alias: "os-vol-host-attr", description: "The host of a volume."),
        .init(name: "VolumeTenantAttribute", alias: "os-vol-tenant-attr", description: "The project of a volume."),
        .init(name: "VolumeMigStatusAttribute", alias: "os-vol-mig-status-attr", description: "Migration status."),
        .init(name: "VolumeImageMetadata", alias: "os-vol-image-meta", description: "Image metadata of a volume."),
        .init(
            name: "ExtendedSnapshotAttributes", alias: "os-extended-snapshot-attributes",
            description: "Project and progress of a snapshot."),
        .init(name: "TypesManage", alias: "os-types-manage", description: "Managing volume types."),
        .init(name: "TypesExtraSpecs", alias: "os-types-extra-specs", description: "Extra specs of volume types."),
        .init(name: "VolumeTypeAccess", alias: "os-volume-type-access", description: "Private volume types."),
        .init(name: "Quotas", alias: "os-quota-sets", description: "Quotas."),
        .init(name: "UsedLimits", alias: "os-used-limits", description: "Used limits."),
        .init(name: "AvailabilityZones", alias: "os-availability-zone", description: "Availability zones."),
        .init(name: "Services", alias: "os-services", description: "Services."),
        .init(name: "Hosts", alias: "os-hosts", description: "Hosts."),
        .init(name: "Capabilities", alias: "capabilities", description: "Capabilities of backends."),
        .init(name: "VolumeTransfer", alias: "os-volume-transfer", description: "Volume transfers."),
        .init(name: "Scheduler_stats", alias: "scheduler-stats", description: "Pools."),
    ]

    private static func write(_ json: inout JSONWriter, _ item: Extension) {
        json.object {
            $0.field("name", item.name)
            $0.field("alias", item.alias)
            $0.field("description", item.description)
            $0.field("updated", "2011-08-08T00:00:00+00:00")
            $0.field("links", [] as JSONValue)
        }
    }

    // MARK: What is not there

    /// Parts of Cinder's API that are not here answer so, loudly.
    var unsupported: [WebAPI.Operation] {
        let parts = [
            "backups", "groups", "group_types", "group_snapshots", "consistencygroups", "cgsnapshots",
            "qos-specs", "clusters", "workers",
            "os-volume-manage", "os-snapshot-manage", "manageable_volumes", "manageable_snapshots", "default-types",
            "resource_filters",
        ]
        return parts.flatMap { part in
            [HTTPRequest.Method.get, .post, .put, .delete].flatMap { method in
                ["/\(part)", "/\(part)/{rest*}"].map { path in
                    WebAPI.Operation(method, path) { _ in
                        throw ServiceError(.badRequest, "\(part) are not supported by this service.")
                    }
                }
            }
        }
    }
}
