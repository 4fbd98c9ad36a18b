/// The part of MessagePack that Keystone's token payloads use.
///
/// https://github.com/msgpack/msgpack/blob/master/spec.md. Maps and extension types do not occur in a
/// token; they are refused.
package enum MessagePack: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case array([MessagePack])
}

/// What is wrong with bytes that claim to be MessagePack.
package enum MessagePackError: Error, Equatable {
    case truncated
    case trailingBytes
    case unsupported(UInt8)
    case tooDeep
    case badText
}

extension MessagePack {
    /// The value in Python's msgpack encoding: the shortest form of each integer, floats in 64 bits.
    package var encoded: [UInt8] {
        var out: [UInt8] = []
        encode(into: &out)
        return out
    }

    private func encode(into out: inout [UInt8]) {
        switch self {
        case .null: out.append(0xC0)
        case .bool(let value): out.append(value ? 0xC3 : 0xC2)
        case .integer(let value): Self.encode(value, into: &out)
        case .double(let value):
            out.append(0xCB)
            Self.bigEndian(value.bitPattern, 8, into: &out)
        case .string(let text):
            let utf8 = Array(text.utf8)
            if utf8.count < 32 {
                out.append(0xA0 | UInt8(utf8.count))
            } else {
                Self.length(utf8.count, codes: (0xD9, 0xDA, 0xDB), into: &out)
            }
            out += utf8
        case .bytes(let bytes):
            Self.length(bytes.count, codes: (0xC4, 0xC5, 0xC6), into: &out)
            out += bytes
        case .array(let items):
            if items.count < 16 {
                out.append(0x90 | UInt8(items.count))
            } else {
                Self.length(items.count, codes: (nil, 0xDC, 0xDD), into: &out)
            }
            for item in items { item.encode(into: &out) }
        }
    }

    private static func encode(_ value: Int64, into out: inout [UInt8]) {
        switch value {
        case 0..<128: out.append(UInt8(value))
        case -32..<0: out.append(UInt8(bitPattern: Int8(value)))
        case 128...0xFF:
            out.append(0xCC)
            bigEndian(UInt64(value), 1, into: &out)
        case 0x100...0xFFFF:
            out.append(0xCD)
            bigEndian(UInt64(value), 2, into: &out)
        case 0x1_0000...0xFFFF_FFFF:
            out.append(0xCE)
            bigEndian(UInt64(value), 4, into: &out)
        case 0x1_0000_0000...Int64.max:
            out.append(0xCF)
            bigEndian(UInt64(value), 8, into: &out)
        default:
            out.append(0xD3)
            bigEndian(UInt64(bitPattern: value), 8, into: &out)
        }
    }

    private static func length(_ count: Int, codes: (UInt8?, UInt8, UInt8), into out: inout [UInt8]) {
        if count < 0x100, let short = codes.0 {
            out.append(short)
            bigEndian(UInt64(count), 1, into: &out)
        } else if count < 0x1_0000 {
            out.append(codes.1)
            bigEndian(UInt64(count), 2, into: &out)
        } else {
            out.append(codes.2)
            bigEndian(UInt64(count), 4, into: &out)
        }
    }

    private static func bigEndian(_ value: UInt64, _ width: Int, into out: inout [UInt8]) {
        for shift in stride(from: (width - 1) * 8, through: 0, by: -8) {
            out.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }
}

extension MessagePack {
    /// Reads exactly one value that fills `bytes`.
    package init(decoding bytes: [UInt8]) throws(MessagePackError) {
        var reader = MessagePackReader(bytes: bytes)
        self = try reader.value(depth: 0)
        guard reader.isAtEnd else { throw .trailingBytes }
    }
}

private struct MessagePackReader {
    let bytes: [UInt8]
    var position = 0

    var isAtEnd: Bool { position == bytes.count }

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func value(depth: Int) throws(MessagePackError) -> MessagePack {
        guard depth < 8 else { throw .tooDeep }
        let code = try byte()
        switch code {
        case 0x00...0x7F: return .integer(Int64(code))
        case 0xE0...0xFF: return .integer(Int64(Int8(bitPattern: code)))
        case 0x90...0x9F: return try array(Int(code & 0x0F), depth)
        case 0xA0...0xBF: return try text(Int(code & 0x1F))
        case 0xC0: return .null
        case 0xC2: return .bool(false)
        case 0xC3: return .bool(true)
        case 0xC4: return .bytes(try take(Int(try unsigned(1))))
        case 0xC5: return .bytes(try take(Int(try unsigned(2))))
        case 0xC6: return .bytes(try take(Int(try unsigned(4))))
        case 0xCB: return .double(Double(bitPattern: try unsigned(8)))
        case 0xCC: return .integer(Int64(try unsigned(1)))
        case 0xCD: return .integer(Int64(try unsigned(2)))
        case 0xCE: return .integer(Int64(try unsigned(4)))
        case 0xCF:
            guard let value = Int64(exactly: try unsigned(8)) else { throw .unsupported(code) }
            return .integer(value)
        case 0xD0: return .integer(Int64(Int8(truncatingIfNeeded: try unsigned(1))))
        case 0xD1: return .integer(Int64(Int16(truncatingIfNeeded: try unsigned(2))))
        case 0xD2: return .integer(Int64(Int32(truncatingIfNeeded: try unsigned(4))))
        case 0xD3: return .integer(Int64(bitPattern: try unsigned(8)))
        case 0xD9: return try text(Int(try unsigned(1)))
        case 0xDA: return try text(Int(try unsigned(2)))
        case 0xDC: return try array(Int(try unsigned(2)), depth)
        default: throw .unsupported(code)
        }
    }

    private mutating func array(_ count: Int, _ depth: Int) throws(MessagePackError) -> MessagePack {
        guard count <= bytes.count - position else { throw .truncated }
        var items: [MessagePack] = []
        items.reserveCapacity(count)
        for _ in 0..<count { items.append(try value(depth: depth + 1)) }
        return .array(items)
    }

    private mutating func text(_ count: Int) throws(MessagePackError) -> MessagePack {
        let utf8 = try take(count)
        guard let text = String(validating: utf8, as: UTF8.self) else { throw .badText }
        return .string(text)
    }

    private mutating func byte() throws(MessagePackError) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func take(_ count: Int) throws(MessagePackError) -> [UInt8] {
        guard count <= bytes.count - position else { throw .truncated }
        defer { position += count }
        return Array(bytes[position..<(position + count)])
    }

    private mutating func unsigned(_ width: Int) throws(MessagePackError) -> UInt64 {
        try take(width).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
