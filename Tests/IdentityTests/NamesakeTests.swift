import Core
import Database
import FoundationEssentials
import TestSupport
import Testing

@testable import Identity

/// Domains and projects of one name, large domains, and accounts that change while somebody logs in.
@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct NamesakeTests {
    /// The usual name of a customer's first project.
    @Test func aProjectIsFoundInADomainOfItsName() async throws {
        try await APIWorld.run { world in
            let role = try await world.identity.role("member").id
            for name in (0..<6).map({ JSONValue.string("acme\($0)") }) {
                let domain = try await world.make("POST", "/domains", ["domain": ["name": name]])["domain"]?["id"]
                let domainID = try #require(domain)
                let project = try await world.make(
                    "POST", "/projects", ["project": ["name": name, "domain_id": domainID]])["project"]?["id"]
                let user = try await world.make(
                    "POST", "/users", ["user": ["name": name, "domain_id": domainID, "password": "secret"]])
                let (projectID, userID) = (project?.string ?? "", user["user"]?["id"]?.string ?? "")
                try await world.make("PUT", "/projects/\(projectID)/users/\(userID)/roles/\(role)")
                let identity: JSONValue = [
                    "methods": ["password"],
                    "password": ["user": ["name": name, "domain": ["name": name], "password": "secret"]],
                ]
                func login(_ project: JSONValue) async throws -> (status: Int, project: JSONValue?) {
                    let body: JSONValue = ["auth": ["identity": identity, "scope": ["project": project]]]
                    let answer = try await world.call("POST", "/auth/tokens", body, token: "")
                    return (answer.status, answer.body["token"]?["project"]?["id"])
                }
                let byName = try await login(["name": name, "domain": ["name": name]])
                #expect(byName.status == 201 && byName.project == project)
                let byID = try await login(["name": name, "domain": ["id": domainID]])
                #expect(byID.status == 201 && byID.project == project)
                // No domain is in one.
                #expect(try await login(["name": name, "domain": ["id": ""]]).status == 401)
                #expect(try await world.status("DELETE", "/projects/\(projectID)") == 204)
                #expect(try await login(["name": name, "domain": ["name": name]]).status == 401)
            }
        }
    }

    /// A statement binds 65,535 values.
    @Test func aDomainOfAnySizeCanBeDeleted() async throws {
        let options = "[oslo_messaging_notifications]\ndriver = messagingv2\n"
        try await APIWorld.run(options: options) { world in
            let made = try await world.make("POST", "/domains", ["domain": ["name": "large", "enabled": false]])
            let domain = try #require(made["domain"]?["id"]?.string)
            let database = world.identity.env.database
            try await database.execute(
                """
                INSERT INTO users (id, domain_id, name, enabled, options, extra, created_at)
                SELECT CONCAT('u', seq), \(domain), CONCAT('u', seq), TRUE, '{}', '{}', UTC_TIMESTAMP(6)
                FROM seq_1_to_17000
                """)
            try await database.execute(
                """
                INSERT INTO projects (id, name, domain_id, parent_id, is_domain, description, enabled, options, extra)
                SELECT CONCAT('p', seq), CONCAT('p', seq), \(domain), \(domain), FALSE, '', TRUE, '{}', '{}'
                FROM seq_1_to_8000
                """)
            #expect(try await world.status("DELETE", "/domains/\(domain)") == 204)
            for table in ["users", "projects"] as [StaticString] {
                let rows = try await database.query(
                    "SELECT id FROM \(identifier: table) WHERE domain_id = \(domain)")
                #expect(rows.isEmpty)
            }
            let told = try await database.first("SELECT COUNT(*) AS count FROM audit WHERE operation = 'deleted'")
            #expect(try told?.get("count", as: Int.self) == 25_001)
        }
    }

    /// Passwords take a while to check.
    @Test func whoIsDisabledWhileLoggingInGetsNoToken() async throws {
        try await IdentityWorld.run { world in
            let env = world.env
            let demo = try await world.user("demo")
            let project = try await world.project(named: "demo").id
            var known = TokenResolver.Known()
            known.account = try await env.database.read("account") { tx in
                try UserStore.account(.id(demo.id), tx).map { ($0.user, $0.domain) }
            }
            for scope in [.project(project), .unscoped] as [TokenPayload.Scope] {
                var grant = TokenService.Grant(user: demo.id, methods: .password, scope: scope)
                grant.known = known
                _ = try await TokenService(env).issue(grant)
                try await env.database.execute("UPDATE users SET enabled = FALSE WHERE id = \(demo.id)")
                let refused = grant
                await #expect(throws: ServiceError.self) { _ = try await TokenService(env).issue(refused) }
                try await env.database.execute("UPDATE users SET enabled = TRUE WHERE id = \(demo.id)")
            }
        }
    }
}
