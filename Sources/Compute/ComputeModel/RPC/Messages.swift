package import Messaging

// Each message's topic, name on the wire and, for calls, time limit.

extension EnsureServer: RPCCast {
    package typealias Destination = ComputeTopic
    package static let name = "server.ensure"
}

extension DestroyServer: RPCCast {
    package typealias Destination = ComputeTopic
    package static let name = "server.destroy"
}

extension PowerServer: RPCCast {
    package typealias Destination = ComputeTopic
    package static let name = "server.power"
}

extension AttachVolume: RPCCast {
    package typealias Destination = ComputeTopic
    package static let name = "server.attach_volume"
}

extension DetachVolume: RPCCast {
    package typealias Destination = ComputeTopic
    package static let name = "server.detach_volume"
}

extension PlugPort: RPCCast {
    package typealias Destination = ComputeTopic
    package static let name = "server.plug_port"
}

extension UnplugPort: RPCCast {
    package typealias Destination = ComputeTopic
    package static let name = "server.unplug_port"
}

extension SnapshotServer: RPCCast {
    package typealias Destination = ComputeTopic
    package static let name = "server.snapshot"
}

extension ConsoleOutput: RPCCall {
    package typealias Destination = ComputeTopic
    package static let name = "server.console_output"
    package static let timeout: Duration = .seconds(15)
}

extension ServerDiagnostics: RPCCall {
    package typealias Destination = ComputeTopic
    package static let name = "server.diagnostics"
    package static let timeout: Duration = .seconds(15)
}

extension GetPowerState: RPCCall {
    package typealias Destination = ComputeTopic
    package static let name = "server.power_state"
    package static let timeout: Duration = .seconds(15)
}

extension ReportStep: RPCCast {
    package typealias Destination = ConductorTopic
    package static let name = "report.step"
}

extension ReportPowerState: RPCCast {
    package typealias Destination = ConductorTopic
    package static let name = "report.power_state"
}

extension AnnounceHost: RPCCall {
    package typealias Destination = ConductorTopic
    package typealias Reply = RPCNothing
    package static let name = "host.announce"
    package static let timeout: Duration = .seconds(10)
}

extension ListServersOnHost: RPCCall {
    package typealias Destination = ConductorTopic
    package static let name = "host.list_servers"
    package static let timeout: Duration = .seconds(30)
}

extension ConfigDriveFiles: RPCCall {
    package typealias Destination = ConductorTopic
    package static let name = "server.config_drive_files"
    package static let timeout: Duration = .seconds(30)
}

extension WakeConductor: RPCFanout {
    package typealias Destination = ConductorTopic
    package static let name = "conductor.wake"
}
