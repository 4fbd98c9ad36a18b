import HTTPTypes
import WebAPI

/// Where a service listens, from a catalogue's URL. Only plain HTTP: the bytes on the wire are ours.
struct Endpoint: Sendable, Hashable {
    let host: String
    let port: Int

    init?(url: String) {
        guard url.hasPrefix("http://") else { return nil }
        let authority = url.dropFirst(7).prefix { $0 != "/" }
        let parts = authority.split(separator: ":")
        guard let first = parts.first else { return nil }
        host = String(first)
        port = parts.count > 1 ? Int(parts[1]) ?? 80 : 80
    }

    var authority: String { "\(host):\(port)" }
}

/// One service under test: what it serves and where.
struct ServiceUnderTest: Sendable {
    let name: ServiceName
    let api: APIDescription
    let endpoint: Endpoint

    /// Every operation with the mount it is served under.
    var routes: [Route] {
        api.mounts.flatMap { mount in mount.operations.map { Route(mount: mount, operation: $0) } }
    }
}

/// One operation under its mount.
struct Route: Sendable {
    let mount: Mount
    let operation: Operation

    var pattern: String { mount.prefix + operation.path }
    /// Names it in reports: method, whole path, action, first version.
    var label: String {
        var text = "\(operation.method.rawValue) \(pattern.isEmpty ? "/" : pattern)"
        if let action = operation.action { text += " \(action)" }
        if let min = operation.versions.min { text += " since \(min)" }
        if let max = operation.versions.max { text += " until \(max)" }
        return text
    }
}
