import Core
import Database

/// Folders of guests' disks against the servers on this host.
struct GuestDisksCheck: DoctorCheck {
    let name = "guest-disks"
    let summary = "folders of guests' disks against the servers on this host"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let state = try cloud.configuration("compute-agent.conf").read(Setting<AgentStatePath>.self).value
        let folder = "\(state)/instances"
        let host = try cloud.host()
        let names = try await cloud.files.run { try folderNames(folder).filter(isUUIDLike) }
        let servers = try await cloud.values(
            "compute", "SELECT id FROM servers WHERE host = \(host) AND deleted_at IS NULL")
        let busy = try await cloud.underWay()
        return names.filter { !servers.contains($0) && !busy.contains($0) }.map {
            Finding(
                .warning, .leftover, "folder \(folder)/\($0)", "no server on \(host) has that id",
                advice: "the compute agent removes it within its reconcile_interval if it was told to delete the "
                    + "server; else it is somebody's data: look before you remove it")
        }
    }
}
