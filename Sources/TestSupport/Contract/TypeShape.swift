import FoundationEssentials
@_spi(Reflection) import Swift

/// What a type looks like on the wire, as text: its stored properties by name and type, nested ones in braces.
///
/// Read from the type itself, without a value of it. Types with a form of their own (ids, dates, JSON) are named.
package enum TypeShape {
    package static func text(_ type: Any.Type) -> String { text(type, []) }

    /// The stored properties by name.
    package static func fields(_ type: Any.Type) -> [String: String] { fields(type, []) }

    private static func fields(_ type: Any.Type, _ outer: [String]) -> [String: String] {
        var all: [String: String] = [:]
        _ = _forEachField(of: type) { name, _, fieldType, _ in
            all[String(cString: name)] = text(fieldType, outer)
            return true
        }
        return all
    }

    private static func text(_ type: Any.Type, _ outer: [String]) -> String {
        if let wrapper = type as? any ShapedWrapper.Type {
            return wrapper.shape { text($0, outer) }
        }
        let name = String(reflecting: type)
        if isOpaque(name) || outer.contains(name) { return short(name) }
        if let cases = type as? any CaseIterable.Type {
            return "(\(Self.cases(cases).joined(separator: "|")))"
        }
        let fields = fields(type, outer + [name]).sorted { $0.key < $1.key }
        guard !fields.isEmpty else { return short(name) }
        return "{\(fields.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}"
    }

    /// The standard library's and Foundation's own, and ours that encode themselves as one value.
    private static func isOpaque(_ name: String) -> Bool {
        name.hasPrefix("Swift.") || name.hasPrefix("Foundation") || name.hasPrefix("Core.ID<")
            || ["Core.JSONValue", "Core.Secret", "Core.RequestContext"].contains(name)
    }

    private static func cases<T: CaseIterable>(_: T.Type) -> [String] {
        T.allCases.map { value in
            if let value = value as? any RawRepresentable { return "\(value.rawValue)" }
            return "\(value)"
        }
    }

    /// Without modules, so that moving a type changes nothing.
    private static func short(_ name: String) -> String {
        name.split(separator: "<").map { $0.split(separator: ".").last ?? $0 }.joined(separator: "<")
    }
}

private protocol ShapedWrapper {
    static func shape(_ inner: (Any.Type) -> String) -> String
}

extension Optional: ShapedWrapper {
    static func shape(_ inner: (Any.Type) -> String) -> String { inner(Wrapped.self) + "?" }
}

extension Array: ShapedWrapper {
    static func shape(_ inner: (Any.Type) -> String) -> String { "[\(inner(Element.self))]" }
}

extension Set: ShapedWrapper {
    static func shape(_ inner: (Any.Type) -> String) -> String { "[\(inner(Element.self))]" }
}

extension Dictionary: ShapedWrapper {
    static func shape(_ inner: (Any.Type) -> String) -> String { "[\(inner(Key.self)): \(inner(Value.self))]" }
}
