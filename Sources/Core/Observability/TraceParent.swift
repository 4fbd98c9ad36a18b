/// W3C trace context, version 00 (https://www.w3.org/TR/trace-context/).
public struct TraceParent: Sendable, Hashable {
    /// 32 lower-case hexadecimal digits, not all zero.
    public let traceID: String
    /// 16 lower-case hexadecimal digits, not all zero.
    public let spanID: String
    public let flags: UInt8

    /// Nil when the header is malformed: the caller then starts a new trace.
    public init?(header: String) {
        let parts = header.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 4, parts[0].utf8.count == 2, parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            Self.isID(parts[1], 32), Self.isID(parts[2], 16), let flags = Hex.decode(parts[3]), flags.count == 1
        else { return nil }
        traceID = parts[1]
        spanID = parts[2]
        self.flags = flags[0]
    }

    /// The trace's id in a header that was checked when it came or that we made: for log lines, of which there are many.
    static func traceID(in header: String) -> String? {
        let bytes = header.utf8
        guard bytes.count >= 35 else { return nil }
        return String(bytes.dropFirst(3).prefix(32))
    }

    private init(traceID: String, flags: UInt8) {
        self.traceID = traceID
        self.spanID = Self.digits(1)
        self.flags = flags
    }

    /// A new trace, not sampled.
    public static func new() -> TraceParent { TraceParent(traceID: digits(2), flags: 0) }

    /// A new span in the same trace.
    public func child() -> TraceParent { TraceParent(traceID: traceID, flags: flags) }

    public var header: String { "00-\(traceID)-\(spanID)-\(Hex.encode([flags]))" }

    private static func isID(_ text: String, _ length: Int) -> Bool {
        text.utf8.count == length
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
            && text.utf8.contains { $0 != 0x30 }
    }

    private static func digits(_ words: Int) -> String {
        String(unsafeUninitializedCapacity: 16 * words) { text in
            for word in 0..<words {
                // All zeros would be no id; one chance in 2^64 is taken for one.
                var rest = max(1, RandomWords.shared.next())
                for place in 0..<16 {
                    text[16 * word + place] = Hex.character(UInt8(rest & 15))
                    rest >>= 4
                }
            }
            return 16 * words
        }
    }
}
