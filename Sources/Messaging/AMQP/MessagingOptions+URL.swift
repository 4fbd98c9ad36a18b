public import Core

extension MessagingOptions {
    /// Reads `amqp://user:password@host:port/vhost`, or `amqps` for TLS. User, password, port and virtual host
    /// may be left out; reserved characters in them are written in `%XX` form.
    public init(url: String) throws(ServiceError) {
        func refuse() -> ServiceError {
            // The text itself may hold a password.
            ServiceError(.badRequest, "The broker's URL is not of the form amqp://user:password@host:port/vhost.")
        }
        let parts = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "amqp" || parts[0] == "amqps" else { throw refuse() }
        self.init()
        usesTLS = parts[0] == "amqps"
        var rest = parts[1]
        if let slash = rest.firstIndex(of: "/") {
            let path = rest[rest.index(after: slash)...]
            if !path.isEmpty {
                guard let name = Self.unescape(path) else { throw refuse() }
                virtualHost = name
            }
            rest = rest[..<slash]
        }
        if let at = rest.lastIndex(of: "@") {
            let credentials = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.unescape(credentials[0]) else { throw refuse() }
            user = name
            if credentials.count == 2 {
                guard let text = Self.unescape(credentials[1]) else { throw refuse() }
                password = Secret(text)
            }
            rest = rest[rest.index(after: at)...]
        }
        port = usesTLS ? 5671 : 5672
        if let colon = rest.lastIndex(of: ":"), !rest.hasSuffix("]") {
            guard let number = Int(rest[rest.index(after: colon)...]), (1...65535).contains(number) else {
                throw refuse()
            }
            port = number
            rest = rest[..<colon]
        }
        guard !rest.isEmpty else { throw refuse() }
        host = rest.hasPrefix("[") && rest.hasSuffix("]") ? String(rest.dropFirst().dropLast()) : String(rest)
    }

    private static func unescape(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
