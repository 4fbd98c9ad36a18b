import IdentityClient
import ServiceLifecycle
import WebAPI

/// The API under a short name: the service group prints every service's description, and a struct's
/// is all that it holds.
struct NamedService: Service, CustomStringConvertible {
    let description: String
    let base: any Service

    func run() async throws { try await base.run() }
}

/// Keeps identity's client open until the requests have ended, and closes it then. To be served first.
struct IdentityClientLife: Service, CustomStringConvertible {
    let identity: IdentityClient
    var description: String { "identity-client" }

    func run() async throws {
        do {
            try await gracefulShutdown()
        } catch is CancellationError {
            // Told to stop in another way.
        }
        try await identity.shutdown()
    }
}
