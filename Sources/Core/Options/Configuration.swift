/// Everything that was set, from the weakest source to the strongest: the file, its drop-in folder
/// (`FILE.d/*.conf`), the environment (`APUS_GROUP__NAME`), and `--set group.name=value`.
///
/// Groups are read one by one; `finish()` then refuses what nobody declared.
public struct Configuration: Sendable {
    private let settings: [String: [String: OptionSetting]]
    private let environment: [String: String]
    private let registry: OptionRegistry

    public init(
        file: String? = nil, dropIn: String? = nil, environment: [String: String] = [:], overrides: [String] = []
    ) throws {
        var settings: [String: [String: OptionSetting]] = [:]
        var files: [ConfigurationFile] = []
        if let file { files.append(try ConfigurationFile(path: file)) }
        if let folder = dropIn ?? file.map({ $0 + ".d" }) { files += try ConfigurationFile.dropIns(in: folder) }
        for entry in files.flatMap(\.entries) { settings[entry.group, default: [:]][entry.name] = entry.setting }
        for text in overrides {
            guard let equals = text.firstIndex(of: "=") else {
                throw ConfigurationError("--set \(text): expected group.name=value")
            }
            let path = text[..<equals]
            let dot = path.firstIndex(of: ".")
            let group = dot.map { String(path[..<$0]) } ?? "DEFAULT"
            let name = dot.map { String(path[path.index(after: $0)...]) } ?? String(path)
            let value = String(text[text.index(after: equals)...])
            settings[group, default: [:]][name] = OptionSetting(text: value, origin: "--set")
        }
        self.settings = settings
        self.environment = environment.filter { $0.key.hasPrefix("APUS_") && $0.key.contains("__") }
        registry = OptionRegistry()
    }

    /// Settings from text, for tests and tools.
    public init(text: String, environment: [String: String] = [:]) throws {
        var settings: [String: [String: OptionSetting]] = [:]
        for entry in try ConfigurationFile(text: text, name: "text").entries {
            settings[entry.group, default: [:]][entry.name] = entry.setting
        }
        self.settings = settings
        self.environment = environment.filter { $0.key.hasPrefix("APUS_") && $0.key.contains("__") }
        registry = OptionRegistry()
    }

    /// Reads one group. Safe to repeat.
    /// - Throws: `ConfigurationError` naming the option and where its value came from.
    public func read<G: OptionGroup>(_: G.Type = G.self) throws -> G {
        var reader = OptionReader(group: G.group, settings: effectiveSettings(of: G.group), isDescribing: false)
        defer { registry.add(reader) }
        return try G(&reader)
    }

    /// Refuses settings that no group declared, naming the nearest that one did.
    public func finish() throws {
        let known = registry.names()
        for (group, values) in settings.sorted(by: { $0.key < $1.key }) {
            guard let names = known[group] else {
                throw ConfigurationError(
                    "unknown group [\(group)]\(suggestion(group, known.keys))\(values.values.first.map { " (set by \($0.origin))" } ?? "")"
                )
            }
            for (name, setting) in values.sorted(by: { $0.key < $1.key }) where !names.contains(name) {
                throw ConfigurationError(
                    "[\(group)] \(name) is not an option\(suggestion(name, names)) (set by \(setting.origin))")
            }
        }
        for (group, names) in known {
            let prefix = "APUS_\(OptionDeclaration.word(group))__"
            let allowed = Set(names.map { OptionDeclaration.environmentName(group: group, name: $0) })
            for name in environment.keys.sorted() where name.hasPrefix(prefix) && !allowed.contains(name) {
                throw ConfigurationError("environment \(name) is not an option\(suggestion(name, allowed))")
            }
        }
    }

    /// Every declared option with its effective value and origin; secrets are masked.
    public func printConfig() -> String { registry.text() }

    private func effectiveSettings(of group: String) -> [String: OptionSetting] {
        var values = settings[group] ?? [:]
        // The environment's names are upper case, so they are matched when an option is declared:
        // here both spellings that options use (dashes never, lower case always) are tried.
        let prefix = "APUS_\(OptionDeclaration.word(group))__"
        for (key, text) in environment where key.hasPrefix(prefix) {
            let name = key.dropFirst(prefix.count).lowercased()
            if values[name]?.origin == "--set" { continue }
            values[name] = OptionSetting(text: text, origin: "environment \(key)")
        }
        return values
    }

    private func suggestion(_ name: String, _ known: some Collection<String>) -> String {
        nearestName(to: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
    }
}

/// What has been declared and read so far.
private final class OptionRegistry: Sendable {
    private struct Record {
        let declaration: OptionDeclaration
        let setting: OptionSetting
    }

    private let records = Locked<[Record]>([])

    func add(_ reader: OptionReader) {
        records.withLock { records in
            for (declaration, setting) in zip(reader.declarations, reader.effective)
            where !records.contains(where: {
                $0.declaration.group == declaration.group && $0.declaration.name == declaration.name
            }) {
                records.append(Record(declaration: declaration, setting: setting))
            }
        }
    }

    func names() -> [String: Set<String>] {
        records.withLock { records in
            records.reduce(into: [:]) { $0[$1.declaration.group, default: []].insert($1.declaration.name) }
        }
    }

    func text() -> String {
        let records = records.withLock { $0 }
        var text = ""
        var groups: [String] = []
        for record in records where !groups.contains(record.declaration.group) {
            groups.append(record.declaration.group)
        }
        for group in groups {
            text += "[\(group)]\n"
            for record in records where record.declaration.group == group {
                text += "\(record.declaration.name) = \(record.setting.text)  # \(record.setting.origin)\n"
            }
            text += "\n"
        }
        return text
    }
}
