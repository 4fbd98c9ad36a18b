import ComputeModel
import ComputeStore
import Core
import Database
import FoundationEssentials
import Logging

/// A server with all that its view shows: loaded for a whole page at once.
struct ServerDetails: Sendable {
    var server: Server
    var metadata: [String: String] = [:]
    var tags: [String] = []
    var volumes: [BlockDevice] = []
    var fault: (ServerFault, Date)?
    /// Nil while the server has no port.
    var securityGroups: [String]?
    var group: String?
    var hostStatus = ""
}

extension ComputeEnvironment {
    /// Completes a page of servers with a fixed number of queries.
    func details(
        _ servers: [Server], _ context: RequestContext, withGroups: Bool = false, withHostStatus: Bool = false
    ) async throws -> [ServerDetails] {
        let ids = servers.map(\.id)
        guard !ids.isEmpty else { return [] }
        let metadata = try await ServerMetadataStore.metadata(of: ids, in: database)
        let tags = try await ServerTagStore.tags(of: ids, in: database)
        let devices = try await BlockDeviceStore.list(of: ids, in: database)
        let volumes = Dictionary(grouping: devices.filter { $0.destination == .volume && $0.volume != nil }, by: \.server)
        let failed = servers.filter { $0.vmState == .error || $0.vmState == .deleted }.map(\.id)
        let faults = try await ServerStore.faults(of: failed, in: database)
        let groups = await securityGroupNames(servers, context)
        let statuses = withHostStatus ? try await hostStatuses() : [:]
        var all: [ServerDetails] = []
        for server in servers {
            var details = ServerDetails(server: server)
            details.metadata = metadata[server.id] ?? [:]
            details.tags = tags[server.id] ?? []
            details.volumes = volumes[server.id] ?? []
            details.fault = faults[server.id]
            details.securityGroups = groups[server.id] ?? (server.host == nil ? server.securityGroups : nil)
            details.hostStatus = server.host.map { statuses[$0] ?? "UNKNOWN" } ?? ""
            if withGroups { details.group = try await ServerGroupStore.group(of: server.id, in: database) }
            all.append(details)
        }
        return all
    }

    /// The names of the groups on the servers' ports. Without the network service a list still answers.
    private func securityGroupNames(_ servers: [Server], _ context: RequestContext) async -> [ServerID: [String]] {
        let placed = servers.filter { $0.host != nil && $0.deletedAt == nil }.map(\.id)
        guard !placed.isEmpty else { return [:] }
        do {
            let ports = try await networks.ports(of: placed, context)
            let ids = Set(ports.flatMap { $0["security_groups"]?.array ?? [] }.compactMap(\.string))
            guard !ids.isEmpty else { return [:] }
            let groups = try await networks.securityGroups(ids.sorted().map { ("id", $0) }, context)
            let names = Dictionary(
                groups.compactMap { group in group["id"]?.string.map { ($0, group["name"]?.string ?? $0) } },
                uniquingKeysWith: { first, _ in first })
            return ports.reduce(into: [:]) { all, port in
                guard let device = port["device_id"]?.string else { return }
                for id in (port["security_groups"]?.array ?? []).compactMap(\.string) {
                    let name = names[id] ?? id
                    if !all[ServerID(device), default: []].contains(name) { all[ServerID(device), default: []].append(name) }
                }
            }
        } catch {
            logger.with(context).warning("security groups not known", metadata: ["error": "\(describeError(error))"])
            return Dictionary(servers.map { ($0.id, $0.securityGroups) }, uniquingKeysWith: { first, _ in first })
        }
    }

    private func hostStatuses() async throws -> [String: String] {
        let now = clock.now()
        let services = try await HostStore.services(in: database).filter { $0.binary == "nova-compute" }
        return Dictionary(
            services.map { service in
                (service.host, service.isDisabled ? "MAINTENANCE" : service.isUp(at: now) ? "UP" : "DOWN")
            }, uniquingKeysWith: { first, _ in first })
    }
}
