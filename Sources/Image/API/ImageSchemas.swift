import Core
import WebAPI

/// The documents under `/v2/schemas`, and the checks of request bodies that follow from them.
struct ImageSchemas: Sendable {
    let image: JSONValue
    /// Each base attribute's own schema.
    let properties: [String: JSONSchema]
    let options: ImageOptions

    init(_ options: ImageOptions) {
        self.options = options
        let base = Self.baseProperties(options)
        image = [
            "name": "image", "properties": base, "additionalProperties": ["type": "string"],
            "links": [
                ["rel": "self", "href": "{self}"], ["rel": "enclosure", "href": "{file}"],
                ["rel": "describedby", "href": "{schema}"],
            ],
        ]
        properties = (base.object ?? [:]).mapValues { JSONSchema($0) }
    }

    /// Checks attributes of an image document.
    func validate(_ members: [String: JSONValue]) throws {
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            let schema = properties[name] ?? ["type": "string"]
            guard let failure = schema.firstMessage(value) else { continue }
            throw ServiceError(
                .badRequest,
                "Provided object does not match schema 'image': \(failure): Value: \(PythonText.repr(value))")
        }
    }

    static func collection(_ name: String, of item: JSONValue, isPaged: Bool = true) -> JSONValue {
        var properties: [String: JSONValue] = [
            name: ["type": "array", "items": item], "schema": ["type": "string"],
        ]
        var links: [JSONValue] = [["rel": "describedby", "href": "{schema}"]]
        if isPaged {
            properties["first"] = ["type": "string"]
            properties["next"] = ["type": "string"]
            links = [["rel": "first", "href": "{first}"], ["rel": "next", "href": "{next}"]] + links
        }
        return ["name": .string(name), "properties": .object(properties), "links": .array(links)]
    }

    static let member: JSONValue = [
        "name": "member",
        "properties": [
            "member_id": ["type": "string", "description": "An identifier for the image member (tenantId)"],
            "image_id": [
                "type": "string", "description": "An identifier for the image",
                "pattern": "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$",
            ],
            "created_at": ["type": "string", "description": "Date and time of image member creation"],
            "updated_at": ["type": "string", "description": "Date and time of last modification of image member"],
            "status": [
                "type": "string", "description": "The status of this image member",
                "enum": ["pending", "accepted", "rejected"],
            ],
            "schema": ["readOnly": true, "type": "string"],
        ],
    ]

    static let task: JSONValue = [
        "name": "task",
        "properties": [
            "id": ["description": "An identifier for the task", "type": "string"],
            "type": [
                "description": "The type of task represented by this content",
                "enum": ["import", "api_image_import", "location_import"], "type": "string",
            ],
            "status": [
                "description": "The current status of this task",
                "enum": ["pending", "processing", "success", "failure"], "type": "string",
            ],
            "input": ["description": "The parameters required by task, JSON blob", "type": ["null", "object"]],
            "result": ["description": "The result of current task, JSON blob", "type": ["null", "object"]],
            "owner": ["description": "An identifier for the owner of this task", "type": "string"],
            "message": [
                "description": "Human-readable informative message only included when appropriate", "type": "string",
            ],
            "image_id": ["description": "Image associated with the task", "type": "string"],
            "request_id": ["description": "Human-readable informative request-id", "type": "string"],
            "user_id": ["description": "User associated with the task", "type": "string"],
            "expires_at": [
                "description": "Datetime when this resource would be subject to removal", "type": ["null", "string"],
            ],
            "created_at": ["description": "Datetime when this resource was created", "type": "string"],
            "updated_at": ["description": "Datetime when this resource was updated", "type": "string"],
            "self": ["readOnly": true, "type": "string"],
            "schema": ["readOnly": true, "type": "string"],
        ],
    ]

    private static func baseProperties(_ options: ImageOptions) -> JSONValue {
        func text(_ description: String, max: Int64? = nil, readOnly: Bool = false, null: Bool = true) -> JSONValue {
            var members: [String: JSONValue] = [
                "type": null ? ["null", "string"] : "string", "description": .string(description),
            ]
            if let max { members["maxLength"] = .integer(max) }
            if readOnly { members["readOnly"] = true }
            return .object(members)
        }
        func choice(_ description: String, _ values: [String]) -> JSONValue {
            [
                "type": ["null", "string"], "description": .string(description),
                "enum": .array([.null] + values.map { .string($0) }),
            ]
        }
        return [
            "id": [
                "type": "string", "description": "An identifier for the image",
                "pattern": "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$",
            ],
            "name": text("Descriptive name for the image", max: 255),
            "status": [
                "type": "string", "readOnly": true, "description": "Status of the image",
                "enum": [
                    "queued", "saving", "active", "killed", "deleted", "uploading", "importing", "pending_delete",
                    "deactivated",
                ],
            ],
            "visibility": [
                "type": "string", "description": "Scope of image accessibility",
                "enum": ["community", "public", "private", "shared"],
            ],
            "protected": ["type": "boolean", "description": "If true, image will not be deletable."],
            "os_hidden": [
                "type": "boolean", "description": "If true, image will not appear in default image list response.",
            ],
            "checksum": text("md5 hash of image contents.", max: 32, readOnly: true),
            "os_hash_algo": text("Algorithm to calculate the os_hash_value", max: 64, readOnly: true),
            "os_hash_value": text(
                "Hexdigest of the image contents using the algorithm specified by the os_hash_algo", max: 128,
                readOnly: true),
            "owner": text("Owner of the image", max: 255),
            "size": ["type": ["null", "integer"], "readOnly": true, "description": "Size of image file in bytes"],
            "virtual_size": [
                "type": ["null", "integer"], "readOnly": true, "description": "Virtual size of image in bytes",
            ],
            "container_format": choice("Format of the container", options.containerFormats),
            "disk_format": choice("Format of the disk", options.diskFormats),
            "created_at": text("Date and time of image registration", readOnly: true, null: false),
            "updated_at": text("Date and time of the last image modification", readOnly: true, null: false),
            "tags": [
                "type": "array", "description": "List of strings related to the image",
                "items": ["type": "string", "maxLength": 255],
            ],
            "direct_url": text("URL to access the image file kept in external store", readOnly: true, null: false),
            "min_ram": ["type": "integer", "description": "Amount of ram (in MB) required to boot image."],
            "min_disk": ["type": "integer", "description": "Amount of disk space (in GB) required to boot image."],
            "self": text("An image self url", readOnly: true, null: false),
            "file": text("An image file url", readOnly: true, null: false),
            "stores": text(
                "Store in which image data resides.  Only present when the operator has enabled multiple stores.  "
                    + "May be a comma-separated list of store identifiers.", readOnly: true, null: false),
            "schema": text("An image schema url", readOnly: true, null: false),
            "locations": [
                "type": "array", "description": "A set of URLs to access the image file kept in external store",
                "items": [
                    "type": "object", "required": ["url", "metadata"],
                    "properties": [
                        "url": ["type": "string", "maxLength": 255], "metadata": ["type": "object"],
                        "validation_data": [
                            "type": "object", "writeOnly": true, "additionalProperties": false,
                            "description": .string(
                                "Values to be used to populate the corresponding image properties. If the image "
                                    + "status is not 'queued', values must exactly match those already contained in "
                                    + "the image properties."),
                            "properties": [
                                "checksum": ["type": "string", "minLength": 32, "maxLength": 32],
                                "os_hash_algo": ["type": "string", "maxLength": 64],
                                "os_hash_value": ["type": "string", "maxLength": 128],
                            ],
                            "required": ["os_hash_algo", "os_hash_value"],
                        ],
                    ],
                ],
            ],
        ]
    }
}

extension JSONSchema {
    /// Why a value does not fit, or nil.
    func firstMessage(_ value: JSONValue) -> String? {
        do throws(ServiceError) {
            try validate(value)
            return nil
        } catch {
            return error.message
        }
    }
}
