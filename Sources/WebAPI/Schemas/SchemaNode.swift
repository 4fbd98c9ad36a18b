import Core

/// One schema, with its keywords read into types. Immutable after `init`.
final class SchemaNode: Sendable {
    let source: JSONValue
    let types: [JSONSchema.ValueType]?
    let enumeration: [JSONValue]?
    let constant: JSONValue?

    let minimum: Double?
    let maximum: Double?
    let exclusiveMinimum: Bool
    let exclusiveMaximum: Bool
    let multipleOf: Double?

    let minLength: Int?
    let maxLength: Int?
    let pattern: SchemaPattern?
    let format: String?

    let items: SchemaNode?
    let tuple: [SchemaNode]?
    let additionalItems: SchemaNode?
    let minItems: Int?
    let maxItems: Int?
    let uniqueItems: Bool

    let properties: [String: SchemaNode]
    let patternProperties: [(SchemaPattern, SchemaNode)]
    let additionalProperties: SchemaNode?
    let required: [String]
    let minProperties: Int?
    let maxProperties: Int?
    let dependencies: [String: [String]]

    let anyOf: [SchemaNode]
    let oneOf: [SchemaNode]
    let allOf: [SchemaNode]
    let not: SchemaNode?

    let mistakes: [String]

    init(_ source: JSONValue) {
        var mistakes: [String] = []
        self.source = source
        let names = source["type"]?.string.map { [$0] } ?? source["type"]?.array?.compactMap(\.string)
        types = names?.compactMap { name in
            if let type = JSONSchema.ValueType(rawValue: name) { return type }
            mistakes.append("unknown type \(name)")
            return nil
        }
        enumeration = source["enum"]?.array
        constant = source["const"]

        minimum = source["minimum"]?.double ?? source["exclusiveMinimum"]?.double
        maximum = source["maximum"]?.double ?? source["exclusiveMaximum"]?.double
        exclusiveMinimum = source["exclusiveMinimum"]?.bool ?? (source["exclusiveMinimum"]?.double != nil)
        exclusiveMaximum = source["exclusiveMaximum"]?.bool ?? (source["exclusiveMaximum"]?.double != nil)
        multipleOf = source["multipleOf"]?.double

        minLength = source["minLength"]?.int
        maxLength = source["maxLength"]?.int
        pattern = source["pattern"]?.string.flatMap { SchemaPattern($0, &mistakes) }
        format = source["format"]?.string

        items = source["items"].flatMap { $0.object == nil ? nil : SchemaNode($0) }
        tuple = source["items"]?.array.map { $0.map { SchemaNode($0) } }
        additionalItems = source["additionalItems"].map(Self.orBoolean)
        minItems = source["minItems"]?.int
        maxItems = source["maxItems"]?.int
        uniqueItems = source["uniqueItems"]?.bool ?? false

        properties = (source["properties"]?.object ?? [:]).mapValues { SchemaNode($0) }
        patternProperties = (source["patternProperties"]?.object ?? [:]).sorted { $0.key < $1.key }
            .compactMap { key, value in SchemaPattern(key, &mistakes).map { ($0, SchemaNode(value)) } }
        additionalProperties = source["additionalProperties"].map(Self.orBoolean)
        required = source["required"]?.array?.compactMap(\.string) ?? []
        minProperties = source["minProperties"]?.int
        maxProperties = source["maxProperties"]?.int
        dependencies = (source["dependencies"]?.object ?? [:]).compactMapValues { $0.array?.compactMap(\.string) }

        anyOf = (source["anyOf"]?.array ?? []).map { SchemaNode($0) }
        oneOf = (source["oneOf"]?.array ?? []).map { SchemaNode($0) }
        allOf = (source["allOf"]?.array ?? []).map { SchemaNode($0) }
        not = source["not"].map { SchemaNode($0) }
        self.mistakes = mistakes
    }

    /// `true` is the schema that takes everything, `false` the one that takes nothing.
    private static func orBoolean(_ value: JSONValue) -> SchemaNode {
        guard let allowed = value.bool else { return SchemaNode(value) }
        return SchemaNode(allowed ? [:] : ["not": [:]])
    }

    /// Whether this is the schema `false`.
    var refusesAll: Bool { source == ["not": [:]] }

    var allMistakes: [String] {
        var nodes = [items, additionalItems, additionalProperties, not].compactMap(\.self)
        nodes += tuple ?? []
        nodes += Array(properties.values) + patternProperties.map(\.1) + anyOf + oneOf + allOf
        return mistakes + nodes.flatMap(\.allMistakes)
    }
}
