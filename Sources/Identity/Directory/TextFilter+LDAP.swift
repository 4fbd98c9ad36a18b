import Core

extension TextFilter {
    /// The condition in a directory's filter; case is for `holds` to look at, since most attributes do not heed it.
    func condition(_ attribute: String) -> String {
        switch self {
        // Two stars side by side are no filter.
        case .contains("", _), .startsWith("", _), .endsWith("", _): "(\(attribute)=*)"
        case .equals(let text): "(\(attribute)=\(LDAPText.filterValue(text)))"
        case .contains(let text, _): "(\(attribute)=*\(LDAPText.filterValue(text))*)"
        case .startsWith(let text, _): "(\(attribute)=\(LDAPText.filterValue(text))*)"
        case .endsWith(let text, _): "(\(attribute)=*\(LDAPText.filterValue(text)))"
        }
    }

    func holds(for name: String) -> Bool {
        func cased(_ text: String, _ exactCase: Bool) -> (name: String, text: String) {
            exactCase ? (name, text) : (name.lowercased(), text.lowercased())
        }
        switch self {
        case .equals(let text): return name.lowercased() == text.lowercased()
        case .contains(let text, let exactCase):
            let pair = cased(text, exactCase)
            return pair.name.contains(pair.text)
        case .startsWith(let text, let exactCase):
            let pair = cased(text, exactCase)
            return pair.name.hasPrefix(pair.text)
        case .endsWith(let text, let exactCase):
            let pair = cased(text, exactCase)
            return pair.name.hasSuffix(pair.text)
        }
    }
}
