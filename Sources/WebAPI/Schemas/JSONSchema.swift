public import Core

/// A compiled JSON Schema (the parts of draft 4 that OpenStack's services use), built once from a
/// literal and then applied to request bodies.
public struct JSONSchema: Sendable, ExpressibleByDictionaryLiteral {
    enum ValueType: String, Sendable {
        case null, boolean, integer, number, string, array, object
    }

    let node: SchemaNode

    public init(_ schema: JSONValue) { node = SchemaNode(schema) }

    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(.object(Dictionary(elements, uniquingKeysWith: { _, last in last })))
    }

    var types: [ValueType] { node.types ?? [] }

    /// Mistakes in the schema itself (a pattern that does not compile, an unknown type). For tests.
    public var mistakes: [String] { node.allMistakes }

    /// The schema as JSON, as it was given.
    public var json: JSONValue { node.source }

    /// Checks a body.
    /// - Throws: `ServiceError` `.badRequest` in the words of Nova's validator.
    public func validate(_ value: JSONValue) throws(ServiceError) {
        guard let failure = firstFailure(in: value) else { return }
        throw ServiceError(.badRequest, failure.publicMessage)
    }

    public func isValid(_ value: JSONValue) -> Bool { firstFailure(in: value) == nil }

    func firstFailure(in value: JSONValue) -> SchemaFailure? {
        var validator = SchemaValidator()
        return validator.check(value, node)
    }
}

/// The first thing wrong with a value.
struct SchemaFailure: Sendable {
    /// Member names and indexes from the root to the value.
    var path: [String]
    let value: JSONValue
    let message: String

    /// Nova's form; other services' are near enough that clients show them all the same.
    var publicMessage: String {
        guard let field = path.last else { return message }
        return "Invalid input for field/attribute \(field). Value: \(PythonText.str(value)). \(message)"
    }
}
