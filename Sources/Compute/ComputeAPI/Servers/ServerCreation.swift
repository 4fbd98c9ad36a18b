import ComputeModel
import ComputeStore
import Core
import Database
import FoundationEssentials
import Workflow

/// Accepts a create request: quota, rows and the saga in one transaction.
struct ServerCreation: Sendable {
    let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    /// - Returns: the servers as they were written, before anything was done to them.
    /// - Throws: `.overQuota` when the project may not have so many.
    func create(
        _ plan: ServerPlan, owner: (project: ProjectID, user: UserID), _ context: RequestContext
    ) async throws -> [Server] {
        let env = env
        let now = env.clock.now()
        let reservation = ServerNames.reservation()
        // Ids are chosen before the transaction, which may run more than once.
        let servers = (0..<plan.count).map { index in
            server(plan, index, owner.project, owner.user, reservation, at: now)
        }
        let sagas = servers.map { server in
            SagaStarter.New(
                id: env.ids.uuid(), subject: server.id.rawValue,
                state: BuildServerState(server: server.id, order: server.version))
        }
        let devices = servers.flatMap { server in
            plan.devices.map { $0.device(id: env.ids.uuid(), server: server.id) }
        }
        let interfaces = servers.flatMap { server in
            plan.interfaces.enumerated().map { $1.interface(id: env.ids.uuid(), server: server.id, position: $0) }
        }
        try await env.database.transaction("create-servers") { transaction in
            try QuotaStore.lock(owner.project, in: transaction)
            try ServerQuota(env.quotas).check(plan, owner.project, in: transaction)
            let ids = servers.map(\.id)
            try ServerStore.insert(servers, in: transaction)
            try ServerMetadataStore.set(plan.metadata, of: ids, in: transaction)
            try ServerTagStore.add(plan.tags, to: ids, in: transaction)
            try BlockDeviceStore.insert(devices, at: now, in: transaction)
            try ServerInterfaceStore.insert(interfaces, at: now, in: transaction)
            if let group = plan.group { try ServerGroupStore.add(ids, to: group, in: transaction) }
            try ServerActionStore.begin(.create, on: ids, context, at: now, in: transaction)
            if env.notices.tellsChanges {
                for server in servers {
                    try env.notices.writeChange(from: server, to: server, always: true, context, in: transaction)
                }
            }
            try SagaStarter.start(
                name: BuildServerState.sagaName, version: BuildServerState.sagaVersion, sagas: sagas, context: context,
                in: transaction)
        }
        await env.wakeConductors(context)
        return servers
    }

    private func server(
        _ plan: ServerPlan, _ index: Int, _ project: ProjectID, _ user: UserID, _ reservation: String, at now: Date
    ) -> Server {
        let id: ServerID = env.ids.id()
        let name = ServerNames.numbered(plan.name, index, of: plan.count)
        var server = Server(
            id: id, number: 0, project: project, user: user, name: name,
            hostname: plan.hostname.map { ServerNames.numbered($0, index, of: plan.count) }
                ?? ServerNames.hostname(name, id),
            reservationID: reservation, flavor: plan.flavor.spec, image: plan.image, createdAt: now)
        server.launchIndex = index
        server.description = plan.description
        server.requestedZone = plan.zone
        server.requestedHost = plan.requestedHost
        server.schedulerHints = plan.hints
        server.keyName = plan.keypair?.name
        server.publicKey = plan.keypair?.publicKey
        server.userData = plan.userData
        server.configDrive = plan.configDrive
        server.diskConfig = plan.diskConfig
        server.rootDeviceName = plan.devices.first { $0.bootIndex == 0 }?.deviceName
        server.accessIPv4 = plan.accessIPv4
        server.accessIPv6 = plan.accessIPv6
        server.securityGroups = plan.securityGroups
        return server
    }
}
