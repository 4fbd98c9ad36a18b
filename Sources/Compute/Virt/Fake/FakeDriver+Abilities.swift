package import ComputeModel
package import Core
import Synchronization

extension FakeDriver: GuestShutdown {
    package func pressPowerButton(_ server: ServerID) async throws {
        let obeys = try state.withLock { state in
            guard state.domains[server] != nil else { throw Self.missing(server) }
            state.calls.append(.powerButton(server))
            return state.obeysPowerButton
        }
        if obeys { try move(server, "shutdown", nil, to: .shutdown, .shutdown) }
    }
}

extension FakeDriver: GuestPausing {
    package func pause(_ server: ServerID) async throws {
        try move(server, "pause", nil, to: .paused, .paused)
    }

    package func unpause(_ server: ServerID) async throws {
        try move(server, "unpause", nil, to: .running, .resumed)
    }
}

extension FakeDriver: GuestSuspending {
    package func suspend(_ server: ServerID) async throws {
        try move(server, "suspend", nil, to: .suspended, .suspended)
    }
}

extension FakeDriver: VolumeHotPlug {
    package func plug(_ disk: GuestDisk, into server: ServerID) async throws {
        try plug(alias: disk.alias ?? disk.target, into: server)
    }

    package func unplugDisk(alias: String, from server: ServerID, timeout: Duration) async throws {
        try unplug(alias: alias, from: server)
    }

    package func hasDevice(alias: String, _ server: ServerID) async throws -> Bool {
        state.withLock { $0.domains[server]?.devices.contains(alias) ?? false }
    }

    private func plug(alias: String, into server: ServerID) throws {
        try change("plug", .plug(alias)) { state in
            guard state.domains[server] != nil else { throw Self.missing(server) }
            state.domains[server]?.devices.insert(alias)
        }
    }

    private func unplug(alias: String, from server: ServerID) throws {
        try change("unplug", .unplug(alias)) { state in
            guard state.domains[server]?.devices.contains(alias) == true else { return }
            guard state.releasesDevices else {
                throw ServiceError(.conflict, "The server did not release the device.")
            }
            state.domains[server]?.devices.remove(alias)
        }
    }
}

extension FakeDriver: NICHotPlug {
    package func plug(_ nic: GuestNIC, into server: ServerID) async throws {
        try plug(alias: GuestNIC.alias(nic.port), into: server)
    }

    package func unplugNIC(alias: String, from server: ServerID, timeout: Duration) async throws {
        try unplug(alias: alias, from: server)
    }
}

extension FakeDriver: VolumeSecrets {
    package func setSecret(_ id: String, usage: String, value: Secret) async throws {
        try change("setSecret", .setSecret(id)) { $0.secrets[id] = value.reveal() }
    }

    package func removeSecret(_ id: String) async throws {
        try change("removeSecret", .removeSecret(id)) { $0.secrets[id] = nil }
    }
}

extension FakeDriver: ConsoleReading {
    package func console(_ server: ServerID, log path: String, maximumBytes: Int) async throws -> [UInt8] {
        guard state.withLock({ $0.domains[server] != nil }) else { throw Self.missing(server) }
        return Array("FAKE CONSOLE OUTPUT\nANOTHER\nLAST LINE\n".utf8.suffix(maximumBytes))
    }
}

extension FakeDriver: GuestDiagnostics {
    package func diagnostics(_ server: ServerID) async throws -> ServerDiagnostics.Reply {
        guard let domain = state.withLock({ $0.domains[server] }) else { throw Self.missing(server) }
        let flavor = domain.definition.record.spec.flavor
        return ServerDiagnostics.Reply(
            powerState: domain.power, driver: "fake", hypervisor: "fake", uptimeSeconds: 46664,
            configDrive: domain.definition.record.spec.configDrive,
            cpus: (0..<flavor.vcpus).map { ServerDiagnostics.CPU(id: $0, timeNanoseconds: 17_300_000_000) },
            memoryMaximumMiB: flavor.memoryMiB, memoryUsedMiB: flavor.memoryMiB, disks: [], nics: [])
    }
}
