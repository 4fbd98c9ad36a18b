import Core

/// Applies a schema to a value and stops at the first failure. The messages are the ones that
/// Python's jsonschema writes, because clients and their tests have learned to read them.
struct SchemaValidator {
    mutating func check(_ value: JSONValue, _ node: SchemaNode) -> SchemaFailure? {
        if let types = node.types, !types.contains(where: { Self.matches(value, $0) }) {
            let names = types.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            return fail(value, "\(PythonText.repr(value)) is not of type \(names)")
        }
        if let allowed = node.enumeration, !allowed.contains(value) {
            let list = PythonText.repr(.array(allowed))
            return fail(value, "\(PythonText.repr(value)) is not one of \(list)")
        }
        if let constant = node.constant, constant != value {
            return fail(value, "\(PythonText.repr(constant)) was expected")
        }
        let failure: SchemaFailure? =
            switch value {
            case .string(let text): checkString(text, value, node)
            case .integer, .number: checkNumber(value, node)
            case .array(let items): checkArray(items, value, node)
            case .object(let members): checkObject(members, value, node)
            case .null, .bool: nil
            }
        return failure ?? checkCombined(value, node)
    }

    private func fail(_ value: JSONValue, _ message: String) -> SchemaFailure {
        SchemaFailure(path: [], value: value, message: message)
    }

    static func matches(_ value: JSONValue, _ type: JSONSchema.ValueType) -> Bool {
        switch (value, type) {
        case (.null, .null), (.bool, .boolean), (.string, .string), (.array, .array), (.object, .object): true
        case (.integer, .integer), (.integer, .number), (.number, .number): true
        case (.number(let number), .integer): number == number.rounded()
        default: false
        }
    }

    // MARK: Scalars

    private func checkString(_ text: String, _ value: JSONValue, _ node: SchemaNode) -> SchemaFailure? {
        let length = text.unicodeScalars.count
        if let min = node.minLength, length < min {
            let fault = min == 1 && length == 0 ? "should be non-empty" : "is too short"
            return fail(value, "\(PythonText.repr(value)) \(fault)")
        }
        if let max = node.maxLength, length > max { return fail(value, "\(PythonText.repr(value)) is too long") }
        if let pattern = node.pattern, !pattern.matches(text) {
            return fail(value, "\(PythonText.repr(value)) does not match \(PythonText.repr(.string(pattern.source)))")
        }
        if let format = node.format, !SchemaFormats.check(text, format) {
            return fail(value, "\(PythonText.repr(value)) is not a \(PythonText.repr(.string(format)))")
        }
        // Nova bounds numbers that are written as strings, too.
        if node.minimum != nil || node.maximum != nil, let number = Int64(text) {
            return checkNumber(.integer(number), node)
        }
        return nil
    }

    private func checkNumber(_ value: JSONValue, _ node: SchemaNode) -> SchemaFailure? {
        guard let number = value.double else { return nil }
        if let min = node.minimum, number < min || (node.exclusiveMinimum && number == min) {
            return fail(value, "\(PythonText.repr(value)) is less than the minimum of \(PythonText.number(min))")
        }
        if let max = node.maximum, number > max || (node.exclusiveMaximum && number == max) {
            return fail(value, "\(PythonText.repr(value)) is greater than the maximum of \(PythonText.number(max))")
        }
        if let factor = node.multipleOf, factor > 0, (number / factor).rounded() * factor != number {
            return fail(value, "\(PythonText.repr(value)) is not a multiple of \(PythonText.number(factor))")
        }
        return nil
    }

    // MARK: Containers

