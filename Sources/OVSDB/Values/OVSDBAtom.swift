public import Core

/// One scalar of a column (RFC 7047 §5.1 `<atom>`).
public enum OVSDBAtom: Sendable, Hashable {
    case string(String)
    case integer(Int64)
    case real(Double)
    case boolean(Bool)
    case uuid(String)
    /// A row inserted by the same transaction, by the name given to its insert.
    case namedUUID(String)

    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    public var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    public var uuid: String? { if case .uuid(let value) = self { value } else { nil } }

    public init(json: JSONValue) throws(OVSDBError) {
        switch json {
        case .string(let value): self = .string(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .real(value)
        case .bool(let value): self = .boolean(value)
        case .array(let pair) where pair.count == 2:
            guard let value = pair[1].string else { throw .malformed("an atom's second element is not a string") }
            switch pair[0].string {
            case "uuid": self = .uuid(value)
            case "named-uuid": self = .namedUUID(value)
            default: throw .malformed("unknown atom \(pair[0])")
            }
        default: throw .malformed("\(json) is no atom")
        }
    }

    public var json: JSONValue {
        switch self {
        case .string(let value): .string(value)
        case .integer(let value): .integer(value)
        case .real(let value): .number(value)
        case .boolean(let value): .bool(value)
        case .uuid(let value): .array([.string("uuid"), .string(value)])
        case .namedUUID(let value): .array([.string("named-uuid"), .string(value)])
        }
    }
}

extension OVSDBAtom: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
}
