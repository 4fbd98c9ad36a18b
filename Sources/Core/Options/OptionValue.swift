/// A type that an option's text can be read as.
public protocol OptionValue: Sendable {
    /// Nil when `text` is not such a value.
    init?(optionText text: String)
    /// The value as one would write it in a file.
    var optionText: String { get }
    /// How the reference names the type.
    static var optionType: String { get }
    /// Some value, used where only the declarations matter.
    static var optionExample: Self? { get }
}

extension String: OptionValue {
    public init?(optionText text: String) { self = text }
    public var optionText: String { self }
    public static var optionType: String { "string" }
    public static var optionExample: String? { "" }
}

extension Int: OptionValue {
    public init?(optionText text: String) { self.init(text) }
    public var optionText: String { String(self) }
    public static var optionType: String { "integer" }
    public static var optionExample: Int? { 1 }
}

extension Double: OptionValue {
    public init?(optionText text: String) {
        guard let value = Double(text), value.isFinite else { return nil }
        self = value
    }
    public var optionText: String { description }
    public static var optionType: String { "number" }
    public static var optionExample: Double? { 1 }
}

extension Bool: OptionValue {
    /// The words that oslo.config accepts; anything else is an error, never false.
    public init?(optionText text: String) {
        switch text.lowercased() {
        case "true", "yes", "on", "1": self = true
        case "false", "no", "off", "0": self = false
        default: return nil
        }
    }
    public var optionText: String { self ? "true" : "false" }
    public static var optionType: String { "true or false" }
    public static var optionExample: Bool? { false }
}

extension Duration: OptionValue {
    /// `250ms`, `30s`, `5m`, `2h`, `1d`, or seconds without a unit.
    public init?(optionText text: String) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let value = Double(digits), value.isFinite, value >= 0, value < 1e9 else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": self = .milliseconds(value)
        case "", "s": self = .seconds(value)
        case "m": self = .seconds(value * 60)
        case "h": self = .seconds(value * 3600)
        case "d": self = .seconds(value * 86_400)
        default: return nil
        }
    }

    public var optionText: String {
        let milliseconds = self.milliseconds
        guard milliseconds.isMultiple(of: 1000) else { return "\(milliseconds)ms" }
        let seconds = milliseconds / 1000
        for (unit, size) in [("d", 86_400), ("h", 3600), ("m", 60)] as [(String, Int64)]
        where seconds != 0 && seconds.isMultiple(of: size) {
            return "\(seconds / size)\(unit)"
        }
        return "\(seconds)s"
    }
    public static var optionType: String { "duration" }
    public static var optionExample: Duration? { .seconds(1) }
}

/// A number of bytes, written with an optional K, M, G or T (powers of 1024).
public struct ByteCount: OptionValue, Hashable, Comparable {
    public let bytes: Int

    public init(_ bytes: Int) { self.bytes = bytes }

    public init?(optionText text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let value = Int(digits) else { return nil }
        let shift: Int
        switch text.dropFirst(digits.count).uppercased() {
        case "", "B": shift = 0
        case "K", "KIB": shift = 10
        case "M", "MIB": shift = 20
        case "G", "GIB": shift = 30
        case "T", "TIB": shift = 40
        default: return nil
        }
        let (bytes, overflow) = value.multipliedReportingOverflow(by: 1 << shift)
        guard !overflow else { return nil }
        self.bytes = bytes
    }

    public var optionText: String {
        for (unit, shift) in [("T", 40), ("G", 30), ("M", 20), ("K", 10)] where bytes != 0 && bytes % (1 << shift) == 0
        {
            return "\(bytes >> shift)\(unit)"
        }
        return String(bytes)
    }
    public static var optionType: String { "size" }
    public static var optionExample: ByteCount? { ByteCount(1 << 20) }
    public static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }
}

/// An enumeration whose raw values are the words to write: conform with an empty extension.
extension OptionValue where Self: RawRepresentable & CaseIterable, RawValue == String {
    public init?(optionText text: String) { self.init(rawValue: text) }
    public var optionText: String { rawValue }
    public static var optionType: String { allCases.map(\.rawValue).joined(separator: ", ") }
    public static var optionExample: Self? { allCases.first }
}
