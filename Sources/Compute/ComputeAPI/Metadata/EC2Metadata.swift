import ComputeModel
import Core
import WebAPI

/// `/latest/meta-data/…` in Amazon's form: a tree whose folders list their members.
struct EC2Metadata: Sendable {
    static let versions = [
        "1.0", "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10", "2007-12-15", "2008-02-01", "2008-09-01",
        "2009-04-04",
    ]

    private let documents: InstanceDocuments

    init(_ documents: InstanceDocuments) { self.documents = documents }

    private static let missing = ServiceError(.notFound, "There is no such item.")

    indirect enum Node: Sendable {
        case text(String)
        case folder([(String, Node)])
        /// A folder whose listing shows `INDEX=NAME`.
        case named(String, Node)
    }

    func answer(_ path: [String]) throws -> APIResponse {
        guard let version = path.first else { return .text((Self.versions + ["latest"]).joined(separator: "\n")) }
        guard version == "latest" || Self.versions.contains(version) else { throw Self.missing }
        if path.count == 1 {
            return .text(documents.userData == nil ? "meta-data/" : "meta-data/\nuser-data")
        }
        if path[1] == "user-data", path.count == 2 {
            guard let data = documents.userData else { throw Self.missing }
            return .bytes(data, contentType: "application/octet-stream")
        }
        guard path[1] == "meta-data" else { throw Self.missing }
        var node = tree
        for part in path.dropFirst(2) {
            guard let next = Self.child(node, part) else { throw Self.missing }
            node = next
        }
        return .text(Self.text(node))
    }

    private static func child(_ node: Node, _ name: String) -> Node? {
        switch node {
        case .folder(let members): members.first { $0.0 == name }?.1
        case .named(_, let inner): child(inner, name)
        case .text: nil
        }
    }

    private static func text(_ node: Node) -> String {
        switch node {
        case .text(let text): text
        case .named(_, let inner): text(inner)
        case .folder(let members):
            members.map { name, node in
                switch node {
                case .text: name
                case .folder: name + "/"
                case .named(let label, _): "\(name)=\(label)"
                }
            }.joined(separator: "\n")
        }
    }

    private var tree: Node {
        let server = documents.server
        var members: [(String, Node)] = [
            ("ami-id", .text(server.image.map { "ami-\($0.id.rawValue.prefix(8))" } ?? "None")),
            ("ami-launch-index", .text(String(server.launchIndex))),
            ("ami-manifest-path", .text("None")),
            ("block-device-mapping", .folder(blockDevices)),
            ("hostname", .text(server.hostname)),
            ("instance-action", .text("none")),
            ("instance-id", .text("i-\(String(server.number, radix: 16).leftPadded(8))")),
            ("instance-type", .text(server.flavor.name)),
            ("local-hostname", .text(server.hostname)),
            ("local-ipv4", .text(documents.firstFixedIPv4 ?? "")),
            ("placement", .folder([("availability-zone", .text(server.zone ?? ""))])),
            ("public-hostname", .text(server.hostname)),
            ("public-ipv4", .text(documents.firstFloatingIP ?? "")),
            ("reservation-id", .text(server.reservationID)),
            ("security-groups", .text(documents.securityGroups.joined(separator: "\n"))),
        ]
        if let key = server.publicKey, let name = server.keyName {
            let item = Node.named(name, .folder([("openssh-key", .text(key))]))
            members.append(("public-keys", .folder([("0", item)])))
        }
        return .folder(members.sorted { $0.0 < $1.0 })
    }

    private var blockDevices: [(String, Node)] {
        let root = documents.server.rootDeviceName ?? "/dev/vda"
        let short = root.hasPrefix("/dev/") ? String(root.dropFirst(5)) : root
        return [("ami", .text(short)), ("root", .text(root))]
    }
}

extension String {
    fileprivate func leftPadded(_ width: Int) -> String {
        String(repeating: "0", count: max(0, width - count)) + self
    }
}
