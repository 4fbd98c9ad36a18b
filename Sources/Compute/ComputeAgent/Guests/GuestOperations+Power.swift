import ComputeModel
import Core
import Logging
import Virt

extension GuestOperations {
    /// Moves the power state.
    /// - Returns: what the hypervisor says afterwards.
    func power(
        _ action: PowerServer.Action, _ server: ServerID, grace: Duration?, _ guest: Guest?, _ context: RequestContext
    ) async throws -> PowerReport {
        guard let guest else { throw Self.missing(server) }
        let grace = grace ?? shutdownTimeout
        switch action {
        case .start:
            if guest.power != .running { try await start(guest, context) }
        case .stop:
            try await shutDown(guest, grace)
        case .softReboot:
            try await shutDown(guest, grace)
            try await start(guest, context)
        case .hardReboot:
            try await driver.stop(server)
            try await start(guest, context)
        case .pause, .unpause:
            guard let pausing = driver as? any GuestPausing else { throw unsupported("paused") }
            if action == .pause { try await pausing.pause(server) } else { try await pausing.unpause(server) }
        case .suspend:
            guard let suspending = driver as? any GuestSuspending else { throw unsupported("suspended") }
            try await suspending.suspend(server)
        case .resume:
            try await resume(guest, context)
        }
        guard let power = try await driver.guest(server)?.power else { throw Self.missing(server) }
        return PowerReport(powerState: power)
    }

    /// Starts from a description made anew, which also mends what was changed by hand.
    private func start(_ guest: Guest, _ context: RequestContext) async throws {
        try await define(guest.record, context)
        await metadata.serve(guest.record.spec.nics)
        try await driver.start(guest.server)
    }

    /// A saved state fits only the description it was saved with, so that is left as it is.
    private func resume(_ guest: Guest, _ context: RequestContext) async throws {
        for volume in guest.record.spec.volumes {
            let target = guest.record.volumeTargets[volume.volume.rawValue] ?? ""
            _ = try await volumes.connect(volume, target: target, context)
        }
        if guest.power == .paused, let pausing = driver as? any GuestPausing {
            try await pausing.unpause(guest.server)
        } else {
            try await driver.start(guest.server)
        }
    }

    /// Presses the power button and waits; pulls the plug when the guest does not react in time.
    private func shutDown(_ guest: Guest, _ grace: Duration) async throws {
        if let button = driver as? any GuestShutdown, guest.power == .running, grace > .zero {
            try await button.pressPowerButton(guest.server)
            let step = Duration.milliseconds(250)
            var waited = Duration.zero
            var pressedAgain = false
            while waited < grace {
                guard let power = try await driver.guest(guest.server)?.power else { return }
                if power == .shutdown || power == .crashed { return }
                try await clock.sleep(for: step)
                waited += step
                if waited >= .seconds(10), !pressedAgain {
                    // A guest that was still starting did not hear the first time.
                    pressedAgain = true
                    try await button.pressPowerButton(guest.server)
                }
            }
            logger.notice("the guest did not power itself off", metadata: [LogKey.server: "\(guest.server)"])
        }
        try await driver.stop(guest.server)
    }

    private func unsupported(_ what: String) -> ServiceError {
        ServiceError(.notImplemented, "Servers on this host cannot be \(what).")
    }
}
