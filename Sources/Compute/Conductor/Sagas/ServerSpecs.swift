import ComputeModel
import ComputeStore
import Core
import Database
import SchedulerModel

/// What is told of a server to the scheduler and to its host.
extension ConductorEnvironment {
    /// The query for a host.
    func placementRequest(for server: Server) async throws -> SelectDestinations {
        let flavor = server.flavor
        let isVolumeBacked = try await BlockDeviceStore.list(of: [server.id], in: database)
            .contains { $0.bootIndex == 0 && $0.destination == .volume }
        let swapGiB = (flavor.swapMiB + 1023) / 1024
        let rootGiB = isVolumeBacked ? 0 : flavor.rootGiB
        var request = PlacementRequest(
            availabilityZone: server.requestedZone, forceHost: server.requestedHost, hints: server.schedulerHints,
            imageProperties: server.image?.properties ?? [:], extraSpecs: flavor.extraSpecs)
        request.group = try await group(of: server.id)
        return SelectDestinations(
            server: server.id, project: server.project, user: server.user,
            resources: [
                "VCPU": flavor.vcpus, "MEMORY_MB": flavor.memoryMiB,
                "DISK_GB": rootGiB + flavor.ephemeralGiB + swapGiB,
            ],
            request: request)
    }

    private func group(of server: ServerID) async throws -> PlacementRequest.Group? {
        guard let id = try await ServerGroupStore.group(of: server, in: database),
            let group = try await ServerGroupStore.find(id, in: database)
        else { return nil }
        let others = group.members.filter { $0 != server.rawValue }
        let rows =
            others.isEmpty
            ? []
            : try await database.query(
                "SELECT host FROM servers WHERE id IN \(anyOf: others) AND host IS NOT NULL AND deleted_at IS NULL")
        return PlacementRequest.Group(
            policy: group.policy, hosts: try rows.map { try $0.get("host") },
            maximumPerHost: group.rules["max_server_per_host"]?.int ?? 1)
    }

    /// All that the host needs to make the server.
    func spec(of server: Server, ports: [BoundPort]) async throws -> ServerSpec {
        let devices = try await BlockDeviceStore.list(of: [server.id], in: database)
        let order = try await ServerInterfaceStore.list(of: server.id, in: database).compactMap(\.port)
        let volumes = devices.compactMap { device -> VolumeSpec? in
            guard device.destination == .volume, let volume = device.volume, let attachment = device.attachment else {
                return nil
            }
            return VolumeSpec(
                volume: volume, attachment: attachment, bootIndex: device.bootIndex, device: device.deviceName,
                deleteOnTermination: device.deleteOnTermination)
        }
        let root = volumes.first { $0.bootIndex == 0 }
        let nics = order.compactMap { id in ports.first { $0.nic.port == id }?.nic }
        return ServerSpec(
            server: server.id, name: server.name, hostname: server.hostname, project: server.project,
            user: server.user, flavor: server.flavor, image: server.image,
            rootDisk: root.map { .volume($0.attachment) } ?? .image, volumes: volumes, nics: nics,
            configDrive: server.configDrive, keyName: server.keyName)
    }
}
