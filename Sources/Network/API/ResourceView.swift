package import Core

/// What a response shows of a record.
package enum ResourceView {
    /// Every visible attribute; `project_id` also under its old name.
    package static func object(
        _ record: Record, _ type: ResourceType, fields: Set<String> = [], hiding hidden: Set<String> = []
    ) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for attribute in type.attributes where attribute.isVisible && !hidden.contains(attribute.name) {
            if fields.isEmpty || fields.contains(attribute.name) { members[attribute.name] = record[attribute.name] }
        }
        if fields.isEmpty || fields.contains("tenant_id"), type.attribute("project_id") != nil {
            members["tenant_id"] = record["project_id"]
        }
        return .object(members)
    }
}
