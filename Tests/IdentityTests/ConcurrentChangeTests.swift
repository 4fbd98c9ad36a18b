import Core
import Database
import TestSupport
import Testing

@testable import Identity

/// Two changes of one row at once, each of another attribute.
@Suite(.enabled(if: TestServices.isDatabaseAvailable), .serialized)
struct ConcurrentChangeTests {
    /// A resource, and two changes of it that have nothing to do with one another.
    struct Resource: Sendable, CustomTestStringConvertible {
        /// What its documents are wrapped in.
        var member: String
        /// Its row.
        var table: StaticString
        var changes: [JSONObject]
        var make: @Sendable (APIWorld) async throws -> String

        var testDescription: String { member }

        init(
            _ member: String, _ table: StaticString, _ changes: [JSONObject],
            _ make: @escaping @Sendable (APIWorld) async throws -> String
        ) {
            self.member = member
            self.table = table
            self.changes = changes
            self.make = make
        }
    }

    /// Makes one by POST, and tells its path.
    private static func posted(_ path: String, _ member: String, _ body: JSONValue)
        -> @Sendable (APIWorld) async throws
        -> String
    {
        { world in
            let made = try await world.make("POST", path, [member: body])
            return "\(path)/\(made[member]?["id"]?.string ?? "")"
        }
    }

    private static let description: JSONObject = ["description": "changed"]

    static let resources: [Resource] = [
        Resource(
            "domain", "projects", [description, ["name": "other"]],
            posted("/domains", "domain", ["name": "raced"])),
        Resource(
            "project", "projects", [description, ["name": "other"]],
            posted("/projects", "project", ["name": "raced"])),
        Resource("user", "users", [description, ["name": "other"]], posted("/users", "user", ["name": "raced"])),
        Resource(
            "group", "user_groups", [description, ["name": "other"]], posted("/groups", "group", ["name": "raced"])),
        Resource("role", "roles", [description, ["name": "other"]], posted("/roles", "role", ["name": "raced"])),
        Resource("region", "regions", [description, ["colour": "red"]], posted("/regions", "region", [:])),
        Resource(
            "service", "services", [description, ["enabled": false]],
            posted("/services", "service", ["type": "raced", "name": "raced"])),
        Resource("endpoint", "endpoints", [["url": "http://other"], ["enabled": false]]) { world in
            let service = try await world.make("POST", "/services", ["service": ["type": "raced"]])
            return try await posted(
                "/endpoints", "endpoint",
                [
                    "service_id": .string(service["service"]?["id"]?.string ?? ""), "interface": "public",
                    "url": "http://one",
                ])(world)
        },
        Resource(
            "credential", "credentials", [["blob": "other"], ["colour": "red"]]
        ) { world in
            let user = try await world.identity.user("admin").id
            return try await posted(
                "/credentials", "credential", ["user_id": .string(user.rawValue), "type": "cert", "blob": "one"])(world)
        },
        Resource(
            "policy", "policies", [["blob": "other"], ["type": "other"]],
            posted("/policies", "policy", ["type": "text/plain", "blob": "one"])),
        Resource(
            "consumer", "consumers", [description, ["colour": "red"]], posted("/OS-OAUTH1/consumers", "consumer", [:])),
        Resource(
            "endpoint_group", "endpoint_groups", [description, ["name": "other"]],
            posted(
                "/OS-EP-FILTER/endpoint_groups", "endpoint_group",
                ["name": "raced", "filters": ["interface": "public"]])),
        Resource("registered_limit", "registered_limits", [description, ["default_limit": 7]]) { world in
            try await registeredLimit(world).path
        },
        Resource("limit", "limits", [description, ["resource_limit": 7]]) { world in
            let service = try await registeredLimit(world).service
            let project = try await world.identity.project(named: "admin").id
            let limit = try await world.make(
                "POST", "/limits",
                [
                    "limits": [
                        [
                            "service_id": .string(service), "project_id": .string(project.rawValue),
                            "resource_name": "raced", "resource_limit": 2,
                        ]
                    ]
                ])
            return "/limits/\(limit["limits"]?.array?.first?["id"]?.string ?? "")"
        },
        Resource("identity_provider", "identity_providers", [description, ["remote_ids": ["other"]]]) { world in
            try await identityProvider(world)
        },
        Resource(
            "protocol", "federation_protocols", [["mapping_id": "other"], ["remote_id_attribute": "other"]]
        ) { world in
            let rules: JSONValue = [["local": [["user": ["name": "{0}"]]], "remote": [["type": "REMOTE_USER"]]]]
            for name in ["one", "other"] {
                try await world.make("PUT", "/OS-FEDERATION/mappings/\(name)", ["mapping": ["rules": rules]])
            }
            let path = try await identityProvider(world) + "/protocols/raced"
            try await world.make("PUT", path, ["protocol": ["mapping_id": "one"]])
            return path
        },
        Resource("service_provider", "service_providers", [description, ["enabled": true]]) { world in
            let path = "/OS-FEDERATION/service_providers/raced"
            try await world.make(
                "PUT", path,
                ["service_provider": ["auth_url": "http://a", "sp_url": "http://b", "enabled": false]])
            return path
        },
    ]

