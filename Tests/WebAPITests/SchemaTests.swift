import Core
import Testing

@testable import WebAPI

struct SchemaTests {
    private let schema: JSONSchema = [
        "type": "object", "required": ["server"], "additionalProperties": false,
        "properties": [
            "server": [
                "type": "object", "required": ["name"], "additionalProperties": false,
                "properties": [
                    "name": ["type": "string", "minLength": 1, "maxLength": 5, "format": "name"],
                    "count": ["type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 1, "maximum": 10],
                    "networks": [
                        "oneOf": [
                            ["type": "string", "enum": ["auto", "none"]],
                            [
                                "type": "array", "uniqueItems": true,
                                "items": [
                                    "type": "object", "properties": ["uuid": ["type": "string", "format": "uuid"]],
                                ],
                            ],
                        ]
                    ],
                    "metadata": [
                        "type": "object", "additionalProperties": false,
                        "patternProperties": ["^[a-zA-Z0-9-_:. ]{1,255}$": ["type": "string", "maxLength": 255]],
                    ],
                ],
            ]
        ],
    ]

    private func message(_ value: JSONValue) -> String? {
        do throws(ServiceError) {
            try schema.validate(value)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func whatFitsPasses() {
        #expect(message(["server": ["name": "a"]]) == nil)
        #expect(message(["server": ["name": "a", "count": "3", "networks": "auto", "metadata": ["k v": "x"]]]) == nil)
        #expect(schema.mistakes == [])
    }

    @Test func messagesAreThoseOfPythonsValidator() {
        #expect(message([:]) == "'server' is a required property")
        #expect(
            message(["server": ["name": "a"], "x": 1]) == "Additional properties are not allowed ('x' was unexpected)")
        #expect(
            message(["server": ["name": 3]])
                == "Invalid input for field/attribute name. Value: 3. 3 is not of type 'string'")
        #expect(
            message(["server": ["name": "abcdef"]])
                == "Invalid input for field/attribute name. Value: abcdef. 'abcdef' is too long")
        #expect(
            message(["server": ["name": ""]])
                == "Invalid input for field/attribute name. Value: . '' should be non-empty")
        #expect(
            message(["server": ["name": nil]])
                == "Invalid input for field/attribute name. Value: None. None is not of type 'string'")
    }

    @Test func numbersInStringsAreBoundedToo() {
        #expect(message(["server": ["name": "a", "count": "0"]])?.contains("less than the minimum of 1") == true)
        #expect(message(["server": ["name": "a", "count": 11]])?.contains("greater than the maximum of 10") == true)
        #expect(message(["server": ["name": "a", "count": "x"]])?.contains("does not match '^[0-9]+$'") == true)
        #expect(
            message(["server": ["name": "a", "count": true]])?.contains("is not of type 'integer', 'string'") == true)
    }

    @Test func alternativesNameTheDeepestFailure() {
        let bad: JSONValue = ["server": ["name": "a", "networks": [["uuid": "nope"]]]]
        #expect(message(bad) == "Invalid input for field/attribute uuid. Value: nope. 'nope' is not a 'uuid'")
        let twice: JSONValue = ["server": ["name": "a", "networks": [["uuid": nil], ["uuid": nil]]]]
        #expect(message(twice) != nil)
    }

    @Test func patternPropertiesNameTheKeyThatDoesNotFit() {
        let bad: JSONValue = ["server": ["name": "a", "metadata": ["k/": "x"]]]
        #expect(message(bad)?.contains("'k/' does not match any of the regexes") == true)
    }

    @Test func formatsAreChecked() {
        func accepts(_ format: String, _ text: String) -> Bool {
            JSONSchema(["type": "string", "format": .string(format)]).isValid(.string(text))
        }
        #expect(accepts("ipv4", "10.0.0.1") && !accepts("ipv4", "10.0.0.256") && !accepts("ipv4", "10.1"))
        #expect(accepts("ipv6", "::1") && !accepts("ipv6", "::g"))
        #expect(accepts("cidr", "10.0.0.0/8") && !accepts("cidr", "10.0.0.0/33") && !accepts("cidr", "10.0.0.0"))
        #expect(accepts("uri", "http://a/b") && !accepts("uri", "a/b"))
        #expect(accepts("date-time", "2026-11-21T07:00:00Z") && !accepts("date-time", "yesterday"))
        #expect(accepts("base64", "aGk=") && !accepts("base64", "a*"))
        #expect(!accepts("name", " a") && !accepts("name", "a\u{0}") && accepts("name", "a b"))
    }

    @Test func querySchemasReadNumbersAndRefuseTheUnknown() throws {
        let query = QuerySchema(
            ["limit": ["type": "integer", "minimum": 0], "deleted": ["type": "boolean"]], allowsOthers: false)
        try query.validate(QueryItems(parsing: "limit=5&deleted=true"))
        #expect(throws: ServiceError.self) { try query.validate(QueryItems(parsing: "limit=-1")) }
        #expect(throws: ServiceError.self) { try query.validate(QueryItems(parsing: "limit=x")) }
        #expect(throws: ServiceError.self) { try query.validate(QueryItems(parsing: "other=1")) }
    }
}
