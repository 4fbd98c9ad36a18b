import Core
import WebAPI

/// Request bodies, as Keystone's own schemas have them.
enum IdentitySchemas {
    // MARK: Parts

    static let boolean: JSONValue = [
        "type": ["boolean", "string", "null"],
        "enum": [
            true, "True", "TRUE", "true", false, "False", "FALSE", "false", "", "1", "0", "y", "Y", "n", "N", "on",
            "ON",
            "off", "OFF", "yes", "no", nil,
        ],
    ]
    static let name: JSONValue = ["type": "string", "minLength": 1, "maxLength": 255, "pattern": "[\\S]+"]
    static let shortName: JSONValue = ["type": "string", "minLength": 1, "maxLength": 64, "pattern": "[\\S]+"]
    static let id: JSONValue = [
        "type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-zA-Z0-9-]+$",
    ]
    static let nullableID: JSONValue = [
        "type": ["string", "null"], "minLength": 1, "maxLength": 64, "pattern": "^[a-zA-Z0-9-]+$",
    ]
    static let text: JSONValue = ["type": "string"]
    static let nullableText: JSONValue = ["type": ["string", "null"]]
    static let description: JSONValue = ["type": ["string", "null"], "maxLength": 65535]
    static let immutableOption: JSONValue = [
        "type": "object", "properties": ["immutable": ["type": ["boolean", "null"]]], "additionalProperties": false,
    ]
    static let regionID: JSONValue = ["type": ["string", "null"], "minLength": 1, "maxLength": 255]
    static let tag: JSONValue = ["type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^,/]*$"]
    static let tagList: JSONValue = ["type": "array", "items": tag, "maxItems": 80, "uniqueItems": true]

    /// An object with one member of that name, itself an object.
    static func wrapped(
        _ key: String, _ properties: JSONObject, required: [String] = [], isChange: Bool = false
    ) -> JSONSchema {
        var member: JSONObject = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { member["required"] = .array(required.map { .string($0) }) }
        if isChange { member["minProperties"] = 1 }
        return JSONSchema(
            .object([
                "type": "object", "properties": .object([key: .object(member)]), "required": [.string(key)],
            ]))
    }

    static func both(
        _ key: String, _ properties: JSONObject, required: [String]
    ) -> (create: JSONSchema, update: JSONSchema) {
        (wrapped(key, properties, required: required), wrapped(key, properties, isChange: true))
    }

    // MARK: Resources

    static let domain = both(
        "domain",
        [
            "name": shortName, "description": description, "enabled": boolean, "options": immutableOption,
            "tags": tagList, "explicit_domain_id": ["type": "string", "pattern": "^[a-f0-9]{32}$"],
        ], required: ["name"])

    static let project = both(
        "project",
        [
            "name": shortName, "description": description, "enabled": boolean, "is_domain": boolean,
            "domain_id": nullableID, "parent_id": nullableID, "options": immutableOption, "tags": tagList,
        ], required: ["name"])

    static let tags: JSONSchema = [
        "type": "object", "properties": ["tags": tagList], "required": ["tags"], "additionalProperties": false,
    ]

    static let userOptions: JSONValue = [
        "type": "object",
        "properties": [
            "ignore_change_password_upon_first_use": ["type": ["boolean", "null"]],
            "ignore_password_expiry": ["type": ["boolean", "null"]],
            "ignore_lockout_failure_attempts": ["type": ["boolean", "null"]],
            "ignore_user_inactivity": ["type": ["boolean", "null"]],
            "lock_password": ["type": ["boolean", "null"]],
            "multi_factor_auth_enabled": ["type": ["boolean", "null"]],
            "multi_factor_auth_rules": [
                "type": ["array", "null"], "items": ["type": "array", "items": ["type": "string"], "minItems": 1],
            ],
        ], "additionalProperties": false,
    ]

    static let federatedLogins: JSONValue = [
        "type": "array", "maxItems": 100,
        "items": [
            "type": "object", "required": ["idp_id", "protocols"], "additionalProperties": false,
            "properties": [
                "idp_id": text,
                "protocols": [
                    "type": "array", "minItems": 1, "maxItems": 100,
                    "items": [
                        "type": "object", "required": ["protocol_id", "unique_id"], "additionalProperties": false,
                        "properties": [
                            "protocol_id": text, "unique_id": ["type": "string", "minLength": 1, "maxLength": 255],
                        ],
                    ],
                ],
            ],
        ],
    ]

    static let user = both(
        "user",
        [
            "name": name, "enabled": boolean, "domain_id": id, "default_project_id": nullableID,
            "description": nullableText, "password": nullableText, "options": userOptions,
            "federated": federatedLogins,
        ], required: ["name"])

    static let password = wrapped(
        "user", ["original_password": text, "password": text], required: ["original_password", "password"])

    static let group = both(
        "group", ["name": shortName, "description": description, "domain_id": id], required: ["name"])

    static let role = both(
        "role",
        ["name": name, "description": nullableText, "domain_id": nullableID, "options": immutableOption],
        required: ["name"])

    static let region = both(
        "region",
        [
            "id": ["type": ["string", "null"], "maxLength": 255],
            "description": ["type": ["string", "null"], "maxLength": 255],
            "parent_region_id": regionID,
        ], required: [])

    static let service = both(
        "service",
        ["type": ["type": "string", "minLength": 1, "maxLength": 255], "name": name, "enabled": ["type": "boolean"]],
        required: ["type"])

