import Core
import FoundationEssentials

/// Definitions as documents show them.
enum MetadefView {
    static func namespace(_ item: Metadef, contents: [Metadef] = []) -> JSONValue {
        var members = item.body.object ?? [:]
        members["namespace"] = .string(item.namespace)
        members["visibility"] = .string(item.visibility ?? "private")
        members["protected"] = .bool(item.isProtected)
        members["owner"] = item.owner.map { .string($0.rawValue) } ?? .null
        addTimes(item, &members)
        members["self"] = .string("/v2/metadefs/namespaces/\(item.namespace)")
        members["schema"] = "/v2/schemas/metadefs/namespace"
        func add(_ key: String, _ kind: Metadef.Kind, _ view: (Metadef) -> JSONValue) {
            let items = contents.filter { $0.kind == kind }.map(view)
            if !items.isEmpty { members[key] = .array(items) }
        }
        add("resource_type_associations", .resourceType, resourceType)
        add("objects", .object, object)
        add("tags", .tag) { ["name": .string($0.name)] }
        let properties = contents.filter { $0.kind == .property }
        if !properties.isEmpty {
            members["properties"] = .object(
                Dictionary(properties.map { ($0.name, $0.body) }, uniquingKeysWith: { _, last in last }))
        }
        return .object(members)
    }

    static func view(_ item: Metadef) -> JSONValue {
        switch item.kind {
        case .namespace: namespace(item)
        case .object: object(item)
        case .property: property(item)
        case .tag: tag(item)
        case .resourceType: resourceType(item)
        }
    }

    private static func object(_ item: Metadef) -> JSONValue {
        var members = item.body.object ?? [:]
        members["name"] = .string(item.name)
        addTimes(item, &members)
        members["self"] = .string("/v2/metadefs/namespaces/\(item.namespace)/objects/\(item.name)")
        members["schema"] = "/v2/schemas/metadefs/object"
        return .object(members)
    }

    private static func property(_ item: Metadef) -> JSONValue {
        var members = item.body.object ?? [:]
        members["name"] = .string(item.name)
        return .object(members)
    }

    private static func tag(_ item: Metadef) -> JSONValue {
        var members: [String: JSONValue] = ["name": .string(item.name)]
        addTimes(item, &members)
        members["self"] = .string("/v2/metadefs/namespaces/\(item.namespace)/tags/\(item.name)")
        members["schema"] = "/v2/schemas/metadefs/tag"
        return .object(members)
    }

    private static func resourceType(_ item: Metadef) -> JSONValue {
        var members = item.body.object ?? [:]
        members["name"] = .string(item.name)
        addTimes(item, &members)
        return .object(members)
    }

    private static func addTimes(_ item: Metadef, _ members: inout [String: JSONValue]) {
        members["created_at"] = .string(item.createdAt.iso8601)
        members["updated_at"] = .string(item.updatedAt.iso8601)
    }
}
