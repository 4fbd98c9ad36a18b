import Core
import FoundationEssentials

/// A token of our own, and what came with it.
struct ServiceLogin: Sendable {
    let token: String
    let expiresAt: Date
    let catalogue: Catalogue
    let projectID: ProjectID?
    let userID: UserID?
}

/// Keeps this service's token fresh: one login at a time, renewed when a tenth of its life, at most
/// five minutes, is left.
actor ServiceCredentials {
    private let api: IdentityAPI
    private let clock: WallClock
    private var login: ServiceLogin?
    private var renewAt: Date?
    private var pending: Task<ServiceLogin, any Error>?

    init(api: IdentityAPI, clock: WallClock) {
        self.api = api
        self.clock = clock
    }

    func current() async throws -> ServiceLogin {
        if let login, let renewAt, clock.now() < renewAt { return login }
        if let pending { return try await pending.value }
        // Ends with the answer or the request's time limit.
        let task = Task { [api] in try await api.login() }
        pending = task
        defer { pending = nil }
        do {
            let fresh = try await task.value
            let life = fresh.expiresAt.timeIntervalSince(clock.now())
            login = fresh
            renewAt = fresh.expiresAt.addingTimeInterval(-min(300, life / 10))
            return fresh
        } catch {
            // The old one may still be good for a while.
            if let login, clock.now() < login.expiresAt { return login }
            throw error
        }
    }

    func forget(_ token: String) {
        if login?.token == token {
            login = nil
            renewAt = nil
        }
    }
}
