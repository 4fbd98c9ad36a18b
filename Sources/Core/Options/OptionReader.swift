/// Reads the options of one group, and remembers every one that was declared.
public struct OptionReader {
    public let group: String
    private let settings: [String: OptionSetting]
    /// Values do not matter, only declarations: required options have examples.
    private let isDescribing: Bool
    private(set) var declarations: [OptionDeclaration] = []
    private(set) var effective: [OptionSetting] = []

    init(group: String, settings: [String: OptionSetting], isDescribing: Bool) {
        self.group = group
        self.settings = settings
        self.isDescribing = isDescribing
    }

    public mutating func value<T: OptionValue>(_ name: String, default: T, help: String) throws -> T {
        try read(name, fallback: `default`, help: help)
    }

    /// A value that must lie in a range.
    public mutating func value<T: OptionValue & Comparable>(
        _ name: String, default: T, in range: ClosedRange<T>? = nil, help: String
    ) throws -> T {
        let value = try read(name, fallback: `default`, range: range.map(describe), help: help)
        if let range, !range.contains(value), let setting = settings[name] {
            throw error(name, setting, "must be between \(describe(range))")
        }
        return value
    }

    public mutating func required<T: OptionValue>(_ name: String, help: String) throws -> T {
        declare(name, T.optionType, nil, required: true, secret: false, nil, help)
        guard let setting = settings[name] else {
            if isDescribing, let example = T.optionExample { return example }
            throw missing(name)
        }
        return try parse(name, setting)
    }

    public mutating func optional<T: OptionValue>(_ name: String, _: T.Type = T.self, help: String) throws -> T? {
        declare(name, T.optionType, nil, required: false, secret: false, nil, help)
        guard let setting = settings[name], !setting.text.isEmpty else { return nil }
        return try parse(name, setting)
    }

    /// A value that is never shown; required when it has no default.
    public mutating func secret(_ name: String, default: String? = nil, help: String) throws -> Secret {
        declare(
            name, "secret", `default`.map { $0.isEmpty ? "" : "***" }, required: `default` == nil, secret: true, nil,
            help)
        if let setting = settings[name] { return Secret(setting.text) }
        if let text = `default` { return Secret(text) }
        if isDescribing { return Secret("") }
        throw missing(name)
    }

    /// Values separated by commas.
    public mutating func list(_ name: String, default: [String], help: String) throws -> [String] {
        declare(name, "list", `default`.joined(separator: ","), required: false, secret: false, nil, help)
        guard let setting = settings[name] else { return `default` }
        return setting.text.split(separator: ",").map { $0.trimmingSpace() }.filter { !$0.isEmpty }
    }

    // MARK: Reading

    private mutating func read<T: OptionValue>(
        _ name: String, fallback: T, range: String? = nil, help: String
    ) throws -> T {
        declare(name, T.optionType, fallback.optionText, required: false, secret: false, range, help)
        guard let setting = settings[name] else { return fallback }
        return try parse(name, setting)
    }

    private func parse<T: OptionValue>(_ name: String, _ setting: OptionSetting) throws -> T {
        guard let value = T(optionText: setting.text) else {
            throw error(name, setting, "'\(setting.text)' is not a value of type \(T.optionType)")
        }
        return value
    }

    private mutating func declare(
        _ name: String, _ type: String, _ fallback: String?, required: Bool, secret: Bool, _ range: String?,
        _ help: String
    ) {
        declarations.append(
            OptionDeclaration(
                group: group, name: name, type: type, defaultText: fallback, isRequired: required, isSecret: secret,
                range: range, help: help))
        let setting = settings[name] ?? OptionSetting(text: fallback ?? "", origin: "default")
        effective.append(
            OptionSetting(text: secret && !setting.text.isEmpty ? "***" : setting.text, origin: setting.origin))
    }

    private func describe<T: OptionValue>(_ range: ClosedRange<T>) -> String {
        "\(range.lowerBound.optionText) and \(range.upperBound.optionText)"
    }

    private func error(_ name: String, _ setting: OptionSetting, _ reason: String) -> ConfigurationError {
        ConfigurationError("[\(group)] \(name): \(reason) (set by \(setting.origin))")
    }

    private func missing(_ name: String) -> ConfigurationError {
        ConfigurationError("[\(group)] \(name) is required and not set")
    }
}

extension Substring {
    /// Without blanks at either end.
    func trimmingSpace() -> String {
        var text = self
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
