public import FoundationEssentials

/// Makes new ids. Services are built with one, so that tests can supply their own.
public struct IDGenerator: Sendable {
    private let next: @Sendable () -> UUID

    public init(_ next: @escaping @Sendable () -> UUID) { self.next = next }

    /// Random (version 4) UUIDs. `UUID()` would open `/dev/urandom` for each, and the system's generator ask the kernel
    /// twice.
    public static let random = IDGenerator {
        var bytes = RandomWords.shared.pair()
        return withUnsafeMutableBytes(of: &bytes) { bytes in
            bytes[6] = bytes[6] & 0x0F | 0x40
            bytes[8] = bytes[8] & 0x3F | 0x80
            return UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
        }
    }

    /// A UUID in OpenStack's usual form: lower case, with dashes.
    public func uuid() -> String {
        withUnsafeBytes(of: next().uuid) { bytes in
            String(unsafeUninitializedCapacity: 36) { text in
                var place = 0
                for (index, byte) in bytes.enumerated() {
                    if index == 4 || index == 6 || index == 8 || index == 10 {
                        text[place] = UInt8(ascii: "-")
                        place += 1
                    }
                    text[place] = Hex.character(byte >> 4)
                    text[place + 1] = Hex.character(byte & 15)
                    place += 2
                }
                return place
            }
        }
    }

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
