/// Why a document was refused, and at which byte.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    public let reason: String
    /// Offset in bytes from the document's beginning.
    public let offset: Int

    public init(_ reason: String, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    public var description: String { "Malformed JSON at byte \(offset): \(reason)" }
}

/// How large and how deep a document may be.
public struct JSONLimits: Sendable {
    /// Bytes of the whole document.
    public var size: Int
    /// Nesting of arrays and objects.
    public var depth: Int

    public init(size: Int = 16 << 20, depth: Int = 64) {
        self.size = size
        self.depth = depth
    }

    public static let `default` = JSONLimits()
}
