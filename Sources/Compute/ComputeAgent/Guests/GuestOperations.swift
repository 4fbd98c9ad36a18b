import ComputeModel
import Core
import Logging
import Virt

/// What commands do to guests. Every operation is safe to repeat; the caller holds the server's lock.
struct GuestOperations: Sendable {
    let driver: any Hypervisor
    let disks: GuestDisks
    let volumes: VolumeConnector
    let builder: GuestBuilder
    let tombstones: Tombstones
    let metadata: any MetadataServing
    let interfaces: any GuestInterfaces
    let builds: Gate
    let clock: any Clock<Duration>
    let shutdownTimeout: Duration
    let detachTimeout: Duration
    let logger: Logger

    /// Makes the server exist as described; a command that comes again after devices came or went keeps them so.
    func ensure(_ command: EnsureServer, _ guest: Guest?, _ context: RequestContext) async throws -> ServerPlaced {
        let fence = command.ticket.fence
        var spec = command.spec
        if let known = guest?.record, known.devicesChanged(since: fence) {
            spec.volumes = known.spec.volumes
            spec.nics = known.spec.nics
        }
        try spec.checkSupported()
        if let tombstone = try await tombstones.fence(spec.server) {
            guard tombstone < fence else {
                throw ServiceError(.conflict, "The server was deleted meanwhile.", detail: "\(spec.server)")
            }
            try await tombstones.remove(spec.server)
        }
        var record = GuestRecord(
            spec: spec, fence: fence, volumeTargets: guest?.record.volumeTargets ?? [:],
            deviceFences: guest?.record.deviceFences)
        let described = spec
        record.localDisks = try await builds.pass {
            if command.disks == .keep { try await disks.requireAll(of: described) }
            return try await disks.ensure(described, context)
        }
        try GuestBuilder.assignTargets(&record)
        try await define(record, context)
        await metadata.serve(spec.nics)
        if command.power == .running { try await driver.start(spec.server) }
        for volume in spec.volumes { try await volumes.complete(volume, context) }
        let state = try await driver.guest(spec.server)?.power ?? .noState
        return ServerPlaced(
            powerState: state, instanceName: GuestDefinition.instanceName(spec.server.rawValue),
            rootDevice: "/dev/\(DiskLayout(spec).root)", volumeDevices: record.volumeTargets.mapValues { "/dev/\($0)" })
    }

    /// Removes the server and all that the host has of it, also what an earlier attempt has left: by then there
    /// is no guest to tell what it had.
    func destroy(_ server: ServerID, _ fence: CommandFence, _ guest: Guest?) async throws {
        try await tombstones.put(server, fence)
        try await driver.remove(server)
        try await interfaces.remove(nil, of: server)
        for volume in guest?.record.spec.volumes ?? [] { try await volumes.disconnect(volume.attachment) }
        try await disks.remove(server)
        await metadata.refresh()
    }

    /// Makes the domain again from its record, with volumes connected anew.
    func define(_ record: GuestRecord, _ context: RequestContext) async throws {
        var sources: [String: ISCSISource] = [:]
        for volume in record.spec.volumes {
            let target = record.volumeTargets[volume.volume.rawValue] ?? ""
            sources[volume.volume.rawValue] = try await volumes.connect(volume, target: target, context)
        }
        try await driver.define(try builder.definition(record, sources: sources))
    }

    static func missing(_ server: ServerID) -> ServiceError {
        ServiceError(.notFound, "The server \(server) is not on this host.")
    }
}
