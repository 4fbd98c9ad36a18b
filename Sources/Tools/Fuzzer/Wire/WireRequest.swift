/// A request as it goes onto the wire. Nothing is checked: being wrong is its purpose.
struct WireRequest: Sendable {
    var method: String
    /// Path and query, as sent.
    var target: String
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var framing = Framing.length

    enum Framing: Sendable {
        /// `Content-Length`, when there is a body.
        case length
        /// Well-formed chunks.
        case chunked
        /// The headers say it themselves.
        case none
    }

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    mutating func set(_ name: String, _ value: String?) {
        headers.removeAll { $0.name.lowercased() == name.lowercased() }
        if let value { headers.append((name, value)) }
    }

    var head: [UInt8] {
        var text = "\(method) \(target) HTTP/1.1\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        switch framing {
        case .length where !body.isEmpty || ["POST", "PUT", "PATCH"].contains(method):
            text += "Content-Length: \(body.count)\r\n"
        case .chunked: text += "Transfer-Encoding: chunked\r\n"
        default: break
        }
        return Array((text + "\r\n").utf8)
    }

    var bytes: [UInt8] {
        guard framing == .chunked else { return head + body }
        var result = head
        var rest = body[...]
        while !rest.isEmpty {
            let part = rest.prefix(1000)
            result += Array("\(String(part.count, radix: 16))\r\n".utf8) + part + Array("\r\n".utf8)
            rest = rest.dropFirst(1000)
        }
        return result + Array("0\r\n\r\n".utf8)
    }
}
