import Core
import WebAPI

/// Bodies of the API's extensions.
extension IdentitySchemas {
    static let domainConfig: JSONSchema = [
        "type": "object", "properties": ["config": ["type": "object"]], "required": ["config"],
    ]

    // MARK: Federation

    private static let url: JSONValue = ["type": "string", "maxLength": 225, "pattern": "^[a-zA-Z0-9+.-]+:.+"]
    private static let remoteID: JSONValue = ["type": ["string", "null"], "maxLength": 64]
    private static let mappingID: JSONValue = ["type": "string", "minLength": 1, "maxLength": 64]

    private static let identityProviderProperties: JSONObject = [
        "enabled": boolean, "description": nullableText,
        "authorization_ttl": ["type": ["integer", "null"], "minimum": 0, "maximum": 2_147_483_647],
        "remote_ids": [
            "type": ["array", "null"], "uniqueItems": true,
            "items": ["type": "string", "minLength": 1, "maxLength": 255],
        ],
    ]

    static let newIdentityProvider = closed(
        "identity_provider", identityProviderProperties.merging(["domain_id": nullableID]) { _, new in new })
    static let identityProvider = closed("identity_provider", identityProviderProperties, isChange: true)

    static let newProtocol = closed(
        "protocol", ["mapping_id": mappingID, "remote_id_attribute": remoteID], required: ["mapping_id"])
    static let changedProtocol = closed(
        "protocol", ["mapping_id": mappingID, "remote_id_attribute": remoteID], isChange: true)

    private static let serviceProviderProperties: JSONObject = [
        "auth_url": url, "sp_url": url, "description": nullableText, "enabled": boolean,
        "relay_state_prefix": ["type": ["string", "null"], "maxLength": 256],
    ]
    static let newServiceProvider = closed(
        "service_provider", serviceProviderProperties, required: ["auth_url", "sp_url"])
    static let serviceProvider = closed("service_provider", serviceProviderProperties, isChange: true)

    /// An object with one member of that name, which has no members but these.
    private static func closed(
        _ key: String, _ properties: JSONObject, required: [String] = [], isChange: Bool = false
    ) -> JSONSchema {
        var member: JSONObject = [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
        ]
        if !required.isEmpty { member["required"] = .array(required.map { .string($0) }) }
        if isChange { member["minProperties"] = 1 }
        return JSONSchema(
            .object(["type": "object", "properties": .object([key: .object(member)]), "required": [.string(key)]]))
    }

    // MARK: Mappings

    private static let domainOfMapping: JSONValue = [
        "type": "object", "properties": ["id": text, "name": text], "additionalProperties": false,
    ]
    private static let groupOfMapping: JSONValue = [
        "type": "object", "properties": ["id": text, "name": text, "domain": domainOfMapping],
        "additionalProperties": false, "minProperties": 1,
    ]
    private static let userOfMapping: JSONValue = [
        "type": "object", "additionalProperties": false,
        "properties": [
            "id": text, "name": text, "email": text, "domain": domainOfMapping,
            "type": ["type": "string", "enum": ["ephemeral", "local"]],
        ],
    ]
    private static let projectsOfMapping: JSONValue = [
        "type": "array",
        "items": [
            "type": "object", "required": ["name", "roles"], "additionalProperties": false,
            "properties": [
                "name": text, "domain": domainOfMapping,
                "roles": [
                    "type": "array",
                    "items": [
                        "type": "object", "required": ["name"], "properties": ["name": text],
                        "additionalProperties": false,
                    ],
                ],
            ],
        ],
    ]
    private static let remoteOfMapping: JSONValue = [
        "type": "object", "required": ["type"], "additionalProperties": false, "maxProperties": 3,
        "properties": [
            "type": text, "regex": ["type": "boolean"], "any_one_of": textList, "not_any_of": textList,
            "blacklist": textList, "whitelist": textList,
        ],
    ]
    private static let textList: JSONValue = ["type": "array", "items": text]

    static let mapping = wrapped(
        "mapping",
        [
            "schema_version": ["type": ["string", "null"], "enum": ["1.0", "2.0", "3.0", nil]],
            "rules": [
                "type": "array", "minItems": 1,
                "items": [
                    "type": "object", "required": ["local", "remote"], "additionalProperties": false,
                    "properties": [
                        "local": [
                            "type": "array",
                            "items": [
                                "type": "object", "additionalProperties": false,
                                "properties": [
                                    "user": userOfMapping, "projects": projectsOfMapping, "projects_json": text,
                                    "group": groupOfMapping, "groups": text, "group_ids": text,
                                    "domain": domainOfMapping,
                                ],
                            ],
                        ],
                        "remote": ["type": "array", "minItems": 1, "items": remoteOfMapping],
                    ],
                ],
            ],
        ], required: ["rules"])

    // MARK: OAuth and EC2

    static let authorization: JSONSchema = [
        "type": "object", "required": ["roles"],
        "properties": ["roles": ["type": "array", "minItems": 1, "items": roleReference]],
    ]

    private static let signedRequest: JSONValue = [
        "type": "object",
        "properties": [
            "access": text, "signature": text, "token": text, "host": text, "verb": text, "path": text,
            "body_hash": text, "params": ["type": "object"], "headers": ["type": "object"],
        ],
    ]
    static let signed: JSONSchema = [
        "type": "object", "minProperties": 1,
        "properties": ["credentials": signedRequest, "credential": signedRequest, "ec2Credentials": signedRequest],
    ]
}
