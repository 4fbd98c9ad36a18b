package import Core
package import Database
import WebAPI

/// What controllers work with: the database, what a change needs, and who is woken after one.
package struct NetworkBackend: Sendable {
    package let database: Database
    package let ids: IDGenerator
    package let clock: WallClock
    package let options: NetworkOptions
    package let quotas: QuotaOptions
    /// Called after a commit.
    package let wake: @Sendable () async -> Void

    package init(
        database: Database, ids: IDGenerator, clock: WallClock, options: NetworkOptions, quotas: QuotaOptions,
        wake: @escaping @Sendable () async -> Void
    ) {
        self.database = database
        self.ids = ids
        self.clock = clock
        self.options = options
        self.quotas = quotas
        self.wake = wake
    }

    static let isAdmin = PolicyRule("context_is_admin", default: "(role:admin) or (role:service)")

    func caller(_ request: APIRequest) -> Caller {
        Caller(request.context, isAdmin: request.isAllowed(Self.isAdmin))
    }

    /// Runs a change in one transaction and lets OVN know after the commit.
    package func change<T: Sendable>(
        _ name: StaticString, _ caller: Caller, _ body: @escaping @Sendable (NetworkChange) throws -> T
    ) async throws -> T {
        let now = clock.now()
        let result = try await database.transaction(name) { [ids, options, quotas] transaction in
            try body(
                NetworkChange(
                    transaction: transaction, caller: caller, now: now, ids: ids, options: options, quotas: quotas))
        }
        await wake()
        return result
    }
}