    private mutating func checkArray(_ items: [JSONValue], _ value: JSONValue, _ node: SchemaNode) -> SchemaFailure? {
        if let min = node.minItems, items.count < min {
            let fault = min == 1 ? "should be non-empty" : "is too short"
            return fail(value, "\(PythonText.repr(value)) \(fault)")
        }
        if let max = node.maxItems, items.count > max {
            return fail(value, "\(PythonText.repr(value)) is too long")
        }
        if node.uniqueItems, Set(items).count != items.count {
            return fail(value, "\(PythonText.repr(value)) has non-unique elements")
        }
        for (index, item) in items.enumerated() {
            let schema = node.tuple.map { index < $0.count ? $0[index] : node.additionalItems } ?? node.items
            guard let schema else { continue }
            if var failure = check(item, schema) {
                failure.path.insert(String(index), at: 0)
                return failure
            }
        }
        return nil
    }

    private mutating func checkObject(
        _ members: [String: JSONValue], _ value: JSONValue, _ node: SchemaNode
    ) -> SchemaFailure? {
        for name in node.required where members[name] == nil {
            return fail(value, "'\(name)' is a required property")
        }
        if let min = node.minProperties, members.count < min {
            let fault = min == 1 ? "should be non-empty" : "does not have enough properties"
            return fail(value, "\(PythonText.repr(value)) \(fault)")
        }
        if let max = node.maxProperties, members.count > max {
            return fail(value, "\(PythonText.repr(value)) has too many properties")
        }
        for (name, needed) in node.dependencies.sorted(by: { $0.key < $1.key }) where members[name] != nil {
            for other in needed where members[other] == nil {
                return fail(value, "'\(other)' is a dependency of '\(name)'")
            }
        }
        var unexpected: [String] = []
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            var schemas = node.patternProperties.filter { $0.0.matches(name) }.map(\.1)
            if let schema = node.properties[name] { schemas.append(schema) }
            if schemas.isEmpty, let others = node.additionalProperties {
                if others.refusesAll {
                    unexpected.append(name)
                    continue
                }
                schemas.append(others)
            }
            for schema in schemas {
                if var failure = check(member, schema) {
                    failure.path.insert(name, at: 0)
                    return failure
                }
            }
        }
        return unexpected.isEmpty ? nil : fail(value, Self.unexpected(unexpected, node))
    }

    private static func unexpected(_ names: [String], _ node: SchemaNode) -> String {
        let list = names.map { PythonText.repr(.string($0)) }.joined(separator: ", ")
        if !node.patternProperties.isEmpty {
            let patterns = node.patternProperties.map { PythonText.repr(.string($0.0.source)) }.joined(separator: ", ")
            return "\(list) \(names.count == 1 ? "does" : "do") not match any of the regexes: \(patterns)"
        }
        return "Additional properties are not allowed (\(list) \(names.count == 1 ? "was" : "were") unexpected)"
    }

    // MARK: Combinations

    private mutating func checkCombined(_ value: JSONValue, _ node: SchemaNode) -> SchemaFailure? {
        for schema in node.allOf {
            if let failure = check(value, schema) { return failure }
        }
        if !node.anyOf.isEmpty {
            var failures: [SchemaFailure] = []
            for schema in node.anyOf {
                guard let failure = check(value, schema) else {
                    failures = []
                    break
                }
                failures.append(failure)
            }
            if !failures.isEmpty { return best(failures, value) }
        }
        if !node.oneOf.isEmpty {
            var failures: [SchemaFailure] = []
            for schema in node.oneOf {
                if let failure = check(value, schema) { failures.append(failure) }
            }
            let passes = node.oneOf.count - failures.count
            if passes == 0 { return best(failures, value) }
            if passes > 1 {
                return fail(value, "\(PythonText.repr(value)) is valid under each of several of the given schemas")
            }
        }
        if let not = node.not, check(value, not) == nil {
            return fail(value, "\(PythonText.repr(value)) should not be valid under \(PythonText.repr(not.source))")
        }
        return nil
    }

    /// The failure that got furthest into the value says most about what was meant.
    private func best(_ failures: [SchemaFailure], _ value: JSONValue) -> SchemaFailure {
        if let deepest = failures.max(by: { $0.path.count < $1.path.count }), !deepest.path.isEmpty { return deepest }
        return fail(value, "\(PythonText.repr(value)) is not valid under any of the given schemas")
    }
}
