import Core
import WebAPI

/// Schemas of the bodies of server requests.
///
/// Source: Nova's API reference, "Servers".
enum ServerSchemas {
    private static let name: JSONValue = [
        "type": "string", "minLength": 1, "maxLength": 255, "format": "name_with_leading_trailing_spaces",
    ]
    private static let boolean: JSONValue = [
        "enum": [
            true, false, "True", "TRUE", "true", "False", "FALSE", "false", "1", "0", "on", "off", "On", "Off", "ON",
            "OFF", "yes", "no", "Yes", "No", "YES", "NO",
        ]
    ]
    private static let count: JSONValue = ["type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 1]
    static let metadata: JSONValue = [
        "type": "object", "additionalProperties": false,
        "patternProperties": ["^[a-zA-Z0-9-_:. ]{1,255}$": ["type": "string", "maxLength": 255]],
    ]
    static let tag: JSONValue = ["type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[^,/]*$"]
    private static let hostname: JSONValue = [
        "type": "string", "minLength": 1, "maxLength": 63, "pattern": "^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$",
    ]

    private static func network(at version: Microversion) -> JSONValue {
        var properties: [String: JSONValue] = [
            "uuid": ["type": "string", "format": "uuid"],
            "port": ["type": ["string", "null"], "format": "uuid"],
            "fixed_ip": ["type": "string", "format": "ip"],
        ]
        if version >= "2.32" && version < "2.37" || version >= "2.42" { properties["tag"] = tag }
        let list: JSONValue = [
            "type": "array",
            "items": ["type": "object", "properties": .object(properties), "additionalProperties": false],
        ]
        return version >= "2.37" ? ["oneOf": [list, ["type": "string", "enum": ["none", "auto"]]]] : list
    }

    private static func blockDevice(at version: Microversion) -> JSONValue {
        var properties: [String: JSONValue] = [
            "uuid": ["type": "string", "minLength": 1, "maxLength": 255],
            "source_type": ["type": "string", "enum": ["volume", "image", "snapshot", "blank"]],
            "destination_type": ["type": "string", "enum": ["local", "volume"]],
            "boot_index": ["type": ["integer", "string", "null"], "pattern": "^-?[0-9]+$"],
            "volume_size": ["type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 1],
            "delete_on_termination": boolean, "no_device": ["type": ["object", "boolean", "string"]],
            "device_name": ["type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9._-r/]*$"],
            "device_type": ["type": "string", "minLength": 1, "maxLength": 255],
            "disk_bus": ["type": "string"], "guest_format": ["type": "string", "maxLength": 255],
            "connection_info": ["type": "string"],
        ]
        if version >= "2.32" && version < "2.33" || version >= "2.42" { properties["tag"] = tag }
        if version >= "2.67" { properties["volume_type"] = ["type": ["string", "null"], "maxLength": 255] }
        return [
            "type": "array",
            "items": ["type": "object", "properties": .object(properties), "additionalProperties": false],
        ]
    }

    private static let hints: JSONValue = [
        "type": "object",
        "properties": [
            "group": ["type": "string", "format": "uuid"],
            "different_host": ["type": ["string", "array"]], "same_host": ["type": ["string", "array"]],
            "query": ["type": ["string", "object"]], "target_cell": ["type": "string"],
            "different_cell": ["type": ["string", "array"]], "build_near_host_ip": ["type": "string"],
            "cidr": ["type": "string"],
        ],
        "additionalProperties": true, "maxProperties": 64,
    ]

    private static func create(at version: Microversion) -> JSONSchema {
        var properties: [String: JSONValue] = [
            "name": name, "imageRef": ["type": "string"],
            "flavorRef": ["type": ["string", "integer"], "minLength": 1],
            "adminPass": ["type": "string"], "metadata": metadata, "networks": network(at: version),
            "OS-DCF:diskConfig": ["type": "string", "enum": ["AUTO", "MANUAL"]],
            "accessIPv4": ["type": "string", "format": "ipv4"], "accessIPv6": ["type": "string", "format": "ipv6"],
            "availability_zone": ["type": "string", "minLength": 1, "maxLength": 255],
            "block_device_mapping": ["type": "array", "items": ["type": "object"]],
            "block_device_mapping_v2": blockDevice(at: version), "config_drive": boolean,
            "key_name": ["type": "string", "minLength": 1, "maxLength": 255], "min_count": count, "max_count": count,
            "return_reservation_id": boolean,
            "security_groups": [
                "type": "array", "maxItems": 64,
                "items": [
                    "type": "object", "properties": ["name": ["type": "string", "minLength": 1, "maxLength": 255]],
                ],
            ],
            "user_data": ["type": "string", "format": "base64", "maxLength": 65_535],
            "os:scheduler_hints": hints, "OS-SCH-HNT:scheduler_hints": hints,
        ]
        if version < "2.57" { properties["personality"] = ["type": "array", "items": ["type": "object"]] }
        if version >= "2.19" { properties["description"] = ["type": ["string", "null"], "maxLength": 255] }
        if version >= "2.52" {
            properties["tags"] = ["type": "array", "items": tag, "maxItems": 50]
        }
        if version >= "2.63" { properties["trusted_image_certificates"] = ["type": ["array", "null"]] }
        if version >= "2.74" {
            properties["host"] = ["type": "string", "minLength": 1, "maxLength": 255]
            properties["hypervisor_hostname"] = ["type": "string", "minLength": 1, "maxLength": 255]
        }
        if version >= "2.90" {
            properties["hostname"] = hostname
        }
        var required: [JSONValue] = ["name", "flavorRef"]
        if version >= "2.37" { required.append("networks") }
        return JSONSchema([
            "type": "object",
            "properties": [
                "server": [
                    "type": "object", "properties": .object(properties), "required": .array(required),
                    "additionalProperties": false,
                ],
                "os:scheduler_hints": hints, "OS-SCH-HNT:scheduler_hints": hints,
            ],
            "required": ["server"], "additionalProperties": false,
        ])
    }

    static let create: [BodySchema] =
        (["2.1", "2.19", "2.32", "2.33", "2.37", "2.42", "2.52", "2.57", "2.63", "2.67", "2.74", "2.90"]
        as [Microversion]).map { BodySchema(since: $0, create(at: $0)) }

    private static func update(at version: Microversion) -> JSONSchema {
        var properties: [String: JSONValue] = [
            "name": name, "OS-DCF:diskConfig": ["type": "string", "enum": ["AUTO", "MANUAL"]],
            "accessIPv4": ["type": ["string", "null"], "format": "ipv4"],
            "accessIPv6": ["type": ["string", "null"], "format": "ipv6"],
        ]
        if version >= "2.19" { properties["description"] = ["type": ["string", "null"], "maxLength": 255] }
        if version >= "2.90" { properties["hostname"] = hostname }
        return JSONSchema([
            "type": "object",
            "properties": [
                "server": ["type": "object", "properties": .object(properties), "additionalProperties": false]
            ],
            "required": ["server"], "additionalProperties": false,
        ])
    }

    static let update: [BodySchema] = (["2.1", "2.19", "2.90"] as [Microversion]).map {
        BodySchema(since: $0, update(at: $0))
    }
}
