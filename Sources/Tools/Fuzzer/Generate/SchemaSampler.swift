import Core
import WebAPI

/// Makes values that a schema allows, out of the schema itself.
struct SchemaSampler {
    let filler: Filler

    /// A value for `schema`, checked against it; nil when none was found.
    func value(_ schema: JSONSchema, _ generator: inout SeededGenerator) -> JSONValue? {
        for attempt in 0..<6 {
            let value = sample(schema.json, nil, optional: attempt < 4 ? 50 : 0, depth: 0, &generator)
            if schema.isValid(value) { return value }
        }
        return nil
    }

    private func sample(
        _ schema: JSONValue, _ name: String?, optional: Int, depth: Int, _ generator: inout SeededGenerator
    ) -> JSONValue {
        if let constant = schema["const"] { return constant }
        if let values = schema["enum"]?.array, let value = generator.pick(values) { return value }
        for keyword in ["oneOf", "anyOf", "allOf"] {
            guard let choices = schema[keyword]?.array, let choice = generator.pick(choices) else { continue }
            // Keywords beside the choice hold as well.
            var members = schema.object ?? [:]
            members[keyword] = nil
            for (key, value) in choice.object ?? [:] where members[key] == nil { members[key] = value }
            return sample(.object(members), name, optional: optional, depth: depth, &generator)
        }
        if let name, let kind = Kinds.ofMember(name), generator.chance(85), takesText(schema) {
            return .string(filler.text("@\(kind)", &generator))
        }
        let types = schema["type"]?.string.map { [$0] } ?? schema["type"]?.array?.compactMap(\.string) ?? []
        switch generator.pick(types) ?? (schema["properties"] == nil ? "string" : "object") {
        case "null": return nil
        case "boolean": return .bool(generator.chance(50))
        case "integer", "number": return number(schema, &generator)
        case "array": return array(schema, name, optional, depth, &generator)
        case "object": return object(schema, optional, depth, &generator)
        default: return .string(text(schema, name, &generator))
        }
    }

    private func takesText(_ schema: JSONValue) -> Bool {
        guard let type = schema["type"] else { return schema["properties"] == nil }
        return type.string == "string" || type.array?.contains("string") ?? false
    }

    private func number(_ schema: JSONValue, _ generator: inout SeededGenerator) -> JSONValue {
        let low = schema["minimum"]?.int ?? 0
        let high = max(low, min(schema["maximum"]?.int ?? low + 10, low + 1000))
        return .integer(Int64(Int.random(in: low...high, using: &generator)))
    }

    private func array(
        _ schema: JSONValue, _ name: String?, _ optional: Int, _ depth: Int, _ generator: inout SeededGenerator
    ) -> JSONValue {
        let low = schema["minItems"]?.int ?? 0
        let count = depth > 5 ? low : max(low, Int.random(in: 0...2, using: &generator))
        let items = schema["items"] ?? ["type": "string"]
        return .array(
            (0..<count).map { _ in sample(items, name, optional: optional, depth: depth + 1, &generator) })
    }

    private func object(
        _ schema: JSONValue, _ optional: Int, _ depth: Int, _ generator: inout SeededGenerator
    ) -> JSONValue {
        let required = Set(schema["required"]?.array?.compactMap(\.string) ?? [])
        var members: [String: JSONValue] = [:]
        for (name, property) in (schema["properties"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard required.contains(name) || (depth < 5 && generator.chance(optional)) else { continue }
            members[name] = sample(property, name, optional: optional, depth: depth + 1, &generator)
        }
        let needed = max(schema["minProperties"]?.int ?? 0, members.isEmpty && generator.chance(50) ? 1 : 0)
        if members.count < needed {
            if let (pattern, value) = schema["patternProperties"]?.object?.min(by: { $0.key < $1.key }) {
                let key = text(["pattern": .string(pattern)], nil, &generator)
                members[key] = sample(value, nil, optional: optional, depth: depth + 1, &generator)
            } else if let others = schema["additionalProperties"], others.bool != false {
                members["fuzz"] = sample(others, nil, optional: optional, depth: depth + 1, &generator)
            }
        }
        return .object(members)
    }

    private func text(_ schema: JSONValue, _ name: String?, _ generator: inout SeededGenerator) -> String {
        switch schema["format"]?.string {
        case "uuid": return generator.uuid()
        case "date-time", "iso8601": return "2031-01-02T03:04:05Z"
        case "uri": return "http://192.0.2.1/x"
        case "ipv4", "ip", "ip_or_none": return "192.0.2.7"
        case "ipv6": return "2001:db8::7"
        case "cidr": return "192.0.2.0/24"
        case "mac", "mac-address": return "fa:16:3e:01:02:03"
        case "hostname", "host-name": return "fuzz.example.org"
        case "base64": return "ZnV6eg=="
        default: break
        }
        var candidates: [String] = [
            "fuzz-\(generator.hex(8))", "fuzz", "1", "CUSTOM_FUZZ", "true", "192.0.2.7", generator.uuid(),
            "a", "2031-01-02T03:04:05Z", generator.hex(32),
        ]
        if let name, name.contains("password") { candidates.insert("secret-\(generator.hex(8))", at: 0) }
        let members: [String: JSONValue] = [
            "type": .string("string"), "minLength": schema["minLength"] ?? .integer(0),
            "maxLength": schema["maxLength"] ?? .integer(1_000_000), "pattern": schema["pattern"] ?? .string(""),
        ]
        let length = JSONSchema(.object(members))
        return candidates.first { length.isValid(.string($0)) } ?? candidates[0]
    }
}
