import Core
import Database
import HTTPTypes
import WebAPI

/// The operations of one kind of resource: list, show, create (one or many), update, delete.
struct ResourceController {
    let behaviour: any ResourceBehaviour
    let service: NetworkBackend
    private var type: ResourceType { behaviour.type }

    var operations: [Operation] {
        let path = "/\(type.path)"
        return [
            Operation(.get, path, name: "list \(type.collection)", policy: type.policies.show) { try await list($0) },
            Operation(.get, "\(path)/{id}", name: "show \(type.name)", policy: type.policies.show) {
                try await show($0)
            },
            Operation(.post, path, name: "create \(type.name)", success: .created) { try await create($0) },
            Operation(.put, "\(path)/{id}", name: "update \(type.name)") { try await update($0) },
            Operation(.delete, "\(path)/{id}", name: "delete \(type.name)", success: .noContent) {
                try await delete($0)
            },
        ]
    }

    // MARK: Reading

    private func list(_ request: APIRequest) async throws -> APIResponse {
        let caller = service.caller(request)
        let query = try QueryReader(behaviour: behaviour).list(request.query, for: caller)
        if let make = behaviour.isMadeOnSight {
            let asked = request.query.first("project_id") ?? request.query.first("tenant_id")
            let project = caller.isAdmin ? asked ?? caller.projectID : caller.projectID
            try await service.change("made on sight", caller) { try make(project, $0) }
        }
        let fields = QueryReader.fields(request.query)
        let records = try await service.database.transaction("list") { [behaviour] transaction in
            try ResourceReader.page(behaviour, query, fields: fields, for: caller, transaction)
        }
        let hidden = self.hidden(request)
        let links = query.limit.map { self.links(request, records, limit: $0, query) }
        return .json { json in
            json.object {
                $0.field(type.collection) { (json: inout JSONWriter) in
                    json.array(records) { $0.write(ResourceView.object($1, type, fields: fields, hiding: hidden)) }
                }
                if let links { $0.field("\(type.collection)_links", links) }
            }
        }
    }

    private func links(_ request: APIRequest, _ records: [Record], limit: Int, _ query: ListQuery) -> JSONValue {
        var links: [JSONValue] = []
        func link(_ relation: String, _ marker: String, reverse: Bool) {
            let rest = request.query.encoded(
                replacing: [("marker", marker), ("page_reverse", reverse ? "True" : nil)])
            links.append(["rel": .string(relation), "href": .string("\(request.url)?\(rest)")])
        }
        if let last = records.last, query.isReversed || records.count == limit { link("next", last.id, reverse: false) }
        if let first = records.first, query.isReversed ? records.count == limit : query.marker != nil {
            link("previous", first.id, reverse: true)
        }
        return .array(links)
    }

    private func hidden(_ request: APIRequest) -> Set<String> {
        let target = ["project_id": request.context.projectID?.rawValue]
        return Set(
            type.policies.showAttribute.filter { !request.isAllowed($0.value, target: target) }.map(\.key))
    }

    private func show(_ request: APIRequest) async throws -> APIResponse {
        let caller = service.caller(request)
        let id = try request.parameter("id")
        let record = try await service.database.transaction("show") { [behaviour] transaction in
            try ResourceReader.find(behaviour, id, for: caller, transaction)
        }
        return one(record, request, fields: QueryReader.fields(request.query))
    }

    private func one(_ record: Record, _ request: APIRequest, fields: Set<String> = []) -> APIResponse {
        let hidden = self.hidden(request)
        return .json { json in
            json.object { $0.field(type.name, ResourceView.object(record, type, fields: fields, hiding: hidden)) }
        }
    }

    // MARK: Writing

    private func create(_ request: APIRequest) async throws -> APIResponse {
        let caller = service.caller(request)
        let (items, isBulk) = try BodyReader(type: type).create(request.body, project: caller.projectID)
        let records = try await service.change("create", caller) { [behaviour] change in
            try items.map { item in
                try authorizeCreate(item, request, change.transaction)
                let id = try behaviour.create(item.values, given: item.given, change)
                var mine = try RecordStore.select(behaviour.type, where: "r.id = \(id)", change.transaction)
                guard !mine.isEmpty else { throw behaviour.type.object.notFound(id) }
                mine[0] = try ResourceReader.find(
                    behaviour, id, for: Caller(caller.context, isAdmin: true), change.transaction)
                return mine[0]
            }
        }
        guard isBulk else { return one(records[0], request) }
        let hidden = self.hidden(request)
        return .json { json in
            json.object {
                $0.field(type.collection) { (json: inout JSONWriter) in
                    json.array(records) { $0.write(ResourceView.object($1, type, hiding: hidden)) }
                }
            }
        }
    }

    private func authorizeCreate(_ item: BodyReader.Item, _ request: APIRequest, _ transaction: Transaction) throws {
        let target = try behaviour.target(Record(item.values), transaction)
        try request.authorize(type.policies.create, target: target)
        for name in item.given {
            guard let rule = type.policies.createAttribute[name], let attribute = type.attribute(name) else { continue }
            // Saying what would be so anyway needs no right.
            if case .value(let usual) = attribute.initial, item.values[name] == usual { continue }
            try request.authorize(rule, target: target)
        }
    }

    private func update(_ request: APIRequest) async throws -> APIResponse {
        let caller = service.caller(request)
        let id = try request.parameter("id")
        let changes = try BodyReader(type: type).update(request.body)
        let expected = try Self.expectedRevision(request)
        let record = try await service.change("update", caller) { [behaviour] change in
            let record = try ResourceReader.find(behaviour, id, for: caller, locked: true, change.transaction)
            try Self.check(expected, record)
            let target = try behaviour.target(record, change.transaction)
            try request.authorize(behaviour.type.policies.update, target: target)
            for name in changes.keys {
                if let rule = behaviour.type.policies.updateAttribute[name] {
                    try request.authorize(rule, target: target)
                }
            }
            try behaviour.update(record, changes, change)
            return try ResourceReader.find(behaviour, id, for: caller, change.transaction)
        }
        return one(record, request)
    }

    private func delete(_ request: APIRequest) async throws -> APIResponse {
        let caller = service.caller(request)
        let id = try request.parameter("id")
        let expected = try Self.expectedRevision(request)
        try await service.change("delete", caller) { [behaviour] change in
            let record = try ResourceReader.find(behaviour, id, for: caller, locked: true, change.transaction)
            try Self.check(expected, record)
            let target = try behaviour.target(record, change.transaction)
            try request.authorize(behaviour.type.policies.delete, target: target)
            try behaviour.delete(record, change)
        }
        return .empty()
    }

    /// `If-Match: revision_number=N` makes a change depend on what the caller has seen.
    private static func expectedRevision(_ request: APIRequest) throws -> Int? {
        guard let text = request.headers[.ifMatch] else { return nil }
        let halves = text.filter { $0 != "\"" && $0 != " " }.split(separator: "=")
        guard halves.count == 2, halves[0] == "revision_number", let number = Int(halves[1]) else {
            throw ServiceError.network(.badRequest, "HTTPBadRequest", "If-Match takes revision_number=NUMBER only")
        }
        return number
    }

    private static func check(_ expected: Int?, _ record: Record) throws {
        if let expected, record.int("revision_number") != expected {
            throw ServiceError.network(
                .preconditionFailed, "RevisionNumberConstraintFailed",
                "Constrained to \(expected), but current revision is \(record.int("revision_number") ?? 0)")
        }
    }
}
