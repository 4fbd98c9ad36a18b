import FoundationEssentials

/// A file in oslo.config's style: `[group]`, `key = value`, comments on lines of their own, and
/// values continued on indented lines.
struct ConfigurationFile {
    struct Entry: Hashable {
        let group: String
        let name: String
        let setting: OptionSetting
    }

    let entries: [Entry]

    init(path: String) throws {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw ConfigurationError("cannot read the configuration file \(path)")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ConfigurationError("\(path) is not UTF-8 text")
        }
        try self.init(text: text, name: path)
    }

    init(text: String, name: String) throws {
        var entries: [Entry] = []
        var group = "DEFAULT"
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = raw.trimmingSpace()
            let origin = "\(name):\(index + 1)"
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("[") {
                guard line.hasSuffix("]"), line.count > 2 else {
                    throw ConfigurationError("\(origin): a group is written [name]")
                }
                group = String(line.dropFirst().dropLast())
                continue
            }
            if raw.first == " " || raw.first == "\t", let last = entries.last, last.group == group {
                let joined = OptionSetting(text: last.setting.text + "\n" + line, origin: last.setting.origin)
                entries[entries.count - 1] = Entry(group: group, name: last.name, setting: joined)
                continue
            }
            guard let equals = line.firstIndex(of: "=") else {
                throw ConfigurationError("\(origin): expected 'key = value'")
            }
            let key = line[..<equals].trimmingSpace()
            guard !key.isEmpty else { throw ConfigurationError("\(origin): expected 'key = value'") }
            let value = line[line.index(after: equals)...].trimmingSpace()
            entries.append(Entry(group: group, name: key, setting: OptionSetting(text: value, origin: origin)))
        }
        self.entries = entries
    }

    /// The files of a drop-in folder, in the order of their names. No folder, no files.
    static func dropIns(in folder: String) throws -> [ConfigurationFile] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw ConfigurationError("cannot read the folder \(folder)")
        }
        return try names.filter { $0.hasSuffix(".conf") }.sorted().map {
            try ConfigurationFile(path: "\(folder)/\($0)")
        }
    }
}
