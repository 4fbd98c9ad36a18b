import ComputeModel
import Core
import Logging
import Virt

/// Obeys commands: one at a time for each server, none that is older than what was obeyed already for the
/// same device or for the server as a whole, each with a report to the conductor.
struct CommandRunner: Sendable {
    let driver: any Hypervisor
    let locks: ServerLocks
    let tombstones: Tombstones
    let conductor: ConductorReports
    let clock: any Clock<Duration>
    let logger: Logger

    /// Attempts at a command whose dependencies cannot be reached, before its step is reported failed.
    private static let attempts = 4

    /// - Parameters:
    ///   - device: the volume or port that it is about; nil when it is the server as a whole.
    ///   - body: does it, given the guest as it is; its result goes into the report.
    /// - Throws: `.unavailable` when the report could not be sent, so that the command comes again.
    func obey(
        _ name: StaticString, _ ticket: StepTicket, _ server: ServerID, device: String? = nil,
        _ context: RequestContext, body: @Sendable (Guest?) async throws -> JSONValue
    ) async throws {
        guard isUUIDLike(server.rawValue) else {
            throw ServiceError(.badRequest, "The server's id is not a UUID.", detail: server.rawValue)
        }
        var logger = logger.with(context)
        logger[metadataKey: LogKey.server] = "\(server)"
        logger[metadataKey: "command"] = "\(name)"
        try await locks.withLock(server) {
            let guest = try await driver.guest(server)
            let newest = max(guest?.record.fence(of: device) ?? .none, try await tombstones.fence(server) ?? .none)
            if ticket.fence < newest {
                logger.notice("an outdated command was refused", metadata: ["saga": "\(ticket.saga)"])
                return
            }
            if var record = guest?.record, record.fence(of: device) < ticket.fence {
                record.note(ticket.fence, for: device)
                try await driver.setRecord(record)
            }
            do {
                let result = try await attempt(logger) {
                    try await body(try await driver.guest(server))
                }
                logger.info("command obeyed")
                try await conductor.report(ticket, server, result: result, context)
            } catch let error as CancellationError {
                // Shutting down: the broker delivers it again.
                throw error
            } catch let failure as ReportFailure {
                throw failure.cause
            } catch {
                logger.error("command failed", metadata: ["error": "\(String(reflecting: error))"])
                do {
                    try await conductor.report(ticket, server, failure: StepFailure(error), context)
                } catch let failure as ReportFailure {
                    throw failure.cause
                }
            }
        }
    }

    /// Tries again, some seconds later, what failed because something could not be reached.
    private func attempt(
        _ logger: Logger, _ body: () async throws -> JSONValue
    ) async throws -> JSONValue {
        var attempt = 1
        while true {
            do {
                return try await body()
            } catch let error as ServiceError
                where [.unavailable, .rateLimited, .badGateway].contains(error.code) && attempt < Self.attempts
            {
                logger.warning("command is tried again", metadata: ["error": "\(error.debugDescription)"])
                try await clock.sleep(for: .seconds(1 << attempt))
                attempt += 1
            }
        }
    }
}

/// A report that did not reach the broker: not a failure of the command itself.
struct ReportFailure: Error {
    let cause: any Error
}
