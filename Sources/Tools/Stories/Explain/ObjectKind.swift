import Database

/// A kind of object that can be explained, with the service that has it.
package enum ObjectKind: String, Sendable, CaseIterable {
    case server, volume, snapshot, attachment, image, port, network, subnet, router
    case floatingIP = "floating IP"
    case securityGroup = "security group"
    case project, user, workflow

    /// Nil for workflows, which several services have.
    var service: String? {
        switch self {
        case .server: "compute"
        case .volume, .snapshot, .attachment: "block-storage"
        case .image: "image"
        case .port, .network, .subnet, .router, .floatingIP, .securityGroup: "network"
        case .project, .user: "identity"
        case .workflow: nil
        }
    }

    /// Those whose id or name is `text`, with `id`, `name`, `project`, `deleted_at`; what is there before what was.
    func find(_ text: String) -> SQL? {
        switch self {
        case .server:
            """
            SELECT id, name, project_id AS project, deleted_at FROM servers WHERE id = \(text) OR name = \(text)
            ORDER BY deleted_at IS NOT NULL, created_at DESC LIMIT 20
            """
        case .volume:
            """
            SELECT id, name, project_id AS project, deleted_at FROM volumes WHERE id = \(text) OR name = \(text)
            ORDER BY deleted_at IS NOT NULL, created_at DESC LIMIT 20
            """
        case .snapshot:
            """
            SELECT id, name, project_id AS project, deleted_at FROM snapshots WHERE id = \(text) OR name = \(text)
            ORDER BY deleted_at IS NOT NULL, created_at DESC LIMIT 20
            """
        case .attachment:
            "SELECT id, NULL AS name, project_id AS project, deleted_at FROM attachments WHERE id = \(text)"
        case .image:
            """
            SELECT id, name, owner AS project, deleted_at FROM images WHERE id = \(text) OR name = \(text)
            ORDER BY deleted_at IS NOT NULL, created_at DESC LIMIT 20
            """
        case .port: Self.network("ports", text, or: "mac_address = \(text)")
        case .network: Self.network("networks", text)
        case .subnet: Self.network("subnets", text, or: "cidr = \(text)")
        case .router: Self.network("routers", text)
        case .securityGroup: Self.network("security_groups", text)
        case .floatingIP:
            """
            SELECT id, floating_ip_address AS name, project_id AS project, NULL AS deleted_at FROM floating_ips
            WHERE id = \(text) OR floating_ip_address = \(text) LIMIT 20
            """
        case .project:
            """
            SELECT id, name, domain_id AS project, NULL AS deleted_at FROM projects
            WHERE id = \(text) OR name = \(text) LIMIT 20
            """
        case .user:
            """
            SELECT id, name, domain_id AS project, NULL AS deleted_at FROM users
            WHERE id = \(text) OR name = \(text) LIMIT 20
            """
        case .workflow: nil
        }
    }

    private static func network(_ table: StaticString, _ text: String, or other: SQL = "FALSE") -> SQL {
        """
        SELECT id, name, project_id AS project, NULL AS deleted_at FROM \(identifier: table)
        WHERE id = \(text) OR name = \(text) OR \(sql: other) ORDER BY created_at DESC LIMIT 20
        """
    }
}
