/// A parsed check string of oslo.policy's rule language.
indirect enum PolicyCheck: Sendable, Hashable {
    case always
    case never
    case role(PolicyText)
    case rule(String)
    /// `field:networks:shared=True`, Neutron's test of a target's attribute; `~` starts a pattern.
    case field(name: String, value: String)
    /// A credential or a literal on the left, text with `%(target)s` on the right.
    case match(left: PolicyOperand, right: PolicyText)
    case not(PolicyCheck)
    case and([PolicyCheck])
    case or([PolicyCheck])
}

enum PolicyOperand: Sendable, Hashable {
    case credential(String)
    case literal(String)
}

/// Text with `%(name)s` where a value of the target goes.
struct PolicyText: Sendable, Hashable {
    enum Part: Sendable, Hashable {
        case text(String)
        case target(String)
    }

    let parts: [Part]

    init(_ source: String) {
        var parts: [Part] = []
        var rest = source[...]
        while let start = rest.range(of: "%("), let end = rest[start.upperBound...].range(of: ")s") {
            if start.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<start.lowerBound]))) }
            parts.append(.target(String(rest[start.upperBound..<end.lowerBound])))
            rest = rest[end.upperBound...]
        }
        if !rest.isEmpty || parts.isEmpty { parts.append(.text(String(rest))) }
        self.parts = parts
    }

    /// The text with the target's values; nil when the target lacks one. A null reads `None`.
    func filled(from target: PolicyTarget) -> String? {
        if parts.count == 1, case .text(let text) = parts[0] { return text }
        var result = ""
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .target(let name):
                guard let value = target.value(name) else { return nil }
                result += value ?? "None"
            }
        }
        return result
    }
}

extension Substring {
    /// The first place of `needle`, without Foundation.
    fileprivate func range(of needle: String) -> Range<Index>? {
        firstRange(of: needle)
    }
}
