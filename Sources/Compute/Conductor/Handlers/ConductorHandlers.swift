import ComputeModel
import ComputeStore
import Core
import Messaging
import Workflow

/// What a conductor does with each message of its topic.
/// - Parameter publish: looks for notifications to be sent.
func conductorHandlers(
    _ env: ConductorEnvironment, _ engine: SagaEngine<ConductorEnvironment>, domain: String,
    publish: @escaping @Sendable () -> Void = {}
) -> RPCHandlers {
    var handlers = RPCHandlers()
    let hosts = HostReports(env: env)
    let events = ServerEvents(env: env, engine: engine)
    handlers.on(WakeConductor.self) { _, _ in
        engine.wake()
        publish()
    }
    handlers.on(ReportStep.self) { report, _ in
        try await engine.report(
            saga: report.ticket.saga, generation: report.ticket.generation, step: report.ticket.step, report.result,
            failure: report.failure?.error)
    }
    handlers.on(AnnounceHost.self) { message, context in
        try await hosts.register(message.report, context)
        return RPCNothing()
    }
    handlers.on(ReportService.self) { report, _ in
        try await HostStore.seen(
            host: report.host, binary: report.binary, newID: env.ids.uuid(), at: env.clock.now(), in: env.database)
    }
    handlers.on(ListServersOnHost.self) { call, _ in try await hosts.servers(call) }
    handlers.on(ReportPowerState.self) { report, _ in try await events.powerState(report) }
    handlers.on(ServerExternalEvent.self) { event, context in try await events.external(event, context) }
    handlers.on(ServerExternalEvents.self) { message, context in
        for event in message.events { try await events.external(event, context) }
    }
    handlers.on(ConfigDriveFiles.self) { call, _ in
        guard let instance = try await InstanceMetadata.load(call.server, domain: domain, from: env.database) else {
            throw ServiceError(.notFound, "Server \(call.server) does not exist.")
        }
        return ConfigDriveFiles.Reply(files: ConfigDrive.files(instance, seed: ConfigDrive.randomSeed()))
    }
    return handlers
}
