import Core
import WebAPI

enum FlavorSchemas {
    private static let number: JSONValue = [
        "type": ["integer", "string"], "pattern": "^[0-9]*$", "minimum": 0, "maximum": 2_147_483_647,
    ]
    private static let positive: JSONValue = [
        "type": ["integer", "string"], "pattern": "^[0-9]*$", "minimum": 1, "maximum": 2_147_483_647,
    ]
    private static let boolean: JSONValue = [
        "enum": [true, false, "True", "TRUE", "true", "False", "FALSE", "false", "1", "0", "yes", "no", "on", "off"]
    ]
    private static let description: JSONValue = ["type": ["string", "null"], "minLength": 0, "maxLength": 65_535]

    private static func create(at version: Microversion) -> JSONSchema {
        var properties: [String: JSONValue] = [
            "name": [
                "type": "string", "minLength": 1, "maxLength": 255, "format": "name_with_leading_trailing_spaces",
            ],
            "id": [
                "type": ["string", "number", "null"], "minLength": 1, "maxLength": 255,
                "pattern": "^[a-zA-Z0-9._-]([a-zA-Z0-9. _-]*[a-zA-Z0-9._-])?$",
            ],
            "ram": positive, "vcpus": positive, "disk": number, "OS-FLV-EXT-DATA:ephemeral": number, "swap": number,
            "rxtx_factor": ["type": ["number", "string"], "minimum": 0], "os-flavor-access:is_public": boolean,
        ]
        if version >= "2.55" { properties["description"] = description }
        return JSONSchema([
            "type": "object",
            "properties": [
                "flavor": [
                    "type": "object", "properties": .object(properties), "required": ["name", "ram", "vcpus", "disk"],
                    "additionalProperties": false,
                ]
            ],
            "required": ["flavor"], "additionalProperties": false,
        ])
    }

    static let create = [
        BodySchema(since: "2.1", create(at: "2.1")), BodySchema(since: "2.55", create(at: "2.55")),
    ]
    static let update = JSONSchema([
        "type": "object",
        "properties": [
            "flavor": [
                "type": "object", "properties": ["description": description], "required": ["description"],
                "additionalProperties": false,
            ]
        ],
        "required": ["flavor"], "additionalProperties": false,
    ])
    static let extraSpecs = JSONSchema([
        "type": "object",
        "properties": [
            "extra_specs": [
                "type": "object", "additionalProperties": false,
                "patternProperties": [
                    "^[a-zA-Z0-9-_:. ]{1,255}$": ["type": ["string", "number"], "maxLength": 255]
                ],
            ]
        ],
        "required": ["extra_specs"], "additionalProperties": false,
    ])
}
