import Core
import HTTPTypes
import WebAPI

extension APIRequest {
    /// Checks a rule against the path's parameters and `target`, as Keystone builds a rule's target.
    ///
    /// What was not found is left out of `target`: whoever may not see it then gets the same 403 as for
    /// what is there.
    func enforce(_ rule: PolicyRule, _ target: [String: String?] = [:]) throws {
        try authorize(rule, target: fullTarget(target))
    }

    func permits(_ rule: PolicyRule, _ target: [String: String?] = [:]) -> Bool {
        isAllowed(rule, target: fullTarget(target))
    }

    private func fullTarget(_ target: [String: String?]) -> [String: String?] {
        // Never empty, because an empty target would mean the caller's own user and project.
        var full: [String: String?] = ["path": path]
        for (name, value) in parameters { full.updateValue(value, forKey: name) }
        for (name, value) in target { full.updateValue(value, forKey: name) }
        return full
    }

    /// The user that the token speaks for.
    var caller: UserID {
        get throws {
            guard let user = context.userID else { throw ServiceError.unauthenticated("no user in the token") }
            return user
        }
    }

    func id<Kind>(_ name: String, _: Kind.Type = Kind.self) throws -> ID<Kind> { ID(try parameter(name)) }

    /// The body's one member, which the schema has checked to be an object.
    func member(_ name: String) throws -> JSONValue {
        guard let member = body[name], member.object != nil else {
            throw ServiceError(.badRequest, "'\(name)' is a required property.")
        }
        return member
    }

    /// - Throws: 400 when the body of a change names another id or domain than the resource has.
    func checkUnchanged(_ body: JSONValue, id: String, domain: DomainID?) throws {
        if let given = body["id"], given.string != id { throw ServiceError(.badRequest, "Cannot change ID") }
        if let given = body["domain_id"], given.string != domain?.rawValue {
            throw ServiceError(.badRequest, "Cannot change Domain ID")
        }
    }

    // MARK: Query

    /// `name`, and its inexact forms such as `name__contains`.
    func textFilters(_ name: String) -> [TextFilter] {
        query.compactMap { item in
            switch item.name {
            case name: .equals(item.value)
            case name + "__contains": .contains(item.value, exactCase: true)
            case name + "__icontains": .contains(item.value, exactCase: false)
            case name + "__startswith": .startsWith(item.value, exactCase: true)
            case name + "__istartswith": .startsWith(item.value, exactCase: false)
            case name + "__endswith": .endsWith(item.value, exactCase: true)
            case name + "__iendswith": .endsWith(item.value, exactCase: false)
            default: nil
            }
        }
    }

    /// A switch in the query: on when given, unless with a value that says off. Nil when not given.
    func flag(_ name: String) -> Bool? {
        query.first(name).map { !["0", "false", "no", "off", "f", "n"].contains($0.lowercased()) }
    }

    /// The page asked for. Without `limit` a list is whole, as in Keystone.
    func page() throws -> PageRequest {
        let paging = try Paging(query, maxLimit: nil)
        return PageRequest(marker: paging.marker, limit: paging.limit)
    }
}

extension JSONValue {
    /// A boolean as Keystone reads one: also the texts that Python's services take for one.
    var flag: Bool? {
        if let bool { return bool }
        guard let string else { return nil }
        return ["true", "1", "yes", "on", "y", "t"].contains(string.lowercased())
    }

    /// The members that the service has no column for.
    func extra(without known: Set<String>) -> JSONObject {
        (object ?? [:]).filter { !known.contains($0.key) }
    }
}
