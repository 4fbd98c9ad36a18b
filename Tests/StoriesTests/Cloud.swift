import BlockStorage
import ComputeStore
import Core
import Database
import FoundationEssentials
import Identity
import Image
import Network
import Scheduler
import TestSupport
import Workflow

@testable import Stories

/// Fresh databases of all services with one object of each kind, as a cloud in trouble has them.
enum Cloud {
    static let project = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    static let request = "req-11111111-1111-4111-8111-111111111111"

    /// An id that ends with a number, so that a test's text can be read.
    static func id(_ number: Int) -> String {
        let digits = String(number)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    static let server = id(1)
    static let volume = id(2)
    static let attachment = id(3)
    static let port = id(4)
    static let network = id(5)
    static let saga = "saga-\(id(6))"

    static func with(_ body: (CloudDatabases) async throws -> Void) async throws {
        let schemas: [(String, [Migration])] = [
            ("identity", identityMigrations), ("compute", computeMigrations), ("placement", placementMigrations),
            ("network", networkMigrations), ("image", imageMigrations), ("block-storage", blockStorageMigrations),
        ]
        try await open(schemas[...], [:], body)
    }

    private static func open(
        _ schemas: ArraySlice<(String, [Migration])>, _ opened: [String: Database],
        _ body: (CloudDatabases) async throws -> Void
    ) async throws {
        guard let (name, migrations) = schemas.first else { return try await body(CloudDatabases(opened)) }
        try await TestServices.withDatabase(service: name, migrations: migrations, poolSize: 1) { database in
            var opened = opened
            opened[name] = database
            try await open(schemas.dropFirst(), opened, body)
        }
    }

    /// `INSERT IGNORE` gives the columns that do not matter here their type's empty value.
    static func fill(_ cloud: CloudDatabases, now: Date) async throws {
        func insert(_ service: String, _ sql: SQL) async throws { _ = try await cloud[service: service]?.execute(sql) }
        try await insert(
            "identity",
            "INSERT IGNORE INTO projects (id, name, domain_id, is_domain, enabled) VALUES ('default', 'Default', '', 1, 1)"
        )
        try await insert(
            "identity",
            "INSERT IGNORE INTO projects (id, name, domain_id, is_domain, enabled) VALUES (\(project), 'demo', 'default', 0, 1)"
        )
        try await insert(
            "identity",
            """
            INSERT IGNORE INTO users (id, name, domain_id, enabled, failed_attempts, last_failure_at, created_at)
            VALUES ('u1', 'ada', 'default', 1, 3, \(now), \(now))
            """)
        try await insert(
            "compute",
            """
            INSERT IGNORE INTO servers (id, project_id, user_id, name, vm_state, task_state, host, created_at, updated_at)
            VALUES (\(server), \(project), 'u1', 'web', 'building', 'spawning', 'host1', \(now), \(now))
            """)
        try await insert(
            "compute",
            """
            INSERT IGNORE INTO server_actions (server_id, request_id, action, started_at, updated_at)
            VALUES (\(server), \(request), 'create', \(now), \(now))
            """)
        try await insert(
            "compute",
            """
            INSERT IGNORE INTO block_devices (id, server_id, volume_id, device_name, state, created_at)
            VALUES (\(id(20)), \(server), \(volume), '/dev/vdb', 'attached', \(now))
            """)
        try await insert(
            "placement",
            """
            INSERT INTO selections (server, selection, created_at) VALUES (\(server),
                \(#"{"server":"x","host":"host1","considered":2,"filters":[{"name":"RamFilter","removed":1}],"ranking":[]}"#),
                \(now))
            """)
        try await insert(
            "block-storage",
            """
            INSERT IGNORE INTO volumes (id, project_id, name, size_gib, status, host, created_at)
            VALUES (\(volume), \(project), 'data', 3, 'in-use', 'host1', \(now))
            """)
        try await insert(
            "block-storage",
            """
            INSERT IGNORE INTO snapshots (id, project_id, volume_id, name, size_gib, status, created_at)
            VALUES (\(id(7)), \(project), \(volume), 'data-before', 3, 'available', \(now))
            """)
        try await insert(
            "block-storage",
            """
            INSERT IGNORE INTO attachments (id, volume_id, project_id, instance_uuid, status, mountpoint, attached_host,
                connector, created_at)
            VALUES (\(attachment), \(volume), \(project), \(server), 'attaching', '/dev/vdb', 'host1', '{}', \(now))
            """)
        try await insert(
            "image",
            """
            INSERT IGNORE INTO images (id, name, owner, status, visibility, created_at, updated_at)
            VALUES (\(id(8)), 'empty', \(project), 'queued', 'private', \(now), \(now))
            """)
        try await fillNetwork(now, insert)
        try await cloud[service: "compute"]?.transaction("saga") { transaction in
            var context = RequestContext(requestID: request)
            context.projectID = ProjectID(project)
            try SagaStarter.start(
                name: "build-server", version: 1, id: saga, subject: server, state: ["server": server],
                context: context,
                in: transaction)
        }
    }

    private static func fillNetwork(_ now: Date, _ insert: (String, SQL) async throws -> Void) async throws {
        try await insert(
            "network",
            """
            INSERT IGNORE INTO networks (id, project_id, name, status, network_type, segmentation_id, created_at, updated_at)
            VALUES (\(network), \(project), 'private', 'ACTIVE', 'geneve', 7, \(now), \(now))
            """)
        try await insert(
            "network",
            """
            INSERT IGNORE INTO subnets (id, project_id, network_id, name, cidr, gateway_ip, created_at, updated_at)
            VALUES (\(id(9)), \(project), \(network), 'private-v4', '10.0.0.0/24', '10.0.0.1', \(now), \(now))
            """)
        try await insert(
            "network",
            """
            INSERT IGNORE INTO ports (id, project_id, network_id, name, mac_address, status, device_id, device_owner,
                binding_host_id, binding_vnic_type, created_at, updated_at)
            VALUES (\(port), \(project), \(network), 'web-port', 'fa:16:3e:00:00:01', 'DOWN', \(server), 'compute:nova',
                'host1', 'normal', \(now), \(now))
            """)
        try await insert(
            "network",
            """
            INSERT INTO ovn_changes (subject, sequence, queued_at, attempts, not_before)
            VALUES (\("port/" + port), 1, \(now), 4, \(now))
            """)
        try await insert(
            "network",
            """
            INSERT IGNORE INTO routers (id, project_id, name, status, created_at, updated_at)
            VALUES (\(id(10)), \(project), 'edge', 'ACTIVE', \(now), \(now))
            """)
        try await insert(
            "network",
            """
            INSERT IGNORE INTO floating_ips (id, project_id, floating_ip_address, fixed_port_id, fixed_ip_address, router_id,
                status, created_at, updated_at)
            VALUES (\(id(11)), \(project), '203.0.113.5', \(port), '10.0.0.7', \(id(10)), 'ACTIVE', \(now), \(now))
            """)
        try await insert(
            "network",
            """
            INSERT IGNORE INTO security_groups (id, project_id, name, created_at, updated_at)
            VALUES (\(id(12)), \(project), 'default', \(now), \(now))
            """)
        for number in [13, 14] {
            try await insert(
                "network",
                """
                INSERT IGNORE INTO networks (id, project_id, name, status, network_type, segmentation_id, created_at,
                    updated_at)
                VALUES (\(id(number)), \(project), 'twice', 'ACTIVE', 'geneve', \(number), \(now), \(now))
                """)
        }
    }
}
