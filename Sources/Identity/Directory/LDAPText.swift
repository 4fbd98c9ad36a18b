import CLDAP
import Core

/// Texts put into filters and names, so that they cannot be anything but values (RFC 4515, RFC 4514).
enum LDAPText {
    /// A value in a filter: whatever could end it or stand for other values is written as `\XX`.
    static func filterValue(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "*": escaped += "\\2a"
            case "(": escaped += "\\28"
            case ")": escaped += "\\29"
            case "\\": escaped += "\\5c"
            case "\0": escaped += "\\00"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// A value in a name, where commas and the like divide its parts.
    static func nameValue(_ text: String) -> String {
        var escaped = ""
        let last = text.unicodeScalars.count - 1
        for (index, scalar) in text.unicodeScalars.enumerated() {
            switch scalar {
            case "\0": escaped += "\\00"
            case "\\", ",", "+", "\"", "<", ">", ";", "=": escaped += "\\\(scalar)"
            case "#" where index == 0: escaped += "\\#"
            case " " where index == 0 || index == last: escaped += "\\ "
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// A name such that two which mean the same entry are equal: one way to write it, and in lower case. What is no name
    /// is left as it is.
    static func canonical(_ name: String) -> String {
        guard let text = apus_ldap_canonical_dn(name) else { return name.lowercased() }
        defer { apus_ldap_free(text) }
        return String(cString: text).lowercased()
    }

    /// `uid` and `ann` of `uid=ann,ou=people,dc=example`; nil for a name that does not begin with one attribute.
    static func firstPart(_ name: String) -> (attribute: String, value: String)? {
        var attribute: UnsafeMutablePointer<CChar>?
        var value: UnsafeMutablePointer<CChar>?
        let isThere = apus_ldap_first_part(name, &attribute, &value) != 0
        defer {
            apus_ldap_free(attribute)
            apus_ldap_free(value)
        }
        guard isThere, let attribute, let value else { return nil }
        return (String(cString: attribute), String(cString: value))
    }
}