    static let endpoint = both(
        "endpoint",
        [
            "interface": ["type": "string", "enum": ["admin", "internal", "public"]],
            "url": ["type": "string", "maxLength": 225, "pattern": "^[a-zA-Z0-9+.-]+:.+"],
            "service_id": id, "region": nullableText, "region_id": regionID,
            "enabled": ["type": "boolean"], "name": text,
            "description": nullableText,
        ], required: ["interface", "service_id", "url"])

    static let credential = both(
        "credential", ["blob": text, "type": text, "user_id": text, "project_id": nullableText],
        required: ["blob", "type", "user_id"])

    static let policy = both(
        "policy", ["blob": ["type": "string"], "type": ["type": "string", "maxLength": 255]],
        required: ["blob", "type"])

    static let consumer = both("consumer", ["description": nullableText], required: [])

    static let ec2: JSONSchema = [
        "type": "object", "properties": ["tenant_id": id], "required": ["tenant_id"],
    ]

    static let roleReference: JSONValue = [
        "type": "object", "properties": ["id": id, "name": name], "minProperties": 1,
    ]

    static let trust = wrapped(
        "trust",
        [
            "trustor_user_id": text, "trustee_user_id": text, "impersonation": ["type": "boolean"],
            "project_id": nullableID, "remaining_uses": ["type": ["integer", "null"], "minimum": 1],
            "expires_at": nullableText, "allow_redelegation": ["type": ["boolean", "null"]],
            "redelegation_count": ["type": ["integer", "null"], "minimum": 0],
            "roles": ["type": "array", "items": roleReference],
        ], required: ["trustor_user_id", "trustee_user_id", "impersonation"])

    static let applicationCredential = wrapped(
        "application_credential",
        [
            "name": name, "description": nullableText, "secret": nullableText, "expires_at": nullableText,
            "unrestricted": ["type": ["boolean", "null"]],
            "roles": ["type": "array", "items": roleReference],
            "access_rules": [
                "type": "array",
                "items": [
                    "type": "object",
                    "properties": [
                        "id": id, "service": id, "path": ["type": "string", "maxLength": 128, "pattern": "^/"],
                        "method": ["type": "string", "enum": ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]],
                    ], "additionalProperties": false,
                ],
            ],
        ], required: ["name"])

    // MARK: Limits

    static func list(_ key: String, _ properties: JSONObject, required: [String]) -> JSONSchema {
        JSONSchema(
            .object([
                "type": "object", "required": [.string(key)],
                "properties": .object([
                    key: [
                        "type": "array", "minItems": 1,
                        "items": [
                            "type": "object", "properties": .object(properties), "additionalProperties": false,
                            "required": .array(required.map { .string($0) }),
                        ],
                    ]
                ]),
            ]))
    }

    static let limitValue: JSONValue = ["type": "integer", "minimum": -1, "maximum": 2_147_483_647]
    static let registeredLimitProperties: JSONObject = [
        "service_id": id, "region_id": regionID, "resource_name": name, "default_limit": limitValue,
        "description": nullableText,
    ]

    static let registeredLimits = list(
        "registered_limits", registeredLimitProperties, required: ["service_id", "resource_name", "default_limit"])
    static let registeredLimit = wrapped("registered_limit", registeredLimitProperties, isChange: true)
    static let limits = list(
        "limits",
        [
            "service_id": id, "region_id": regionID, "resource_name": name, "resource_limit": limitValue,
            "description": nullableText, "project_id": nullableID, "domain_id": nullableID,
        ], required: ["service_id", "resource_name", "resource_limit"])
    static let limit = wrapped("limit", ["resource_limit": limitValue, "description": nullableText], isChange: true)

    static let endpointGroup = both(
        "endpoint_group",
        [
            "name": name, "description": nullableText,
            "filters": [
                "type": "object", "minProperties": 1, "additionalProperties": false,
                "properties": [
                    "service_id": id, "region_id": regionID, "enabled": ["type": "boolean"],
                    "interface": ["type": "string", "enum": ["admin", "internal", "public"]],
                ],
            ],
        ], required: ["name", "filters"])

    // MARK: Authentication

    static let domainReference: JSONValue = [
        "type": "object", "properties": ["id": text, "name": text],
    ]
    static let userReference: JSONValue = [
        "type": "object",
        "properties": ["id": text, "name": text, "password": text, "domain": domainReference],
    ]

    static let passcodeReference: JSONValue = [
        "type": "object",
        "properties": ["id": text, "name": text, "passcode": text, "domain": domainReference],
    ]
    static let assertionReference: JSONValue = [
        "type": "object", "properties": ["identity_provider": text, "protocol": text, "id": text],
    ]

    static let auth = wrapped(
        "auth",
        [
            "identity": [
                "type": "object", "required": ["methods"],
                "properties": [
                    "methods": ["type": "array", "items": text, "maxItems": 16],
                    "password": ["type": "object", "properties": ["user": userReference]],
                    "token": ["type": "object", "properties": ["id": text], "required": ["id"]],
                    "totp": ["type": "object", "properties": ["user": passcodeReference]],
                    "oauth1": ["type": "object"],
                    "external": ["type": "object"],
                    "mapped": assertionReference,
                    "openid": assertionReference,
                    "saml2": assertionReference,
                    "application_credential": [
                        "type": "object",
                        "properties": ["id": text, "name": text, "secret": text, "user": userReference],
                    ],
                ],
            ],
            "scope": [
                "type": ["object", "string"],
                "properties": [
                    "project": [
                        "type": "object", "properties": ["id": text, "name": text, "domain": domainReference],
                    ],
                    "domain": domainReference,
                    "OS-TRUST:trust": ["type": "object", "properties": ["id": text]],
                    "system": ["type": "object", "properties": ["all": boolean]],
                ],
            ],
        ], required: ["identity"])
}
