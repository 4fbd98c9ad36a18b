import Core
import WebAPI

/// The documents under `/v2/schemas/metadefs`, and the checks that follow from them.
enum MetadefSchemas {
    private static let name: JSONValue = ["type": "string", "maxLength": 80, "minLength": 1]
    private static let text: JSONValue = ["type": "string"]
    private static let positive: JSONValue = ["type": "integer", "minimum": 0]

    private static let propertyMembers: [String: JSONValue] = [
        "title": text, "description": text, "operators": ["type": "array", "items": ["type": "string"]],
        "type": ["type": "string", "enum": ["array", "boolean", "integer", "number", "object", "string", "null"]],
        "required": ["type": "array", "uniqueItems": true, "items": ["type": "string"]],
        "minimum": ["type": "number"], "maximum": ["type": "number"], "maxLength": positive, "minLength": positive,
        "pattern": text, "enum": ["type": "array"], "readonly": ["type": "boolean"], "default": [:],
        "items": ["type": "object"], "maxItems": positive, "minItems": positive, "uniqueItems": ["type": "boolean"],
        "additionalItems": ["type": "boolean"],
    ]

    static let property: JSONValue = document(
        "property", propertyMembers.merging(["name": name]) { $1 }, required: ["name", "type", "title"])

    static let object: JSONValue = document(
        "object",
        [
            "name": name, "description": text, "required": ["type": "array", "items": ["type": "string"]],
            "properties": [
                "type": "object",
                "additionalProperties": [
                    "type": "object", "required": ["title", "type"], "properties": .object(propertyMembers),
                ],
            ],
            "schema": text, "self": text, "created_at": text, "updated_at": text,
        ], required: ["name"])

    static let tag: JSONValue = document(
        "tag", ["name": name, "created_at": text, "updated_at": text], required: ["name"])

    static let resourceType: JSONValue = document(
        "resource_type_association",
        [
            "name": name, "prefix": ["type": "string", "maxLength": 80],
            "properties_target": ["type": "string", "maxLength": 80], "created_at": text, "updated_at": text,
        ], required: ["name"])

    static let namespace: JSONValue = document(
        "namespace",
        [
            "namespace": name, "display_name": ["type": "string", "maxLength": 80],
            "description": ["type": "string", "maxLength": 500],
            "visibility": ["type": "string", "enum": ["public", "private"]], "protected": ["type": "boolean"],
            "owner": ["type": "string", "maxLength": 255], "created_at": text, "updated_at": text, "schema": text,
            "self": text,
            "resource_type_associations": ["type": "array", "items": ["type": "object", "required": ["name"]]],
            "properties": ["type": "object", "additionalProperties": ["type": "object"]],
            "objects": ["type": "array", "items": ["type": "object", "required": ["name"]]],
            "tags": ["type": "array", "items": ["type": "object", "required": ["name"]]],
        ], required: ["namespace"])

    /// Path and document of each schema.
    static let documents: [(String, JSONValue)] = [
        ("namespace", namespace), ("namespaces", ImageSchemas.collection("namespaces", of: namespace)),
        ("resource_type", resourceType),
        ("resource_types", ImageSchemas.collection("resource_type_associations", of: resourceType)),
        ("property", property), ("properties", ImageSchemas.collection("properties", of: property)),
        ("object", object), ("objects", ImageSchemas.collection("objects", of: object)),
        ("tag", tag), ("tags", ImageSchemas.collection("tags", of: tag)),
    ]

    static func body(_ document: JSONValue) -> JSONSchema {
        JSONSchema([
            "type": "object", "additionalProperties": false, "properties": document["properties"] ?? [:],
            "required": document["required"] ?? [],
        ])
    }

    private static func document(_ name: String, _ properties: [String: JSONValue], required: [String]) -> JSONValue {
        [
            "name": .string(name), "properties": .object(properties), "additionalProperties": false,
            "required": .array(required.map { .string($0) }),
        ]
    }
}
