import Core
import WebAPI

/// Reads a request's body by a resource's attributes: defaults, allowed members, checks.
struct BodyReader {
    struct Item {
        var values: [String: JSONValue]
        /// The attributes that the caller named.
        var given: Set<String>
    }

    let type: ResourceType

    private func bad(_ message: String) -> ServiceError { .network(.badRequest, "HTTPBadRequest", message) }

    /// The items of a POST: one under the resource's name, or many under the collection's.
    func create(_ body: JSONValue, project: String) throws -> (items: [Item], isBulk: Bool) {
        if let many = body[type.collection] {
            guard let items = many.array, !items.isEmpty else { throw bad("Resources required") }
            guard items.count <= 256 else { throw bad("At most 256 \(type.collection) can be created by one request") }
            return (try items.map { try item(unwrapped($0), project: project) }, true)
        }
        guard let one = body[type.name] else {
            throw bad("Unable to find '\(type.name)' in request body")
        }
        return ([try item(one, project: project)], false)
    }

    /// Bulk items may each be under the resource's name, too.
    private func unwrapped(_ item: JSONValue) -> JSONValue { item[type.name] ?? item }

    private func item(_ json: JSONValue, project: String) throws -> Item {
        var given = try members(json)
        if let owner = given["project_id"], let old = given["tenant_id"], owner != old {
            throw bad("'project_id' and 'tenant_id' do not match")
        }
        if let old = given.removeValue(forKey: "tenant_id") { given["project_id"] = old }
        try refuseUnknown(given)
        var values: [String: JSONValue] = [:]
        for attribute in type.attributes {
            if let value = given[attribute.name] {
                guard attribute.inPost else { throw bad("Attribute '\(attribute.name)' not allowed in POST") }
                values[attribute.name] = try checked(value, attribute)
            } else if attribute.inPost {
                switch attribute.initial {
                case .required:
                    throw bad("Failed to parse request. Required attribute '\(attribute.name)' not specified")
                case .value(let value): values[attribute.name] = value
                case .chosen: break
                }
            }
        }
        if values["project_id"] == nil { values["project_id"] = .string(project) }
        return Item(values: values, given: Set(given.keys))
    }

    func update(_ body: JSONValue) throws -> [String: JSONValue] {
        guard let json = body[type.name] else { throw bad("Unable to find '\(type.name)' in request body") }
        let given = try members(json)
        try refuseUnknown(given)
        var changes: [String: JSONValue] = [:]
        for (name, value) in given {
            guard let attribute = type.attribute(name) else { continue }
            guard attribute.inPut else { throw bad("Cannot update read-only attribute \(name)") }
            changes[attribute.name] = try checked(value, attribute)
        }
        return changes
    }

    private func members(_ json: JSONValue) throws -> [String: JSONValue] {
        guard let members = json.object else { throw bad("Invalid input for \(type.name): not an object") }
        return members
    }

    private func refuseUnknown(_ given: [String: JSONValue]) throws {
        let unknown = given.keys.filter { type.attribute($0) == nil }.sorted()
        guard unknown.isEmpty else { throw bad("Unrecognized attribute(s) '\(unknown.joined(separator: ", "))'") }
    }

    private func checked(_ value: JSONValue, _ attribute: Attribute) throws -> JSONValue {
        do {
            return try attribute.check(value)
        } catch let error as InvalidValue {
            throw bad("Invalid input for \(attribute.name). Reason: \(error.reason).")
        }
    }
}
