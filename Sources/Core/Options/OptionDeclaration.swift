/// One option as its owner declared it: the sample file, the reference, `--print-config` and the
/// check for unknown keys all come from these.
public struct OptionDeclaration: Sendable, Hashable {
    public let group: String
    public let name: String
    public let type: String
    /// The default as text; nil when there is none.
    public let defaultText: String?
    public let isRequired: Bool
    public let isSecret: Bool
    /// The range of numbers allowed, as text.
    public let range: String?
    public let help: String

    /// The option's name in the environment, `APUS_GROUP__NAME`.
    public var environmentName: String { OptionDeclaration.environmentName(group: group, name: name) }

    static func environmentName(group: String, name: String) -> String {
        "APUS_\(word(group))__\(word(name))"
    }

    static func word(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? Character($0.uppercased()) : "_" })
    }
}

/// A value together with where it was set.
public struct OptionSetting: Sendable, Hashable {
    public let text: String
    /// `FILE:LINE`, `environment NAME`, `--set` or `default`.
    public let origin: String
}
