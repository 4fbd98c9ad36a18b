public import FoundationEssentials

/// Makes new ids. Services are built with one, so that tests can supply their own.
public struct IDGenerator: Sendable {
    private let next: @Sendable () -> UUID

    public init(_ next: @escaping @Sendable () -> UUID) { self.next = next }

    /// Random (version 4) UUIDs.
    public static let random = IDGenerator { UUID() }

    /// A UUID in OpenStack's usual form: lower case, with dashes.
    public func uuid() -> String { next().uuidString.lowercased() }

    /// A UUID in Keystone's form: 32 lower-case hexadecimal digits.
    public func hex() -> String { uuid().filter { $0 != "-" } }

    /// A new id of a kind, with dashes.
    public func id<Kind>(_: Kind.Type = Kind.self) -> ID<Kind> { ID(uuid()) }
}

/// Whether `text` is a UUID, with or without dashes, in any case: what OpenStack's `is_uuid_like` accepts.
public func isUUIDLike(_ text: String) -> Bool {
    let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
    guard digits.count == 32, text.utf8.count == 32 || text.utf8.count == 36 else { return false }
    return digits.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
