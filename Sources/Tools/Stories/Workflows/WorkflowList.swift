import Core
package import FoundationEssentials
package import Workflow

/// A saga with the service whose database has it.
package struct ServiceSaga: Sendable {
    package let service: String
    package let record: SagaRecord
    package var journal: [SagaJournalEntry] = []
}

/// What operators ask of the sagas of all services.
package struct Workflows: Sendable {
    private let databases: CloudDatabases

    package init(_ databases: CloudDatabases) { self.databases = databases }

    /// Newest first, at most `filter.limit` of each service.
    package func list(_ filter: SagaFilter) async throws -> [ServiceSaga] {
        var found: [ServiceSaga] = []
        for (service, database) in databases.sagas {
            found += try await SagaTable.list(database, filter).map { ServiceSaga(service: service, record: $0) }
        }
        return found.sorted { $0.record.createdAt > $1.record.createdAt }
    }

    /// The same with their journals.
    package func told(_ filter: SagaFilter) async throws -> [ServiceSaga] {
        var found: [ServiceSaga] = []
        for saga in try await list(filter) {
            if let one = try await show(saga.record.id) { found.append(one) }
        }
        return found
    }

    /// One saga with its journal; nil when no service has it.
    package func show(_ id: String) async throws -> ServiceSaga? {
        for (service, database) in databases.sagas {
            if let (record, journal) = try await SagaTable.inspect(database, id: id) {
                return ServiceSaga(service: service, record: record, journal: journal)
            }
        }
        return nil
    }

    /// Lets a stuck saga go on undoing, and notes in its journal who did so.
    /// - Throws: `.notFound`, or `.conflict` when it is not stuck.
    package func resume(_ id: String, by name: String, now: Date) async throws {
        for (_, database) in databases.sagas where try await SagaTable.inspect(database, id: id) != nil {
            return try await SagaTable.resume(database, id: id, by: name, now: now)
        }
        throw ServiceError(.notFound, "There is no workflow \(id).")
    }
}
