import CLibvirt
import ComputeModel
package import Core
package import Logging

/// Guests as libvirt's persistent domains. All state is libvirt's; this keeps none.
package final class LibvirtDriver: Hypervisor {
    package let driverName = "libvirt"
    package let connection: LibvirtConnection
    let clock: any Clock<Duration>
    let logger: Logger
    let files: BlockingPool
    let node = NodeName()

    package init(connection: LibvirtConnection, clock: any Clock<Duration> = ContinuousClock(), logger: Logger) {
        self.connection = connection
        self.clock = clock
        self.logger = logger
        self.files = BlockingPool(name: "console", threads: 1, maxQueue: 64)
    }

    package func maintain() async throws { try await connection.maintain() }

    package func guests() async throws -> [Guest] {
        try await call("listing guests") { session in
            var guests: [Guest] = []
            for id in try session.domainIDs() {
                // A domain may vanish between the list and the look.
                guard let domain = try session.domain(id), let guest = try Self.guest(domain) else { continue }
                guests.append(guest)
            }
            return guests
        }
    }

    package func guest(_ server: ServerID) async throws -> Guest? {
        try await call("reading a guest") { session in
            guard let domain = try session.domain(server.rawValue) else { return nil }
            return try Self.guest(domain)
        }
    }

    package func define(_ guest: GuestDefinition) async throws {
        let xml = try DomainXML.domain(guest)
        try await call("defining a guest") { session in
            _ = try session.define(xml)
        }
    }

    package func setRecord(_ record: GuestRecord) async throws {
        let xml = try record.metadataXML(declaringNamespace: false)
        try await withDomain(record.spec.server, "remembering a guest's state") { domain in
            let scope: LibvirtDomain.Scope = domain.isActive ? [.live, .persistent] : .persistent
            try domain.setMetadata(xml, prefix: GuestRecord.prefix, namespace: GuestRecord.namespace, scope)
        }
    }

    package func start(_ server: ServerID) async throws {
        try await withDomain(server, "starting a guest") { domain in
            if domain.isActive { return }
            do throws(VirtError) {
                try domain.start()
            } catch {
                guard error.isOperationInvalid, domain.isActive else { throw error }
            }
        }
    }

    package func stop(_ server: ServerID) async throws {
        try await withDomain(server, "stopping a guest") { domain in
            try Self.stop(domain)
            if domain.hasSavedState { try domain.forgetSavedState() }
        }
    }

    package func remove(_ server: ServerID) async throws {
        try await call("removing a guest") { session in
            guard let domain = try session.domain(server.rawValue) else { return }
            try Self.stop(domain)
            do throws(VirtError) {
                try domain.undefine()
            } catch {
                guard error.isNoDomain else { throw error }
            }
        }
    }

    // MARK: Shared with the extensions

    /// Runs a blocking call, with libvirt's errors made ours.
    func call<T: Sendable>(
        _ action: StaticString, _ body: @escaping @Sendable (LibvirtSession) throws -> T
    ) async throws -> T {
        do {
            return try await connection.run(action, body)
        } catch let error as VirtError {
            throw error.serviceError
        }
    }

    /// Runs `body` on a domain that must be there.
    func withDomain<T: Sendable>(
        _ server: ServerID, _ action: StaticString,
        _ body: @escaping @Sendable (LibvirtDomain) throws -> T
    ) async throws -> T {
        try await call(action) { session in
            guard let domain = try session.domain(server.rawValue) else {
                throw ServiceError(.notFound, "The server \(server) is not on this host.")
            }
            return try body(domain)
        }
    }

    private static func stop(_ domain: LibvirtDomain) throws(VirtError) {
        guard domain.isActive else { return }
        do {
            try domain.destroy()
        } catch {
            guard error.isOperationInvalid || error.isNoDomain else { throw error }
        }
    }

    private static func guest(_ domain: LibvirtDomain) throws -> Guest? {
        do {
            guard let metadata = try domain.metadata(GuestRecord.namespace),
                let record = try GuestRecord(metadataXML: metadata)
            else { return nil }
            return Guest(server: record.spec.server, power: try power(domain), record: record)
        } catch let error as VirtError where error.isNoDomain {
            return nil
        }
    }

    /// A domain's state in Nova's words.
    static func power(_ domain: LibvirtDomain) throws(VirtError) -> PowerState {
        switch try domain.state() {
        case VIR_DOMAIN_RUNNING, VIR_DOMAIN_BLOCKED, VIR_DOMAIN_SHUTDOWN: return .running
        case VIR_DOMAIN_PAUSED: return .paused
        case VIR_DOMAIN_SHUTOFF: return domain.hasSavedState ? .suspended : .shutdown
        case VIR_DOMAIN_CRASHED: return .crashed
        case VIR_DOMAIN_PMSUSPENDED: return .suspended
        default: return .noState
        }
    }
}
