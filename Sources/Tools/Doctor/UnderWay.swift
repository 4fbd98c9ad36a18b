import Database

extension Cloud {
    /// Services whose databases have sagas.
    static let sagaServices = ["compute", "block-storage", "image"]

    /// Subjects (servers, volumes, snapshots, images) of operations that are under way: what looks like a
    /// difference about one of these is work in progress. Operations that make no progress are found by `sagas`.
    func underWay() async throws -> Set<String> {
        var subjects: Set<String> = []
        for service in Self.sagaServices where isConfigured(service) {
            subjects.formUnion(
                try await values(
                    service, "SELECT DISTINCT subject FROM sagas WHERE finished_at IS NULL AND status <> 'stuck'",
                    "subject"))
        }
        return subjects
    }

    /// Whether this machine can reach the service's database.
    nonisolated func isConfigured(_ service: String) -> Bool {
        services.contains { $0.name == service && has($0.file) }
    }

    /// Whether an operation is under way for the subject, asked right before a repair.
    func isUnderWay(_ subject: String) async throws -> Bool { try await underWay().contains(subject) }
}
