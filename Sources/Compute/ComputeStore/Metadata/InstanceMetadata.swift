package import ComputeModel
package import Core
package import Database

/// What a guest may know of itself: the source of the metadata service and of config drives.
package struct InstanceMetadata: Sendable {
    package var server: Server
    package var metadata: [String: String]
    package var devices: [BlockDevice]
    /// Appended to the host name, as `[metadata] dhcp_domain` says; empty for none.
    package var domain: String

    package init(server: Server, metadata: [String: String], devices: [BlockDevice] = [], domain: String = "") {
        self.server = server
        self.metadata = metadata
        self.devices = devices
        self.domain = domain
    }

    /// - Returns: nil when the server does not exist or is deleted.
    package static func load(
        _ id: ServerID, domain: String, from database: Database
    ) async throws -> InstanceMetadata? {
        guard let server = try await ServerStore.find(id, in: database), server.deletedAt == nil else { return nil }
        let rows = try await database.query("SELECT name, value FROM server_metadata WHERE server_id = \(id)")
        let metadata = try Dictionary(
            rows.map { (try $0.get("name", as: String.self), try $0.get("value", as: String.self)) },
            uniquingKeysWith: { first, _ in first })
        let devices = try await BlockDeviceStore.list(of: [id], in: database)
        return InstanceMetadata(server: server, metadata: metadata, devices: devices, domain: domain)
    }

    package var hostname: String { domain.isEmpty ? server.hostname : "\(server.hostname).\(domain)" }
    package var fixedIPv4: String? { address { $0.version == 4 ? $0.address : nil } }
    package var floatingIPv4: String? { address { $0.version == 4 ? $0.floating.first : nil } }

    private func address(_ pick: (InterfaceInfo.Address) -> String?) -> String? {
        server.networkInfo.lazy.flatMap(\.addresses).compactMap(pick).first
    }
}
