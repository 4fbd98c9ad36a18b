/// Sample files and reference pages, made from the declarations that the daemons read.
public enum OptionDocuments {
    /// The options of some groups, in the order of their declaration.
    public static func declarations(of groups: [any OptionGroup.Type]) -> [OptionDeclaration] {
        groups.flatMap { describe($0) }
    }

    /// A configuration file with every option commented out at its default.
    public static func sample(_ daemon: String, _ groups: [any OptionGroup.Type]) -> String {
        var text = "# Options of \(daemon). Values shown are defaults; required options have none.\n"
        text += "# Every option can also be set in the environment (APUS_GROUP__NAME) or by --set group.name=value.\n"
        for (group, options) in grouped(declarations(of: groups)) {
            text += "\n[\(group)]\n"
            for option in options {
                text += "\n# \(option.help)\n# Type: \(option.type)"
                if let range = option.range { text += ", between \(range)" }
                text += option.isRequired ? ". Required.\n" : ".\n"
                text += "#\(option.name) = \(option.isSecret ? "" : option.defaultText ?? "")\n"
            }
        }
        return text
    }

    /// A reference page in Markdown.
    public static func reference(_ daemon: String, _ groups: [any OptionGroup.Type]) -> String {
        var text = "# Options of \(daemon)\n"
        for (group, options) in grouped(declarations(of: groups)) {
            text += "\n## [\(group)]\n\n| option | type | default | meaning |\n|---|---|---|---|\n"
            for option in options {
                let range = option.range.map { " (between \($0))" } ?? ""
                let fallback = option.isRequired ? "required" : option.isSecret ? "" : "`\(option.defaultText ?? "")`"
                text += "| `\(option.name)` | \(option.type)\(range) | \(fallback == "``" ? "" : fallback) "
                text += "| \(option.help.split(separator: "|").joined(separator: "\\|")) |\n"
            }
        }
        return text
    }

    private static func describe<G: OptionGroup>(_: G.Type) -> [OptionDeclaration] {
        var reader = OptionReader(group: G.group, settings: [:], isDescribing: true)
        do {
            _ = try G(&reader)
        } catch {
            // A group may check how its values go together; the declarations made until then are what counts.
        }
        return reader.declarations
    }

    private static func grouped(_ options: [OptionDeclaration]) -> [(String, [OptionDeclaration])] {
        var order: [String] = []
        for option in options where !order.contains(option.group) { order.append(option.group) }
        return order.map { group in
            var seen: Set<String> = []
            return (group, options.filter { $0.group == group && seen.insert($0.name).inserted })
        }
    }
}
