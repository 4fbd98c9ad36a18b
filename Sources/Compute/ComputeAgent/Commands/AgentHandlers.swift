import ComputeModel
import Core
import Messaging
import Virt

/// The topic `compute.HOST`: each message, and what is done with it.
struct AgentHandlers: Sendable {
    let runner: CommandRunner
    let operations: GuestOperations
    let snapshots: SnapshotTaker
    let driver: any Hypervisor
    let paths: HostPaths

    var rpc: RPCHandlers {
        var handlers = RPCHandlers()
        addLifecycle(&handlers)
        addDevices(&handlers)
        addCalls(&handlers)
        return handlers
    }

    private func addLifecycle(_ handlers: inout RPCHandlers) {
        handlers.on(EnsureServer.self) { [self] message, context in
            try await runner.obey("ensure", message.ticket, message.spec.server, context) { guest in
                try JSONValue(encoding: await operations.ensure(message, guest, context))
            }
        }
        handlers.on(DestroyServer.self) { [self] message, context in
            try await runner.obey("destroy", message.ticket, message.server, context) { guest in
                try await operations.destroy(message.server, message.ticket.fence, guest)
                return .null
            }
        }
        handlers.on(PowerServer.self) { [self] message, context in
            try await runner.obey("power", message.ticket, message.server, context) { guest in
                let grace = message.graceSeconds.map { Duration.seconds($0) }
                return try JSONValue(
                    encoding: await operations.power(message.action, message.server, grace: grace, guest, context))
            }
        }
        handlers.on(SnapshotServer.self) { [self] message, context in
            try await runner.obey("snapshot", message.ticket, message.server, context) { guest in
                try JSONValue(encoding: await snapshots.take(message, guest, context))
            }
        }
    }

    private func addDevices(_ handlers: inout RPCHandlers) {
        handlers.on(AttachVolume.self) { [self] message, context in
            try await runner.obey(
                "attach volume", message.ticket, message.server, device: message.volume.volume.rawValue, context
            ) { guest in
                try JSONValue(encoding: await operations.attach(message.volume, message.server, guest, context))
            }
        }
        handlers.on(DetachVolume.self) { [self] message, context in
            try await runner.obey(
                "detach volume", message.ticket, message.server, device: message.volume.rawValue, context
            ) { guest in
                try await operations.detach(message.volume, message.attachment, message.server, guest)
                return .null
            }
        }
        handlers.on(PlugPort.self) { [self] message, context in
            try await runner.obey(
                "plug port", message.ticket, message.server, device: message.nic.port.rawValue, context
            ) { guest in
                try await operations.plug(message.nic, message.server, guest)
                return .null
            }
        }
        handlers.on(UnplugPort.self) { [self] message, context in
            try await runner.obey(
                "unplug port", message.ticket, message.server, device: message.port.rawValue, context
            ) { guest in
                try await operations.unplug(message.port, message.server, guest)
                return .null
            }
        }
    }

    private func addCalls(_ handlers: inout RPCHandlers) {
        handlers.on(ConsoleOutput.self) { [self] message, _ in
            try await ConsoleOutput.Reply(output: console(message))
        }
        handlers.on(ServerDiagnostics.self) { [self] message, _ in
            guard let diagnosing = driver as? any GuestDiagnostics else {
                throw ServiceError(.notImplemented, "This host has no diagnostics.")
            }
            return try await diagnosing.diagnostics(message.server)
        }
        handlers.on(GetPowerState.self) { [self] message, _ in
            guard let guest = try await driver.guest(message.server) else {
                throw GuestOperations.missing(message.server)
            }
            return GetPowerState.Reply(powerState: guest.power)
        }
    }

    private func console(_ message: ConsoleOutput) async throws -> String {
        guard isUUIDLike(message.server.rawValue) else {
            throw ServiceError(.badRequest, "The server's id is not a UUID.")
        }
        guard let reading = driver as? any ConsoleReading else {
            throw ServiceError(.notImplemented, "This host has no consoles.")
        }
        let bytes = try await reading.console(
            message.server, log: paths.console(message.server), maximumBytes: ConsoleOutput.maximumBytes)
        return ConsoleText.tail(bytes, lines: message.lines)
    }
}

/// A console's bytes as text.
enum ConsoleText {
    /// The last `lines` lines; all of them when nil. Zero lines are none.
    static func tail(_ bytes: [UInt8], lines: Int?) -> String {
        guard let lines else { return String(decoding: bytes, as: UTF8.self) }
        guard lines > 0 else { return "" }
        var rest = bytes[...]
        if rest.last == UInt8(ascii: "\n") { rest = rest.dropLast() }
        var seen = 0
        var start = rest.startIndex
        for index in rest.indices.reversed() where rest[index] == UInt8(ascii: "\n") {
            seen += 1
            if seen == lines {
                start = rest.index(after: index)
                break
            }
        }
        return String(decoding: bytes[start...], as: UTF8.self)
    }
}
