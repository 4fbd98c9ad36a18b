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
        // The network service is asked meanwhile: it takes longest.
        async let groupNames = securityGroupNames(servers, context)
        // Rows of one kind are read while those of another are made into values.
        async let allMetadata = ServerMetadataStore.metadata(of: ids, in: database)
        async let allTags = ServerTagStore.tags(of: ids, in: database)
        async let allVolumes = BlockDeviceStore.volumes(of: ids, in: database)
        let failed = servers.filter { $0.vmState == .error || $0.vmState == .deleted }.map(\.id)
        let faults = try await ServerStore.faults(of: failed, in: database)
        let (metadata, tags, volumes) = try await (allMetadata, allTags, allVolumes)
        let memberships = withGroups ? try await ServerGroupStore.groups(of: ids, in: database) : [:]
        let statuses = withHostStatus ? try await hostStatuses() : [:]
        let groups = await groupNames
        var all: [ServerDetails] = []
        for server in servers {
            var details = ServerDetails(server: server)
            details.metadata = metadata[server.id] ?? [:]
            details.tags = tags[server.id] ?? []
            details.volumes = volumes[server.id] ?? []
            details.fault = faults[server.id]
            details.securityGroups = groups[server.id] ?? (server.host == nil ? server.securityGroups : nil)
            details.hostStatus = server.host.map { statuses[$0] ?? "UNKNOWN" } ?? ""
            details.group = memberships[server.id]
            all.append(details)
        }
        return all
    }

    /// The names of the groups on the servers' ports. Without the network service a list still answers.
    private func securityGroupNames(_ servers: [Server], _ context: RequestContext) async -> [ServerID: [String]] {
        let placed = servers.filter { $0.host != nil && $0.deletedAt == nil }.map(\.id)
        guard !placed.isEmpty else { return [:] }
        do {
            let found = try await networks.securityGroupIDs(of: placed, context)
            let ids = Set(found.values.joined())
            guard !ids.isEmpty else { return [:] }
            let groups = try await networks.list(
                "security-groups", [("fields", "id"), ("fields", "name")], "id", anyOf: ids.sorted(), context)
            let names = Dictionary(
                groups.compactMap { group in group["id"]?.string.map { ($0, group["name"]?.string ?? $0) } },
                uniquingKeysWith: { first, _ in first })
            return found.mapValues { ids in
                ids.map { names[$0] ?? $0 }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
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
