/// Requests as text that a shell takes. Tokens are left out; `$TOKEN` stands for the sender's.
enum Reproduction {
    static func text(_ item: FuzzCase, _ endpoint: Endpoint, _ world: World) -> String {
        if let wire = item.wire {
            let bytes = wire.flatMap { step -> [UInt8] in if case .send(let bytes) = step { bytes } else { [] } }
            let cut = bytes.count > 1500 ? "  # and \(bytes.count - 1500) bytes more" : ""
            return hide("printf '\(escaped(bytes.prefix(1500)))' | nc \(endpoint.host) \(endpoint.port)\(cut)", world)
        }
        var text = "curl -si --path-as-is -X '\(item.request.method)'"
        for (name, value) in item.request.headers where name != "Host" || value != endpoint.authority {
            text += " -H $'\(name): \(escaped(value.utf8.prefix(300)))'"
        }
        if !item.request.body.isEmpty {
            let bytes = item.request.body
            text +=
                " --data-binary $'\(escaped(bytes.prefix(1500)))'\(bytes.count > 1500 ? "…(\(bytes.count) bytes)" : "")"
        }
        return hide(text + " $'http://\(endpoint.authority)\(escaped(item.request.target.utf8.prefix(600)))'", world)
    }

    private static func hide(_ text: String, _ world: World) -> String {
        var text = text
        for (token, name) in [
            (world.attacker.session.token, "$TOKEN"), (world.administrator.session.token, "$ADMIN_TOKEN"),
        ] { text = text.replacing(token, with: name) }
        for secret in world.secrets { text = text.replacing(secret, with: "[SECRET]") }
        return text
    }

    static func printable(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    private static func escaped(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes {
            switch byte {
            case 0x5C: text += "\\\\"
            case 0x27: text += "\\'"
            case 0x0A: text += "\\n"
            case 0x0D: text += "\\r"
            case 0x20..<0x7F: text.unicodeScalars.append(UnicodeScalar(byte))
            default: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return text
    }
}
