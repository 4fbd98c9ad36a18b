package import Core

// Calls to `compute.HOST`, answered within seconds.

/// The end of a server's serial console.
package struct ConsoleOutput: Codable, Sendable {
    package struct Reply: Codable, Sendable {
        package var output: String

        package init(output: String) { self.output = output }
    }

    package var server: ServerID
    /// Lines from the end; nil for all that is kept (at most `maximumBytes` either way).
    package var lines: Int?

    package static let maximumBytes = 100 * 1024

    package init(server: ServerID, lines: Int? = nil) {
        self.server = server
        self.lines = lines
    }
}

/// Counters of a running server, as `GET /servers/{id}/diagnostics` shows them.
package struct ServerDiagnostics: Codable, Sendable {
    package struct Reply: Codable, Sendable {
        package var powerState: PowerState
        package var driver: String
        package var hypervisor: String
        package var hypervisorOS: String
        package var uptimeSeconds: Int?
        package var configDrive: Bool
        package var cpus: [CPU]
        package var memoryMaximumMiB: Int
        package var memoryUsedMiB: Int
        package var disks: [Disk]
        package var nics: [NIC]

        package init(
            powerState: PowerState, driver: String, hypervisor: String, hypervisorOS: String = "linux",
            uptimeSeconds: Int?, configDrive: Bool, cpus: [CPU], memoryMaximumMiB: Int, memoryUsedMiB: Int,
            disks: [Disk], nics: [NIC]
        ) {
            self.powerState = powerState
            self.driver = driver
            self.hypervisor = hypervisor
            self.hypervisorOS = hypervisorOS
            self.uptimeSeconds = uptimeSeconds
            self.configDrive = configDrive
            self.cpus = cpus
            self.memoryMaximumMiB = memoryMaximumMiB
            self.memoryUsedMiB = memoryUsedMiB
            self.disks = disks
            self.nics = nics
        }
    }

    package struct CPU: Codable, Sendable {
        package var id: Int
        package var timeNanoseconds: Int64

        package init(id: Int, timeNanoseconds: Int64) {
            self.id = id
            self.timeNanoseconds = timeNanoseconds
        }
    }

    package struct Disk: Codable, Sendable {
        package var device: String
        package var readBytes: Int64
        package var readRequests: Int64
        package var writeBytes: Int64
        package var writeRequests: Int64
        package var errors: Int64

        package init(
            device: String, readBytes: Int64, readRequests: Int64, writeBytes: Int64, writeRequests: Int64,
            errors: Int64
        ) {
            self.device = device
            self.readBytes = readBytes
            self.readRequests = readRequests
            self.writeBytes = writeBytes
            self.writeRequests = writeRequests
            self.errors = errors
        }
    }

    package struct NIC: Codable, Sendable {
        package var mac: String
        package var device: String
        package var rxBytes: Int64
        package var rxPackets: Int64
        package var rxErrors: Int64
        package var rxDrops: Int64
        package var txBytes: Int64
        package var txPackets: Int64
        package var txErrors: Int64
        package var txDrops: Int64

        package init(
            mac: String, device: String, rxBytes: Int64, rxPackets: Int64, rxErrors: Int64, rxDrops: Int64,
            txBytes: Int64, txPackets: Int64, txErrors: Int64, txDrops: Int64
        ) {
            self.mac = mac
            self.device = device
            self.rxBytes = rxBytes
            self.rxPackets = rxPackets
            self.rxErrors = rxErrors
            self.rxDrops = rxDrops
            self.txBytes = txBytes
            self.txPackets = txPackets
            self.txErrors = txErrors
            self.txDrops = txDrops
        }
    }

    package var server: ServerID

    package init(server: ServerID) { self.server = server }
}

/// What the hypervisor says now; `notFound` when the host has no such server.
package struct GetPowerState: Codable, Sendable {
    package struct Reply: Codable, Sendable {
        package var powerState: PowerState

        package init(powerState: PowerState) { self.powerState = powerState }
    }

    package var server: ServerID

    package init(server: ServerID) { self.server = server }
}
