import Core
import FoundationEssentials

/// Ids and times as Keystone packs them into tokens.
enum PackedID {
    /// A pair of "is packed" and the id: 16 bytes where it is 32 hexadecimal digits, else its text.
    static func packed(_ id: String) -> MessagePack {
        if let bytes = uuidBytes(id) { return .array([.bool(true), .bytes(bytes)]) }
        return .array([.bool(false), .string(id)])
    }

    static func bare(_ id: String) -> MessagePack {
        uuidBytes(id).map { .bytes($0) } ?? .string(id)
    }

    static func unpacked(_ value: MessagePack) -> String? {
        guard case .array(let pair) = value, pair.count == 2, case .bool(let isPacked) = pair[0] else { return nil }
        switch (isPacked, pair[1]) {
        case (true, .bytes(let bytes)) where bytes.count == 16: return Hex.encode(bytes)
        case (false, .string(let text)): return text
        case (false, .bytes(let bytes)): return String(validating: bytes, as: UTF8.self)
        default: return nil
        }
    }

    static func unbare(_ value: MessagePack) -> String? {
        switch value {
        case .bytes(let bytes) where bytes.count == 16: Hex.encode(bytes)
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        case .string(let text): text
        default: nil
        }
    }

    static func time(_ value: MessagePack) -> Date? {
        switch value {
        case .double(let seconds) where seconds.isFinite: Date(timeIntervalSince1970: seconds)
        case .integer(let seconds): Date(timeIntervalSince1970: Double(seconds))
        default: nil
        }
    }

    /// Only the form that comes back the same: 32 lower-case digits without dashes.
    private static func uuidBytes(_ id: String) -> [UInt8]? {
        guard id.utf8.count == 32, let bytes = Hex.decode(id), Hex.encode(bytes) == id else { return nil }
        return bytes
    }
}
