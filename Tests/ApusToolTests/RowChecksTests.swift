import Core
import Database
import TestSupport
import Testing

@testable import Doctor

@Suite("Rows of one service against another's", .enabled(if: TestServices.isDatabaseAvailable))
struct RowChecksTests {
    private func makeVolume(_ test: TestCloud, _ id: String, _ status: String) async throws {
        try await test.execute(
            "block-storage",
            """
            INSERT INTO volumes (id, project_id, size_gib, status, availability_zone, metadata, image_metadata, created_at)
            VALUES (\(id), 'p', 1, \(status), 'nova', '{}', '{}', UTC_TIMESTAMP(6) - INTERVAL 60 SECOND)
            """)
    }

    private func makeAttachment(_ test: TestCloud, _ id: String, of volume: String, to server: String) async throws {
        try await test.execute(
            "block-storage",
            """
            INSERT INTO attachments (id, volume_id, project_id, instance_uuid, status, created_at)
            VALUES (\(id), \(volume), 'p', \(server), 'attached', UTC_TIMESTAMP(6))
            """)
    }

    @Test("attachments are compared both ways, and with the volumes' status")
    func comparesAttachments() async throws {
        try await TestCloud.with(["compute", "block-storage"]) { test in
            try await test.makeServer(testID(1))
            try await makeVolume(test, testID(11), "in-use")
            try await makeAttachment(test, testID(21), of: testID(11), to: testID(1))
            try await test.execute(
                "compute",
                """
                INSERT INTO block_devices (id, server_id, source, destination, volume_id, attachment_id, state, created_at)
                VALUES (\(testID(31)), \(testID(1)), 'volume', 'volume', \(testID(11)), \(testID(21)), 'attached',
                    UTC_TIMESTAMP(6))
                """)
            #expect(try await test.findings(AttachmentsCheck()).isEmpty)
            try await test.execute("compute", "UPDATE block_devices SET attachment_id = \(testID(22))")
            try await makeVolume(test, testID(12), "in-use")
            let found = try await test.findings(AttachmentsCheck())
            #expect(
                Set(found.map(\.key)) == [
                    "leftover attachment \(testID(21))", "missing attachment \(testID(22))",
                    "mismatch volume \(testID(12))",
                ])
            try await test.makeSaga("s1", of: testID(1), name: "attach-volume")
            #expect(try await test.findings(AttachmentsCheck()).map(\.what) == ["volume \(testID(12))"])
        }
    }

    @Test("more claimed than a host has is found")
    func comparesInventories() async throws {
        try await TestCloud.with(["placement"]) { test in
            try await test.makeClaim(testID(1))
            #expect(try await test.findings(InventoriesCheck()).isEmpty)
            try await test.execute("placement", "UPDATE allocations SET used = 5")
            #expect(try await test.findings(InventoriesCheck()).map(\.what) == ["VCPU of h1"])
            try await test.execute("placement", "DELETE FROM inventories")
            #expect(try await test.findings(InventoriesCheck()).map(\.what) == ["VCPU of h1"])
        }
    }

    @Test("what is used by a project that does not exist is found")
    func comparesProjects() async throws {
        try await TestCloud.with(["identity", "compute", "block-storage", "network"]) { test in
            try await makeVolume(test, testID(1), "available")
            #expect(try await test.findings(QuotasCheck()).map(\.what) == ["volumes of project p"])
            try await test.execute(
                "identity",
                """
                INSERT INTO projects (id, name, domain_id, description, options, extra)
                VALUES ('p', 'p', 'default', '', '{}', '{}')
                """)
            #expect(try await test.findings(QuotasCheck()).isEmpty)
        }
    }

    @Test("a port of a server that does not exist, and one that is down under a running server, are found")
    func comparesPorts() async throws {
        try await TestCloud.with(["compute", "network"]) { test in
            try await test.makeServer(testID(1))
            try await test.makeServer(testID(2))
            try await test.execute(
                "network",
                """
                INSERT INTO networks (id, project_id, name, description, admin_state_up, status, router_external, is_default,
                    mtu, port_security_enabled, network_type, physical_network, segmentation_id, dns_domain,
                    availability_zone_hints, created_at, updated_at, revision_number)
                VALUES (\(testID(40)), 'p', '', '', TRUE, 'ACTIVE', FALSE, FALSE, 1442, TRUE, 'geneve', '', 1, '', '[]',
                    UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 0)
                """)
            for (number, server, status) in [(1, 1, "ACTIVE"), (2, 2, "DOWN"), (3, 3, "ACTIVE")] {
                try await test.execute(
                    "network",
                    """
                    INSERT INTO ports (id, project_id, network_id, name, description, mac_address, admin_state_up, status,
                        device_id, device_owner, port_security_enabled, allowed_address_pairs, extra_dhcp_opts,
                        binding_host_id, binding_vnic_type, binding_profile, dns_name, dns_domain,
                        propagate_uplink_status, created_at, updated_at, revision_number)
                    VALUES (\(testID(50 + number)), 'p', \(testID(40)), '', '', \("fa:16:3e:00:00:0\(number)"), TRUE,
                        \(status), \(testID(server)), 'compute:nova', TRUE, '[]', '[]', 'h1', 'normal', '{}', '', '',
                        FALSE, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 0)
                    """)
            }
            let found = try await test.findings(PortsCheck())
            #expect(Set(found.map(\.key)) == ["mismatch port \(testID(52))", "leftover port \(testID(53))"])
        }
    }

    @Test("a database that answers and one that does not are told apart")
    func looksAtMariaDB() async throws {
        let settings = ["image.conf": "[database]\nsocket = FOLDER/none.sock\nuser = u\nname = n\n"]
        try await TestCloud.with(["placement"], settings: settings) { test in
            let found = try await test.findings(MariaDBCheck())
            #expect(found.map(\.what) == ["database image"])
            #expect(found.first?.kind == .unreachable)
        }
    }

    @Test("a schema that lacks a migration is critical")
    func looksAtSchemas() async throws {
        try await TestCloud.with(["placement"]) { test in
            #expect(try await test.findings(SchemasCheck()).isEmpty)
            try await test.execute("placement", "DELETE FROM schema_migrations WHERE number = 10")
            #expect(try await test.findings(SchemasCheck()).map(\.what) == ["schema of placement"])
            try await test.execute("placement", "UPDATE schema_migrations SET checksum = 'x' WHERE number = 1")
            #expect(try await test.findings(SchemasCheck()).map(\.rank) == [.critical])
        }
    }

    @Test("a memcached that answers and one that does not are told apart", .enabled(if: TestServices.isCacheAvailable))
    func looksAtMemcached() async throws {
        let server = try #require(TestServices.memcached)
        for (address, count) in [(server, 0), ("127.0.0.1:1", 1)] {
            let settings = ["image.conf": "[cache]\nservers = \(address)\nsecret = s\n"]
            try await TestCloud.with([], settings: settings) { test in
                let found = try await test.findings(MemcachedCheck()).filter { $0.rank != .note }
                #expect(found.count == count)
            }
        }
    }

    @Test("queues that nobody takes from are critical", .enabled(if: TestServices.isBrokerAvailable))
    func looksAtQueues() async throws {
        let url = try #require(TestServices.rabbitMQURL)
        try await TestCloud.with([], settings: ["conductor.conf": "[messaging]\nurl = \(url)\n"]) { test in
            // Other tests restart the broker meanwhile.
            let end = ContinuousClock.now + .seconds(120)
            while true {
                let isReached = try await test.findings(RabbitMQCheck()).filter { $0.rank != .note }.isEmpty
                do {
                    let found = try await test.findings(QueuesCheck())
                    #expect(found.contains { $0.what == "queue conductor.calls" && $0.rank == .critical })
                    if isReached { break }
                } catch let error as ServiceError where error.code == .unavailable && ContinuousClock.now < end {
                    try await Task.sleep(for: .milliseconds(50))
                }
                try #require(ContinuousClock.now < end, "RabbitMQ is reached")
            }
        }
        let away = ["conductor.conf": "[messaging]\nhost = 127.0.0.1\nport = 1\n"]
        try await TestCloud.with([], settings: away) { test in
            let found = try await test.findings(RabbitMQCheck())
            #expect(found.map(\.kind) == [.unreachable])
        }
    }
}