    private static func registeredLimit(_ world: APIWorld) async throws -> (path: String, service: String) {
        let made = try await world.make("POST", "/services", ["service": ["type": "raced"]])
        let service = made["service"]?["id"]?.string ?? ""
        let limits = try await world.make(
            "POST", "/registered_limits",
            [
                "registered_limits": [
                    ["service_id": .string(service), "resource_name": "raced", "default_limit": 1]
                ]
            ])
        let id = limits["registered_limits"]?.array?.first?["id"]?.string ?? ""
        return ("/registered_limits/\(id)", service)
    }

    private static func identityProvider(_ world: APIWorld) async throws -> String {
        let path = "/OS-FEDERATION/identity_providers/raced"
        try await world.make("PUT", path, ["identity_provider": ["remote_ids": ["one"]]])
        return path
    }

    @Test("Two changes at once of different attributes are both kept", arguments: resources)
    func bothAreKept(_ resource: Resource) async throws {
        try await APIWorld.run { world in
            let path = try await resource.make(world)
            try await Self.atOnce(world, resource.table, path) { index in
                let body: JSONValue = [resource.member: .object(resource.changes[index])]
                let answer = try await world.call("PATCH", path, body)
                #expect(answer.status == 200, "\(answer.text)")
            }
            // A protocol shows all of itself in the list only.
            let isProtocol = resource.member == "protocol"
            let list = path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
            let answer = try await world.make("GET", isProtocol ? list : path)
            let found = isProtocol ? answer["protocols"]?.array?.first : answer[resource.member]
            for (name, value) in resource.changes.flatMap({ $0 }) { #expect(found?[name] == value, "\(name)") }
        }
    }

    @Test("Two tags added at once are both kept")
    func tags() async throws {
        try await APIWorld.run { world in
            let made = try await world.make("POST", "/projects", ["project": ["name": "raced"]])
            let path = "/projects/\(made["project"]?["id"]?.string ?? "")"
            try await Self.atOnce(world, "projects", path) { index in
                let status = try await world.status("PUT", "\(path)/tags/tag\(index)")
                #expect(status == 201)
            }
            let tags = try await world.make("GET", path + "/tags")
            #expect(tags["tags"] == ["tag0", "tag1"])
        }
    }

    @Test("Of two configurations of a domain set at once one is whole")
    func domainConfigurations() async throws {
        try await APIWorld.run { world in
            let made = try await world.make("POST", "/domains", ["domain": ["name": "raced"]])
            let path = "/domains/\(made["domain"]?["id"]?.string ?? "")"
            let both: [JSONValue] = [["ldap": ["url": "http://one"]], ["identity": ["driver": "ldap"]]]
            try await Self.atOnce(world, "projects", path) { index in
                let answer = try await world.call("PUT", path + "/config", ["config": both[index]])
                #expect([200, 201].contains(answer.status), "\(answer.text)")
            }
            let found = try await world.make("GET", path + "/config")["config"]
            #expect(both.contains { $0 == found })
        }
    }

    @Test("Two regions cannot become each other's parent at once")
    func circle() async throws {
        try await APIWorld.run { world in
            for id in ["one", "two"] { try await world.make("POST", "/regions", ["region": ["id": .string(id)]]) }
            let answers = Locked<[Int]>([])
            try await Self.atOnce(world, "regions", "/regions/one", others: "two") { index in
                let (id, parent) = index == 0 ? ("one", "two") : ("two", "one")
                let body: JSONValue = ["region": ["parent_region_id": .string(parent)]]
                let status = try await world.status("PATCH", "/regions/\(id)", body)
                answers.withLock { $0.append(status) }
            }
            #expect(answers.withLock { $0.sorted() } == [200, 400])
        }
    }

    // MARK: Meeting

    /// Runs `change` twice at once: both have begun, and wait for the row's lock, before either can write it.
    private static func atOnce(
        _ world: APIWorld, _ table: StaticString, _ path: String, others: String? = nil,
        _ change: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let database = world.identity.env.database
        let last = String(path.split(separator: "/").last ?? "")
        let ids = [last] + (others.map { [$0] } ?? [])
        let holder = Locked<Bool>(false)
        let release = Locked<Bool>(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await database.transaction("hold rows") { tx in
                    let sql: SQL =
                        "SELECT id FROM \(sql: .identifier(table)) WHERE id IN \(anyOf: ids) ORDER BY id FOR UPDATE"
                    guard try tx.query(sql).count == ids.count else {
                        throw ServiceError(.internal, "no such row: \(path)")
                    }
                    holder.withLock { $0 = true }
                    // The rows are held on this connection's own thread until both changes wait for them.
                    while !release.withLock({ $0 }) { _ = try tx.first("SELECT SLEEP(0.01)") }
                }
            }
            while !holder.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
            for index in 0..<2 { group.addTask { try await change(index) } }
            defer { release.withLock { $0 = true } }
            try await waiting(for: 2, database)
            release.withLock { $0 = true }
            try await group.waitForAll()
        }
    }

    /// Until so many statements that change something stand still.
    ///
    /// Not by InnoDB's table of transactions: it shows nothing new for as long as anybody keeps reading it.
    private static func waiting(for number: Int, _ database: Database) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let row = try await database.first(
                """
                SELECT COUNT(*) AS number FROM information_schema.PROCESSLIST
                WHERE DB = DATABASE() AND ID <> CONNECTION_ID() AND COMMAND IN ('Query', 'Execute') AND TIME_MS >= 100
                AND INFO LIKE '%UPDATE%'
                """)
            if try row?.get("number", as: Int.self) ?? 0 >= number { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ServiceError(.internal, "The changes do not wait for one another.")
    }
}
