package import Core
import Database

/// Policy documents, kept for services that fetch theirs from here.
package struct PolicyDocumentService: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    package func find(_ id: PolicyDocumentID) async throws -> PolicyDocument? {
        try await env.database.read("find policy") { try PolicyDocumentStore.find(id, $0) }
    }

    package func list(type: String?) async throws -> [PolicyDocument] {
        try await env.database.read("list policies") { try PolicyDocumentStore.list(type: type, $0) }
    }

    package func create(_ document: PolicyDocument, _ context: RequestContext) async throws {
        try await env.change("create policy", context) { tx, record in
            try PolicyDocumentStore.insert(document, tx)
            record.created(.policy, document.id)
        }
    }

    package func update(
        _ id: PolicyDocumentID, _ context: RequestContext, _ change: @escaping @Sendable (inout PolicyDocument) -> Void
    ) async throws -> PolicyDocument {
        try await env.change("update policy", context) { tx, record in
            guard var document = try PolicyDocumentStore.find(id, tx, .toChange) else { throw NotFound.policy(id) }
            change(&document)
            try PolicyDocumentStore.update(document, tx)
            record.updated(.policy, id)
            return document
        }
    }

    package func delete(_ id: PolicyDocumentID, _ context: RequestContext) async throws {
        try await env.change("delete policy", context) { tx, record in
            guard try PolicyDocumentStore.find(id, tx) != nil else { throw NotFound.policy(id) }
            try PolicyDocumentStore.delete(id, tx)
            record.deleted(.policy, id)
        }
    }
}

/// OAuth 1.0a consumers.
package struct ConsumerService: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    package func find(_ id: ConsumerID) async throws -> Consumer? {
        try await env.database.read("find consumer") { try ConsumerStore.find(id, $0) }
    }

    package func list() async throws -> [Consumer] {
        try await env.database.read("list consumers") { try ConsumerStore.list($0) }
    }

    /// - Returns: the consumer with its secret in clear, which is shown this once.
    package func create(description: String?, extra: JSONObject, _ context: RequestContext) async throws -> Consumer {
        let consumer = Consumer(id: env.newID(), description: description, secret: env.ids.hex(), extra: extra)
        var stored = consumer
        stored.secret = try env.encrypt(consumer.secret)
        let row = stored
        try await env.change("create consumer", context) { tx, record in
            try ConsumerStore.insert(row, tx)
            record.created(.consumer, row.id)
        }
        return consumer
    }

    package func update(
        _ id: ConsumerID, _ context: RequestContext, _ change: @escaping @Sendable (inout Consumer) -> Void
    ) async throws -> Consumer {
        try await env.change("update consumer", context) { tx, record in
            guard var consumer = try ConsumerStore.find(id, tx, .toChange) else {
                throw NotFound.error("consumer", id)
            }
            change(&consumer)
            try ConsumerStore.update(consumer, tx)
            record.updated(.consumer, id)
            return consumer
        }
    }

    /// What it was granted goes with it.
    package func delete(_ id: ConsumerID, _ context: RequestContext) async throws {
        let event = RevocationEvent(issuedBefore: env.clock.now())
        let announced = try await env.change("delete consumer", context) { tx, record in
            guard try ConsumerStore.find(id, tx) != nil else { throw NotFound.error("consumer", id) }
            try ConsumerStore.delete(id, tx)
            record.deleted(.consumer, id)
            return try RevocationStore.number(event, tx)
        }
        await env.announce(announced)
    }
}
