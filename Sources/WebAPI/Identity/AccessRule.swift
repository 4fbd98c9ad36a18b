/// What an application credential with access rules may call: a service type, a method, a path.
///
/// In paths `*` stands for one part or less, `**` for any number of parts, `{name}` for one part,
/// as Keystone's documentation of access rules has it.
public struct AccessRule: Sendable, Codable, Hashable {
    public var service: String
    public var method: String
    public var path: String

    public init(service: String, method: String, path: String) {
        self.service = service
        self.method = method
        self.path = path
    }

    public func allows(service: String, method: String, path: String) -> Bool {
        self.service == service && self.method == method
            && Self.matches(self.path.split(separator: "/")[...], path.split(separator: "/")[...])
    }

    private static func matches(_ pattern: ArraySlice<Substring>, _ parts: ArraySlice<Substring>) -> Bool {
        guard let first = pattern.first else { return parts.isEmpty }
        if first == "**" {
            if matches(pattern.dropFirst(), parts) { return true }
            return !parts.isEmpty && matches(pattern, parts.dropFirst())
        }
        guard let part = parts.first else { return false }
        return matchesPart(Array(first.utf8)[...], Array(part.utf8)[...])
            && matches(pattern.dropFirst(), parts.dropFirst())
    }

    private static func matchesPart(_ pattern: ArraySlice<UInt8>, _ part: ArraySlice<UInt8>) -> Bool {
        if pattern.first == UInt8(ascii: "{"), pattern.last == UInt8(ascii: "}") { return !part.isEmpty }
        guard let first = pattern.first else { return part.isEmpty }
        if first == UInt8(ascii: "*") {
            if matchesPart(pattern.dropFirst(), part) { return true }
            return !part.isEmpty && matchesPart(pattern, part.dropFirst())
        }
        return first == part.first && matchesPart(pattern.dropFirst(), part.dropFirst())
    }
}
