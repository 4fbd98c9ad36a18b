import ComputeModel
import ComputeStore
import Core

/// What a guest is told about itself, gathered once for whichever form it asks for.
struct InstanceDocuments: Sendable {
    let server: Server
    let metadata: [String: String]
    let devices: [BlockDevice]
    /// The ports with their subnets, as the network service has them.
    let network: GuestNetwork
    let securityGroups: [String]

    static func load(_ server: Server, _ env: ComputeEnvironment, _ context: RequestContext) async throws -> Self {
        let metadata = try await ServerMetadataStore.metadata(of: [server.id], in: env.database)[server.id] ?? [:]
        let devices = try await BlockDeviceStore.list(of: [server.id], in: env.database)
        let network = try await GuestNetwork.load(server, env, context)
        return InstanceDocuments(
            server: server, metadata: metadata, devices: devices, network: network,
            securityGroups: server.securityGroups)
    }

    var firstFixedIPv4: String? {
        server.networkInfo.lazy.flatMap(\.addresses).first { $0.version == 4 }?.address
    }

    var firstFloatingIP: String? { server.networkInfo.lazy.flatMap(\.addresses).flatMap(\.floating).first }
}
