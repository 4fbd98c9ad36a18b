package import Core

// Casts from agents to conductors.

/// Ends the step named by the ticket: with a result, or with a failure.
package struct ReportStep: Codable, Sendable {
    package var ticket: StepTicket
    package var server: ServerID
    package var host: String
    /// One of the result types below as JSON; null where the command says so.
    package var result: JSONValue
    package var failure: StepFailure?

    package init(ticket: StepTicket, server: ServerID, host: String, result: JSONValue, failure: StepFailure? = nil) {
        self.ticket = ticket
        self.server = server
        self.host = host
        self.result = result
        self.failure = failure
    }
}

/// A `ServiceError` on its way between daemons.
package struct StepFailure: Codable, Sendable, Hashable {
    /// `ServiceError.Code.name`.
    package var code: String
    /// What the user may see.
    package var message: String
    /// For operators only.
    package var detail: String?

    package init(code: String, message: String, detail: String? = nil) {
        self.code = code
        self.message = message
        self.detail = detail
    }

    package init(_ error: any Error) {
        if let error = error as? ServiceError {
            self.init(code: error.code.name, message: error.message, detail: error.debugDescription)
        } else {
            self.init(code: "internal", message: "The host could not do it.", detail: String(reflecting: error))
        }
    }

    package var error: ServiceError {
        ServiceError(ServiceError.Code(name: code) ?? .internal, message, detail: detail)
    }
}

/// `EnsureServer`'s result.
package struct ServerPlaced: Codable, Sendable, Hashable {
    package var powerState: PowerState
    /// The host's own name for the guest (`instance-0000000a`), shown to administrators.
    package var instanceName: String
    package var rootDevice: String
    /// Device names by volume id.
    package var volumeDevices: [String: String]

    package init(powerState: PowerState, instanceName: String, rootDevice: String, volumeDevices: [String: String]) {
        self.powerState = powerState
        self.instanceName = instanceName
        self.rootDevice = rootDevice
        self.volumeDevices = volumeDevices
    }
}

/// `PowerServer`'s result.
package struct PowerReport: Codable, Sendable, Hashable {
    package var powerState: PowerState

    package init(powerState: PowerState) { self.powerState = powerState }
}

/// `AttachVolume`'s result.
package struct VolumeAttached: Codable, Sendable, Hashable {
    /// `/dev/vdb`.
    package var device: String

    package init(device: String) { self.device = device }
}

/// `SnapshotServer`'s result.
package struct SnapshotTaken: Codable, Sendable, Hashable {
    package var sizeBytes: Int64

    package init(sizeBytes: Int64) { self.sizeBytes = sizeBytes }
}

/// A server's power state changed without, or because of, a command. Advisory: the conductor looks
/// at the server's row and decides.
package struct ReportPowerState: Codable, Sendable {
    package enum Event: String, Codable, Sendable {
        case started, stopped, shutdown, crashed, paused, resumed, suspended, removed, found
    }

    package var server: ServerID
    package var host: String
    package var powerState: PowerState
    package var event: Event

    package init(server: ServerID, host: String, powerState: PowerState, event: Event) {
        self.server = server
        self.host = host
        self.powerState = powerState
        self.event = event
    }
}
