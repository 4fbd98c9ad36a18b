/// Where an OVSDB server listens, in Open vSwitch's notation: `unix:PATH`, `tcp:HOST:PORT`, `ssl:HOST:PORT`.
public enum OVSDBRemote: Sendable, Hashable, CustomStringConvertible {
    case unix(String)
    case tcp(host: String, port: Int)
    case ssl(host: String, port: Int)

    public init(_ text: String) throws(OVSDBError) {
        if text.hasPrefix("unix:") {
            self = .unix(String(text.dropFirst(5)))
            return
        }
        let isTLS = text.hasPrefix("ssl:")
        guard isTLS || text.hasPrefix("tcp:"), let colon = text.lastIndex(of: ":"),
            let port = Int(text[text.index(after: colon)...]), (1...65535).contains(port)
        else {
            throw .malformed("\(text) is not unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT")
        }
        var host = String(text[text.index(text.startIndex, offsetBy: 4)..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { throw .malformed("\(text) names no host") }
        self = isTLS ? .ssl(host: host, port: port) : .tcp(host: host, port: port)
    }

    /// Whether it takes certificates to reach it.
    public var isTLS: Bool { if case .ssl = self { true } else { false } }

    /// A comma-separated list, tried in order and then from the start again.
    public static func list(_ text: String) throws(OVSDBError) -> [OVSDBRemote] {
        var result: [OVSDBRemote] = []
        for part in text.split(separator: ",") {
            result.append(try OVSDBRemote(String(part.drop { $0 == " " })))
        }
        guard !result.isEmpty else { throw .malformed("no OVSDB remote given") }
        return result
    }

    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): "tcp:" + Self.text(host, port)
        case .ssl(let host, let port): "ssl:" + Self.text(host, port)
        }
    }

    private static func text(_ host: String, _ port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
