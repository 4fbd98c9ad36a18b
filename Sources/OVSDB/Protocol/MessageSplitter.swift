/// Cuts a byte stream into JSON-RPC messages, which follow one another without a separator (RFC 7047 §4).
///
/// It counts brackets outside strings and looks at each byte once.
struct MessageSplitter {
    private var buffer: [UInt8] = []
    private var depth = 0
    private var inString = false
    private var escaped = false
    private let limit: Int

    /// - Parameter limit: the longest message accepted, in bytes.
    init(limit: Int) { self.limit = limit }

    mutating func append(_ bytes: some Sequence<UInt8>) throws(OVSDBError) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        for byte in bytes {
            if depth == 0 {
                guard byte == UInt8(ascii: "{") else {
                    if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { continue }
                    throw .malformed("a message does not begin with a brace")
                }
            }
            buffer.append(byte)
            if buffer.count > limit { throw .malformed("a message is longer than \(limit) bytes") }
            step(byte)
            if depth == 0 {
                messages.append(buffer)
                buffer.removeAll(keepingCapacity: buffer.capacity < 1 << 20)
            }
        }
        return messages
    }

    private mutating func step(_ byte: UInt8) {
        if inString {
            if escaped {
                escaped = false
            } else if byte == UInt8(ascii: "\\") {
                escaped = true
            } else if byte == UInt8(ascii: "\"") {
                inString = false
            }
            return
        }
        switch byte {
        case UInt8(ascii: "\""): inString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
    }
}
