import Core
import WebAPI

/// The bodies of requests: properties, limits and required members as Cinder's schemas have them.
enum Schemas {
    static let name: JSONValue = ["type": ["string", "null"], "minLength": 0, "maxLength": 255]
    static let text: JSONValue = ["type": ["string", "null"], "minLength": 0, "maxLength": 255]
    static let uuid: JSONValue = ["type": "string", "format": "uuid"]
    static let uuidOrNull: JSONValue = ["oneOf": [["type": "null"], ["type": "string", "format": "uuid"]]]
    static let boolean: JSONValue = [
        "type": ["boolean", "string"],
        "enum": [
            true, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes", "y", "t", false, "False", "FALSE",
            "false", "0", "OFF", "Off", "off", "NO", "No", "no", "n", "f",
        ],
    ]
    static let size: JSONValue = [
        "type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 1, "maximum": 2_147_483_647,
    ]
    static let sizeOrNull: JSONValue = [
        "type": ["integer", "string", "null"], "pattern": "^[0-9]+$", "minimum": 1, "maximum": 2_147_483_647,
    ]
    static let metadata: JSONValue = [
        "type": ["object", "null"],
        "patternProperties": ["^[a-zA-Z0-9-_:. ]{1,255}$": ["type": "string", "minLength": 0, "maxLength": 255]],
        "additionalProperties": false,
    ]
    static let specs: JSONValue = [
        "type": "object",
        "patternProperties": ["^[a-zA-Z0-9-_:. ]{1,255}$": ["type": "string", "minLength": 0, "maxLength": 255]],
        "additionalProperties": false,
    ]

    /// `{NAME: {…}}`.
    static func wrapped(
        _ name: String, _ properties: [String: JSONValue], required: [JSONValue] = [], allowsOthers: Bool = false,
        nullable: Bool = false
    ) -> JSONSchema {
        var inner: [String: JSONValue] = [
            "type": nullable ? ["object", "null"] : "object", "properties": .object(properties),
            "additionalProperties": .bool(allowsOthers),
        ]
        if !required.isEmpty { inner["required"] = .array(required) }
        return JSONSchema([
            "type": "object", "properties": .object([name: .object(inner)]), "required": [.string(name)],
            "additionalProperties": false,
        ])
    }

    /// `{NAME: anything}`.
    static func anything(_ name: String) -> JSONSchema {
        JSONSchema([
            "type": "object", "properties": .object([name: [:]]), "required": [.string(name)],
            "additionalProperties": false,
        ])
    }

    private static let volumeProperties: [String: JSONValue] = [
        "name": name, "description": text, "display_name": name, "display_description": text, "volume_type": name,
        "metadata": metadata, "snapshot_id": uuidOrNull, "source_volid": uuidOrNull, "consistencygroup_id": uuidOrNull,
        "size": sizeOrNull, "availability_zone": name, "multiattach": ["type": ["boolean", "string", "null"]],
        "image_id": name, "imageRef": name, "group_id": name, "backup_id": uuidOrNull,
    ]

    private static func create(allowsOthers: Bool) -> JSONSchema {
        JSONSchema([
            "type": "object",
            "properties": [
                "volume": [
                    "type": "object", "properties": .object(volumeProperties),
                    "additionalProperties": .bool(allowsOthers),
                ],
                "OS-SCH-HNT:scheduler_hints": ["type": ["object", "null"]],
            ],
            "required": ["volume"], "additionalProperties": false,
        ])
    }

    static let createVolume = [
        BodySchema(since: "3.0", create(allowsOthers: true)), BodySchema(since: "3.53", create(allowsOthers: false)),
    ]

    static let updateVolume = wrapped(
        "volume",
        [
            "name": name, "description": text, "display_name": name, "display_description": text, "metadata": specs,
        ])

    static let metadataBody = JSONSchema([
        "type": "object", "properties": ["metadata": specs], "required": ["metadata"], "additionalProperties": false,
    ])

    static let metaBody = JSONSchema([
        "type": "object", "properties": ["meta": specs], "required": ["meta"], "additionalProperties": false,
    ])

    static let createSnapshot = wrapped(
        "snapshot",
        [
            "name": name, "display_name": name, "description": text, "volume_id": uuidOrNull, "force": boolean,
            "metadata": metadata,
        ], required: ["volume_id"])

    static let updateSnapshot = wrapped(
        "snapshot", ["name": name, "description": text, "display_name": name, "display_description": text])

    static let createAttachment = wrapped(
        "attachment",
        [
            "instance_uuid": uuid, "connector": ["type": ["object", "null"]], "volume_uuid": uuid,
            "mode": ["type": "string", "enum": ["rw", "ro"]],
        ], required: ["volume_uuid"])

    static let updateAttachment = wrapped(
        "attachment", ["connector": ["type": "object", "minProperties": 1]], required: ["connector"])
}
