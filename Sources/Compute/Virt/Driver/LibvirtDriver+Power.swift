import ComputeModel
package import Core

extension LibvirtDriver: GuestShutdown {
    package func pressPowerButton(_ server: ServerID) async throws {
        try await withDomain(server, "pressing a guest's power button") { domain in
            guard domain.isActive else { return }
            do throws(VirtError) {
                try domain.pressPowerButton()
            } catch {
                // It stopped in between.
                guard error.isOperationInvalid else { throw error }
            }
        }
    }
}

extension LibvirtDriver: GuestPausing {
    package func pause(_ server: ServerID) async throws {
        try await withDomain(server, "pausing a guest") { domain in
            if try Self.power(domain) == .paused { return }
            try domain.pause()
        }
    }

    package func unpause(_ server: ServerID) async throws {
        try await withDomain(server, "unpausing a guest") { domain in
            if try Self.power(domain) == .running { return }
            try domain.unpause()
        }
    }
}

extension LibvirtDriver: GuestSuspending {
    package func suspend(_ server: ServerID) async throws {
        try await withDomain(server, "suspending a guest") { domain in
            guard domain.isActive else { return }
            try domain.save()
        }
    }
}
