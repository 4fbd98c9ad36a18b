import Core
import FoundationEssentials
import Logging
import TestSupport
import Testing

@testable import Database
@testable import Identity

/// Taking over the Keystone of `Tests/Golden/keystone-22`: the database of Debian 12's package, filled through its API,
/// with its keys; `made.json` has the ids and tokens that it gave.
@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct KeystoneImportTests {
    private static let folder = Golden.path("keystone-22")

    private struct World: Sendable {
        var env: IdentityEnvironment
        var work: KeystoneImport
        var keystone: Database
        var tokenKeys: FernetKeyFolder
        var clock: ManualClock
        var made: JSONValue

        func id(_ name: String) -> String { made["ids"]?[name]?.string ?? "" }
        func token(_ name: String) -> String { made["tokens"]?[name]?.string ?? "" }

        func takeOver() async throws -> ImportReport {
            _ = try await work.takeTokenKeys(
                from: FernetKeyFolder(path: "\(KeystoneImportTests.folder)/fernet-keys", maximumKeys: 3), to: tokenKeys,
                isTrial: false)
            let report = try await work.run(isTrial: false, again: true)
            // The keys are looked at again after a while.
            clock.advance(by: .seconds(3))
            return report
        }

        func count(_ table: StaticString) async throws -> Int {
            try await env.database.first("SELECT COUNT(*) AS number FROM \(sql: .identifier(table))")?.get("number")
                ?? 0
        }
    }

    private static func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/\(name)")), as: UTF8.self)
    }

    private func run(credentialKeys: String? = nil, _ body: (World) async throws -> Void) async throws {
        let root = "\(FileManager.default.temporaryDirectory.path)/apus-import-\(IDGenerator.random.hex())"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let tokenKeys = FernetKeyFolder(path: "\(root)/tokens", maximumKeys: 3)
        try tokenKeys.setUp()
        try FernetKeyFolder(path: "\(root)/credentials", maximumKeys: 3).setUp()
        let made = try JSONValue(parsing: try Self.text("made.json"))
        let statements = try Self.text("dump.sql").split(separator: ";\n")
        try await TestServices.withDatabase(poolSize: 2) { keystone in
            try await keystone.transaction("load dump") { tx in
                try tx.execute("SET FOREIGN_KEY_CHECKS = 0")
                for statement in statements { try tx.execute(SQL(text: String(statement), values: [])) }
                try tx.execute("SET FOREIGN_KEY_CHECKS = 1")
            }
            try await TestServices.withDatabase(service: "identity", migrations: identityMigrations) { database in
                let clock = ManualClock(Date(timeIntervalSince1970: Double(made["now"]?.int ?? 0) + 10))
                let configuration = try Configuration(
                    text: """
                        [fernet_tokens]
                        key_repository = \(tokenKeys.path)
                        [credential]
                        key_repository = \(root)/credentials
                        [passwords]
                        hash_rounds = 4
                        """)
                let env = try IdentityEnvironment.make(
                    configuration: configuration, database: database, clock: clock.clock, ids: .random,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                ) { _ in }
                let keys = FernetKeyFolder(path: credentialKeys ?? "\(Self.folder)/credential-keys", maximumKeys: 3)
                try await body(
                    World(
                        env: env, work: try KeystoneImport(env, from: KeystoneDatabase(keystone), credentialKeys: keys),
                        keystone: keystone, tokenKeys: tokenKeys, clock: clock, made: made))
            }
        }
    }

    private func login(_ world: World, _ name: String, _ password: String) async throws -> TokenService.Issued {
        let auth: JSONValue = [
            "identity": [
                "methods": ["password"],
                "password": [
                    "user": ["name": .string(name), "domain": ["name": "Acme"], "password": .string(password)]
                ],
            ], "scope": ["project": ["name": "top", "domain": ["name": "Acme"]]],
        ]
        return try await AuthenticationService(world.env).authenticate(try AuthRequest(auth))
    }

    @Test("The Keystone's tokens stay valid, and those that it revoked stay void") func tokens() async throws {
        try await run { world in
            _ = try await world.takeOver()
            let service = TokenService(world.env)
            for name in ["unscoped", "project", "domain", "system", "group", "appcred", "trust"] {
                await #expect(throws: Never.self, "\(name)") { try await service.validate(world.token(name)) }
            }
            await #expect(throws: InvalidToken.self) { try await service.validate(world.token("revoked")) }
            let alice = try await service.validate(world.token("project"))
            #expect(alice.user.name == "alice")
            #expect(alice.project?.id.rawValue == world.id("top"))
            #expect(alice.roles.map(\.name) == ["member", "operator", "reader"])
            let lent = try await service.validate(world.token("trust"))
            #expect(lent.trust?.id.rawValue == world.id("trust"))
            #expect(lent.user.name == "alice")
            // What the group inherits below the project.
            #expect(try await service.validate(world.token("group")).roles.map(\.name) == ["reader"])
        }
    }

    @Test("Users log in with the passwords and secrets that they had") func logins() async throws {
        try await run { world in
            _ = try await world.takeOver()
            let alice = try await login(world, "alice", "alice-secret")
            #expect(alice.token.user.id.rawValue == world.id("alice"))
            #expect(alice.token.user.extra["email"] == "alice@example.org")
            #expect(alice.token.user.hasOption("ignore_password_expiry"))
            // The one before the last, and one that is inherited from the domain.
            await #expect(throws: ServiceError.self) { try await login(world, "alice", "first-secret") }
            #expect(try await login(world, "dave", "dave-secret").token.roles.map(\.name) == ["member", "reader"])
            for (name, secret) in [("robot", "robot-secret"), ("narrow", "narrow-secret")] {
                let auth: JSONValue = [
                    "identity": [
                        "methods": ["application_credential"],
                        "application_credential": ["id": .string(world.id(name)), "secret": .string(secret)],
                    ]
                ]
                let issued = try await AuthenticationService(world.env).authenticate(try AuthRequest(auth))
                #expect(issued.token.applicationCredential?.isUnrestricted == (name == "narrow"))
                #expect(
                    issued.token.applicationCredential?.accessRules?.map(\.path)
                        == (name == "narrow" ? ["/v2/images"] : nil))
            }
        }
    }

    @Test("What the Keystone had encrypted is readable with identity's own keys") func secrets() async throws {
        try await run { world in
            _ = try await world.takeOver()
            let env = world.env
            let (pair, seed, consumer, options) = try await env.database.read("find secrets") { tx in
                (
                    try CredentialStore.find(CredentialService.id(ofAccessKey: world.id("ec2")), tx),
                    try CredentialStore.find(CredentialID(world.id("totp")), tx),
                    try ConsumerStore.find(ConsumerID(world.id("consumer")), tx),
                    try DomainConfigurationStore.list(DomainID(world.id("domain")), tx)
                )
            }
            let blob = try JSONValue(parsing: try env.decrypt(try #require(pair).blob))
            #expect(blob["secret"] == world.made["ec2_secret"])
            #expect(try env.decrypt(try #require(seed).blob) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
            #expect(try env.decrypt(try #require(consumer).secret) == world.made["consumer_secret"]?.string)
            let password = try #require(options.first { $0.name == "password" })
            #expect(try env.decrypt(password.value.string ?? "") == "\"ldap-secret\"")
            #expect(options.contains { $0.name == "url" && $0.value == "ldap://x" && !$0.isEncrypted })
        }
    }

    @Test("Resources are what they were") func resources() async throws {
        try await run { world in
            let report = try await world.takeOver()
            #expect(report.kinds.allSatisfy { $0.count.left.isEmpty && $0.count.imported == $0.count.found })
            #expect(report["projects"].imported == 6)
            #expect(report["users"].imported == 6)
            let projects = ProjectService(world.env)
            let top = try #require(try await projects.find(ProjectID(world.id("top"))))
            #expect(top.tags == ["blue", "green"])
            #expect(top.extra == ["owner": "me"])
            #expect(top.parentID?.rawValue == world.id("domain"))
            let child = try #require(try await projects.find(ProjectID(world.id("child"))))
            #expect(child.parentID == top.id)
            let frozen = try #require(try await projects.find(ProjectID(world.id("frozen"))))
            #expect(frozen.isImmutable)
            let found = try await world.env.database.read("find resources") { tx in
                (
                    mapping: try FederationStore.mapping(MappingID("m"), tx),
                    policy: try PolicyDocumentStore.find(PolicyDocumentID(world.id("policy")), tx),
                    endpoint: try CatalogStore.endpoint(EndpointID(world.id("endpoint")), tx),
                    limit: try LimitStore.limit(LimitID(world.id("limit")), tx),
                    logins: try FederationStore.logins(of: [UserID(world.id("fred"))], tx)
                )
            }
            #expect(found.mapping?.rules.array?.count == 1)
            #expect(found.policy?.blob == "{\"a\": \"b\"}")
            #expect(found.endpoint?.url == "http://images/%(project_id)s")
            #expect(found.limit?.resourceLimit == 5)
            #expect(found.logins[UserID(world.id("fred"))]?.map(\.uniqueID) == ["fred"])
            #expect(try await world.count("policy_associations") == 1)
            #expect(try await world.count("oauth_access_tokens") == 1)
            #expect(try await world.count("project_endpoints") == 1)
            #expect(try await world.count("project_endpoint_groups") == 1)
        }
    }

    @Test("A trial writes nothing; a second import changes nothing") func repeated() async throws {
        try await run { world in
            let trial = try await world.work.run(isTrial: true)
            #expect(trial["users"].imported == 6)
            #expect(try await world.count("projects") == 0)
            let first = try await world.takeOver()
            #expect(first["users"].imported == 6)
            let keys = try world.tokenKeys.keySet()
            let tables: [StaticString] = ["projects", "users", "passwords", "role_assignments", "revocation_events"]
            var before: [Int] = []
            for table in tables { before.append(try await world.count(table)) }
            // As after a break: it is not said to be finished.
            let second = try await world.takeOver()
            #expect(second.kinds.allSatisfy { $0.count.imported == 0 && $0.count.present == $0.count.found })
            var after: [Int] = []
            for table in tables { after.append(try await world.count(table)) }
            #expect(before == after)
            #expect(try world.tokenKeys.keySet() == keys)
            // Nor does it undo a rotation.
            try world.tokenKeys.rotate()
            let rotated = try world.tokenKeys.keySet()
            _ = try await world.takeOver()
            #expect(try world.tokenKeys.keySet() == rotated)
        }
    }

    @Test("Nothing is mixed into a cloud of its own, taken from an unknown schema, or without the keys")
    func refusals() async throws {
        try await run { world in
            _ = try await Bootstrap(world.env).run(
                Bootstrap.Request(
                    adminPassword: "secret", servicePassword: "service", region: "RegionOne", hostIP: "192.0.2.1",
                    demoPassword: "demo"))
            let error = await #expect(throws: ServiceError.self) { try await world.work.run(isTrial: true) }
            #expect(error?.code == .conflict)
        }
        try await run { world in
            _ = try await world.keystone.execute("UPDATE alembic_version SET version_num = 'f00' LIMIT 1")
            let error = await #expect(throws: ServiceError.self) { try await world.work.run(isTrial: true) }
            #expect(error?.code == .preconditionFailed)
        }
        try await run(credentialKeys: "\(Self.folder)/fernet-keys") { world in
            let error = await #expect(throws: ServiceError.self) { try await world.work.run(isTrial: true) }
            #expect(error?.code == .preconditionFailed)
        }
    }

    @Test("What Keystone left behind is left out, and told") func leftovers() async throws {
        try await run { world in
            _ = try await world.keystone.execute(
                """
                INSERT INTO assignment (type, actor_id, target_id, role_id, inherited)
                SELECT 'UserProject', 'nobody', target_id, role_id, 0 FROM assignment LIMIT 1
                """)
            let report = try await world.takeOver()
            #expect(report["role assignments"].left == ["what it belongs to is gone": 1])
            #expect(report.text.contains("1 left out (what it belongs to is gone: UserProject nobody "))
        }
    }

    @Test("What belongs to a user who was left out is left out, and the rest is imported") func orphans() async throws {
        try await run { world in
            let keystone = world.keystone
            _ = try await keystone.execute("DELETE FROM local_user WHERE user_id = \(world.id("alice"))")
            _ = try await keystone.execute("DELETE FROM federated_user WHERE user_id = \(world.id("alice"))")
            let report = try await world.takeOver()
            #expect(report["users"].left == ["it has no name": 1])
            #expect(report["users"].leftKeys == ["it has no name": [world.id("alice")]])
            for kind in ["role assignments", "application credentials"] {
                #expect(report[kind].left["what it belongs to was left out"] ?? 0 > 0, "\(kind)")
                #expect(report[kind].present == 0, "\(kind)")
            }
            #expect(report["domains' options"].imported == report["domains' options"].found)
        }
    }

    @Test("Regions that are each other's parents are deleted together") func circle() async throws {
        try await run { world in
            for (id, parent) in [("a", "b"), ("b", "a")] {
                _ = try await world.keystone.execute(
                    "INSERT INTO region (id, description, parent_region_id) VALUES (\(id), '', \(parent))")
            }
            _ = try await world.takeOver()
            let before = try await world.count("regions")
            try await CatalogAdministration(world.env).delete(RegionID("a"), RequestContext(requestID: "req-1"))
            #expect(try await world.count("regions") == before - 2)
        }
    }

    @Test("A row with malformed JSON is named and left out") func malformed() async throws {
        try await run { world in
            _ = try await world.keystone.execute(
                "UPDATE project SET extra = '{\"secret\": ' WHERE id = \(world.id("child"))")
            let report = try await world.takeOver()
            #expect(report["projects"].leftKeys == ["its JSON is malformed": [world.id("child")]])
            #expect(report["projects"].imported == 5)
            #expect(!report.text.contains("secret\""))
        }
    }

    @Test("Whom Keystone lets in by no word of its own stays outside") func enabledNull() async throws {
        try await run { world in
            _ = try await world.keystone.execute("UPDATE user SET enabled = NULL WHERE id = \(world.id("alice"))")
            _ = try await world.keystone.execute("UPDATE project SET enabled = NULL WHERE id = \(world.id("child"))")
            _ = try await world.takeOver()
            let alice = try await world.env.database.read("find user") { tx in
                try UserStore.find(UserID(world.id("alice")), tx)
            }
            #expect(alice?.isEnabled == false)
            let child = try await ProjectService(world.env).find(ProjectID(world.id("child")))
            #expect(child?.isEnabled == false)
        }
    }

    @Test("The Keystone's own user keeps the name that an identity provider's user has too")
    func namesakes() async throws {
        try await run { world in
            let id = "00000000000000000000000000000000"
            _ = try await world.keystone.execute(
                """
                INSERT INTO user (id, enabled, domain_id) SELECT \(id), 1, domain_id FROM user
                WHERE id = \(world.id("alice"))
                """)
            _ = try await world.keystone.execute(
                """
                INSERT INTO federated_user (user_id, idp_id, protocol_id, unique_id, display_name)
                SELECT \(id), idp_id, protocol_id, 'stranger', 'alice' FROM federated_user LIMIT 1
                """)
            let report = try await world.takeOver()
            #expect(report["users"].imported == 7)
            #expect(report.kinds.filter { $0.name == "users" }.count == 1)
            let names = try await world.env.database.read("find users") { tx in
                [
                    try UserStore.find(UserID(world.id("alice")), tx)?.name,
                    try UserStore.find(UserID(id), tx)?.name,
                ]
            }
            #expect(names == ["alice", "alice (\(id))"])
        }
    }

    @Test("What was taken away since an import was finished comes back only on demand") func finished() async throws {
        try await run { world in
            _ = try await world.takeOver()
            try await world.work.finish()
            _ = try await world.env.database.execute("DELETE FROM role_assignments")
            let error = await #expect(throws: ServiceError.self) { try await world.work.run(isTrial: false) }
            #expect(error?.code == .conflict)
            #expect(try await world.count("role_assignments") == 0)
            let report = try await world.work.run(isTrial: false, again: true)
            #expect(report["role assignments"].imported == report["role assignments"].found)
            // Tokens have been made with other keys since.
            for _ in 0..<3 { try world.tokenKeys.rotate() }
            let keys = try world.tokenKeys.keySet()
            _ = try await world.takeOver()
            #expect(try world.tokenKeys.keySet() == keys)
        }
    }

    @Test("Taking over token keys goes on after a break") func brokenKeys() async throws {
        try await run { world in
            let folder = FernetKeyFolder(path: "\(Self.folder)/fernet-keys", maximumKeys: 3)
            let wanted = try folder.keySet()
            let primary = try #require(wanted.keys.keys.max())
            // Ours, and the first of theirs; then all of theirs, and a higher one of ours.
            for stranger in [nil, primary + 5] {
                try world.tokenKeys.write(FernetKey.generateText(), number: 0)
                try world.tokenKeys.write(FernetKey.generateText(), number: 1)
                try world.tokenKeys.write(try #require(wanted.keys[primary]), number: primary)
                if let stranger {
                    try world.tokenKeys.replace(with: wanted)
                    try world.tokenKeys.write(FernetKey.generateText(), number: stranger)
                }
                #expect(
                    try await world.work.takeTokenKeys(from: folder, to: world.tokenKeys, isTrial: false))
                #expect(try world.tokenKeys.keySet() == wanted)
            }
        }
    }

    @Test("A connection is read as Keystone writes it") func connections() throws {
        let options = try KeystoneDatabase.options(
            "mysql+pymysql://key%40stone:p%2Fw:x@db.example.org:3307/keystone?charset=utf8&ssl_ca=/etc/ca.pem")
        #expect(options.user == "key@stone")
        #expect(options.password.reveal() == "p/w:x")
        #expect(options.host == "db.example.org")
        #expect(options.port == 3307)
        #expect(options.name == "keystone")
        #expect(options.tlsCA == "/etc/ca.pem")
        #expect(try KeystoneDatabase.options("mysql://u@localhost/k?unix_socket=/run/db.sock").socket == "/run/db.sock")
        let distant = try KeystoneDatabase.options("mysql://u@[2001:db8::1]:3307/k?ssl_cert=/c.pem&ssl_key=/k.pem")
        #expect(distant.host == "2001:db8::1" && distant.port == 3307)
        #expect(distant.tlsCertificate == "/c.pem" && distant.tlsKey == "/k.pem")
        #expect(try KeystoneDatabase.options("mysql://u@[::1]/k").port == 3306)
        #expect(throws: ConfigurationError.self) { try KeystoneDatabase.options("mysql://u@[::1]x/k") }
        for text in ["sqlite:////var/keystone.db", "postgresql://u@h/k", "mysql://h/k", "mysql://u@h", ""] {
            #expect(throws: ConfigurationError.self, "\(text)") { try KeystoneDatabase.options(text) }
        }
    }

    @Test("Users and groups of LDAP domains keep their ids and roles") func directories() async throws {
        try await run { world in
            let domain = world.id("domain")
            let user = DirectoryStore.publicID("ann", .user, in: DomainID(domain))
            let group = DirectoryStore.publicID("staff", .group, in: DomainID(domain))
            let project = world.id("top")
            try await world.keystone.transaction("fill") { tx in
                try tx.execute(
                    """
                    INSERT INTO id_mapping (public_id, domain_id, local_id, entity_type)
                    VALUES (\(user), \(domain), 'ann', 'user'), (\(group), \(domain), 'staff', 'group')
                    """)
                try tx.execute(
                    """
                    INSERT INTO assignment (type, actor_id, target_id, role_id, inherited)
                    SELECT 'GroupProject', \(group), \(project), id, 0 FROM role WHERE name = 'member'
                    """)
            }
            for count in [2, 0] {
                let report = try await world.takeOver()
                #expect(report["users and groups in LDAP"].imported == count)
            }
            let found = try await world.env.database.read("look") { tx in
                try DirectoryStore.ids(of: ["ann"], .user, in: DomainID(domain), tx)
            }
            #expect(found == ["ann": user])
            let roles = try await world.env.database.read("look") { tx in
                try AssignmentStore.list(actors: [.group(GroupID(group))], tx)
            }
            #expect(roles.map(\.target.id) == [project])
        }
    }
}
