public import Core

/// Which query parameters an operation takes, and the schema of each value.
///
/// Values are strings; a schema of type integer or boolean is given the value read as one.
public struct QuerySchema: Sendable {
    private let parameters: [String: JSONSchema]
    private let allowsOthers: Bool
    private let single: Set<String>

    /// - Parameters:
    ///   - allowsOthers: whether unknown parameters are ignored (most OpenStack lists) or 400.
    ///   - single: names that may appear once only.
    public init(_ parameters: [String: JSONSchema], allowsOthers: Bool = true, single: Set<String> = []) {
        self.parameters = parameters
        self.allowsOthers = allowsOthers
        self.single = single
    }

    /// - Throws: `ServiceError` `.badRequest` in Nova's words.
    public func validate(_ query: QueryItems) throws(ServiceError) {
        var seen: Set<String> = []
        for (name, value) in query {
            guard let schema = parameters[name] else {
                if allowsOthers { continue }
                throw ServiceError(
                    .badRequest, "Additional properties are not allowed ('\(name)' was unexpected)")
            }
            if !seen.insert(name).inserted, single.contains(name) {
                throw ServiceError(
                    .badRequest,
                    "Invalid input for query parameters \(name). Value: \(value). It may be given only once.")
            }
            if let failure = schema.firstFailure(in: QuerySchema.value(value, for: schema)) {
                throw ServiceError(
                    .badRequest,
                    "Invalid input for query parameters \(name). Value: \(value). \(failure.message)")
            }
        }
    }

    private static func value(_ text: String, for schema: JSONSchema) -> JSONValue {
        let types = schema.types
        if types.contains(.string) || types.isEmpty { return .string(text) }
        if types.contains(.integer) || types.contains(.number), let number = Int64(text) { return .integer(number) }
        if types.contains(.boolean), text == "true" || text == "false" { return .bool(text == "true") }
        return .string(text)
    }
}
