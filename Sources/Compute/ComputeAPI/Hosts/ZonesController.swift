import ComputeModel
import ComputeStore
import Core
import FoundationEssentials
import HTTPTypes
import WebAPI

/// `/os-availability-zone`. A zone is what aggregates say; other hosts are in the default one.
struct ZonesController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    static func names(_ env: ComputeEnvironment) async throws -> Set<String> {
        let zones = try await AggregateStore.list(in: env.database).compactMap(\.zone)
        return Set(zones).union([env.options.defaultZone])
    }

    var operations: [Operation] {
        [
            Operation(.get, "/os-availability-zone", policy: ComputePolicy.zoneList) { [self] in
                try await list($0, isDetailed: false)
            },
            Operation(.get, "/os-availability-zone/detail", policy: ComputePolicy.zoneDetail) { [self] in
                try await list($0, isDetailed: true)
            },
        ]
    }

    private struct Zone {
        let name: String
        let services: [ComputeService]
    }

    private func zones() async throws -> [Zone] {
        let byHost = try await AggregateStore.list(in: env.database).reduce(into: [String: String]()) {
            all, aggregate in
            for host in aggregate.hosts { if let zone = aggregate.zone { all[host] = zone } }
        }
        let services = try await HostStore.services(in: env.database)
        let groups = Dictionary(grouping: services) { service in
            service.binary == "nova-compute" ? byHost[service.host] ?? env.options.defaultZone : "internal"
        }
        var names = Set(groups.keys)
        names.insert(env.options.defaultZone)
        return names.sorted().map { Zone(name: $0, services: groups[$0] ?? []) }
    }

    private func list(_ request: APIRequest, isDetailed: Bool) async throws -> APIResponse {
        let now = env.clock.now()
        let zones = try await zones().filter { isDetailed || $0.name != "internal" }
        return .json { json in
            json.object {
                $0.field("availabilityZoneInfo") {
                    $0.array(zones) { json, zone in
                        json.object { json in
                            json.field("zoneName", zone.name)
                            json.field("zoneState") { $0.object { $0.field("available", true) } }
                            if isDetailed {
                                json.field("hosts") { Self.write(&$0, zone.services, now) }
                            } else {
                                json.field("hosts", String?.none)
                            }
                        }
                    }
                }
            }
        }
    }

    private static func write(_ json: inout JSONWriter, _ services: [ComputeService], _ now: Date) {
        json.object { json in
            for (host, services) in Dictionary(grouping: services, by: \.host).sorted(by: { $0.key < $1.key }) {
                json.field(host) {
                    $0.object { json in
                        for service in services {
                            json.field(service.binary) {
                                $0.object {
                                    $0.field("available", service.isUp(at: now))
                                    $0.field("active", !service.isDisabled)
                                    $0.field("updated_at", service.lastSeenAt?.iso8601Micro)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
