import Core
import FoundationEssentials
import HTTPTypes
import TestSupport
import Testing
import WebAPI

@testable import Identity

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct FederationTests {
    private let options = """
        [federation]
        proxy_secret = shared
        remote_id_attribute = HTTP_OIDC_ISS
        trusted_dashboard = https://dash.example.org/auth/websso/
        """
    private let login = "/OS-FEDERATION/identity_providers/acme/protocols/openid/auth"

    private func headers(_ name: String, groups: String = "staff", _ more: [String: String] = [:]) -> [String: String] {
        [
            "X-Apus-Proxy-Secret": "shared", "OIDC-iss": "https://idp.example.org", "OIDC-sub": name,
            "OIDC-email": "\(name)@example.org", "OIDC-groups": groups,
        ].merging(more) { $1 }
    }

    private func mapping(_ version: String, _ projects: JSONValue = []) -> JSONValue {
        [
            "mapping": [
                "schema_version": .string(version),
                "rules": [
                    [
                        "local": [
                            ["user": ["name": "{0}", "email": "{1}"], "projects": projects],
                            ["groups": "{2}", "domain": ["id": "default"]],
                        ],
                        "remote": [
                            ["type": "HTTP_OIDC_SUB"], ["type": "HTTP_OIDC_EMAIL"],
                            ["type": "HTTP_OIDC_GROUPS", "whitelist": ["staff", "guests"]],
                        ],
                    ]
                ],
            ]
        ]
    }

    private func setUp(_ world: APIWorld, _ mapping: JSONValue? = nil) async throws {
        try await world.make(
            "PUT", "/OS-FEDERATION/identity_providers/acme",
            ["identity_provider": ["enabled": true, "remote_ids": ["https://idp.example.org"]]])
        try await world.make("PUT", "/OS-FEDERATION/mappings/m", mapping ?? self.mapping("1.0"))
        try await world.make(
            "PUT", "/OS-FEDERATION/identity_providers/acme/protocols/openid", ["protocol": ["mapping_id": "m"]])
    }

    private func group(_ world: APIWorld, _ name: String) async throws -> String {
        try await world.make("POST", "/groups", ["group": ["name": .string(name), "domain_id": "default"]])["group"]?[
            "id"]?.string ?? ""
    }

    @Test func providersMappingsAndProtocolsAreManaged() async throws {
        try await APIWorld.run(options: options) { world in
            try await setUp(world)
            let provider = "/OS-FEDERATION/identity_providers/acme"
            let shown = try await world.call("GET", provider).body["identity_provider"]
            #expect(shown?["enabled"] == true)
            #expect(shown?["remote_ids"] == ["https://idp.example.org"])
            let domain = shown?["domain_id"]?.string ?? ""
            #expect(try await world.status("GET", "/domains/\(domain)") == 200)
            #expect(try await world.status("PUT", provider, ["identity_provider": [:]]) == 409)
            #expect(
                try await world.status(
                    "PUT", "/OS-FEDERATION/identity_providers/other",
                    ["identity_provider": ["remote_ids": ["https://idp.example.org"]]]) == 409)
            // Nothing is left of what could not be made.
            #expect(try await world.status("GET", "/OS-FEDERATION/identity_providers/other") == 404)
            #expect(
                try await world.status("PATCH", provider, ["identity_provider": ["domain_id": "default"]]) == 400)
            #expect(try await world.status("PATCH", provider, ["identity_provider": ["authorization_ttl": 5]]) == 200)
            let listed = try await world.call("GET", "/OS-FEDERATION/identity_providers?enabled=false")
            #expect(listed.body["identity_providers"] == [])

            let ways = try await world.call("GET", provider + "/protocols").body["protocols"]
            #expect(ways?[0]?["idp_id"] == "acme")
            #expect(
                try await world.status(
                    "PATCH", provider + "/protocols/openid", ["protocol": ["mapping_id": "none"]]) == 400)
            #expect(try await world.status("DELETE", "/OS-FEDERATION/mappings/m") == 409)
            #expect(try await world.status("PATCH", "/OS-FEDERATION/mappings/m", mapping("2.0")) == 200)
            #expect(try await world.status("PATCH", "/OS-FEDERATION/mappings/none", mapping("2.0")) == 404)
            #expect(try await world.status("PUT", "/OS-FEDERATION/mappings/bad", ["mapping": ["rules": []]]) == 400)
            #expect(try await world.status("DELETE", provider + "/protocols/openid") == 204)
            #expect(try await world.status("GET", provider + "/protocols/openid") == 404)
            #expect(try await world.status("DELETE", "/OS-FEDERATION/mappings/m") == 204)
            #expect(try await world.status("DELETE", provider) == 204)
            #expect(try await world.status("GET", provider) == 404)
        }
    }

    @Test func serviceProvidersAreShownInTokens() async throws {
        try await APIWorld.run { world in
            let path = "/OS-FEDERATION/service_providers/sp"
            let body: JSONValue = [
                "service_provider": ["auth_url": "https://b/v3", "sp_url": "https://b/sp", "enabled": true]
            ]
            #expect(try await world.status("PUT", path, body) == 201)
            #expect(try await world.status("PUT", path, body) == 409)
            let admin = try await world.identity.user("admin").id.rawValue
            let token = try await world.call("POST", "/auth/tokens", APIWorld.login(admin, "secret"), token: "")
            #expect(token.body["token"]?["service_providers"]?[0]?["sp_url"] == "https://b/sp")
            #expect(try await world.status("PATCH", path, ["service_provider": ["enabled": false]]) == 200)
            let later = try await world.call("POST", "/auth/tokens", APIWorld.login(admin, "secret"), token: "")
            #expect(later.body["token"]?["service_providers"] == nil)
            #expect(try await world.status("DELETE", path) == 204)
            #expect(try await world.status("DELETE", path) == 404)
        }
    }

    @Test func aUserOfAnIdentityProviderGetsTheGroupsRoles() async throws {
        try await APIWorld.run(options: options) { world in
            try await setUp(world)
            let staff = try await group(world, "staff")
            let project = try await world.identity.project(named: "demo").id.rawValue
            let reader = try await world.identity.role("reader").id
            try await world.make("PUT", "/projects/\(project)/groups/\(staff)/roles/\(reader)")
            let answer = try await world.call("POST", login, token: "", headers: headers("bob"))
            #expect(answer.status == 201, "\(answer.text)")
            #expect(answer.body["token"]?["user"]?["name"] == "bob")
            #expect(answer.body["token"]?["methods"] == ["openid"])
            let federation = answer.body["token"]?["user"]?["OS-FEDERATION"]
            #expect(federation?["identity_provider"]?["id"] == "acme")
            #expect(federation?["groups"] == [["id": .string(staff)]])
            let unscoped = try #require(answer.headers[.subjectToken])
            let projects = try await world.call("GET", "/OS-FEDERATION/projects", token: unscoped)
            #expect(projects.body["projects"]?.array?.compactMap { $0["name"]?.string } == ["demo"])

            let scope: JSONValue = [
                "auth": [
                    "identity": ["methods": ["token"], "token": ["id": .string(unscoped)]],
                    "scope": ["project": ["id": .string(project)]],
                ]
            ]
            let scoped = try await world.call("POST", "/auth/tokens", scope, token: "")
            #expect(scoped.status == 201, "\(scoped.text)")
            #expect(scoped.body["token"]?["roles"]?.array?.compactMap { $0["name"]?.string } == ["reader"])
            #expect(scoped.body["token"]?["user"]?["OS-FEDERATION"] == federation)

            // The second login is the same user.
            let again = try await world.call("POST", login, token: "", headers: headers("bob"))
            #expect(again.body["token"]?["user"]?["id"] == answer.body["token"]?["user"]?["id"])
            // Without the group there is no project.
            let outsider = try await world.call("POST", login, token: "", headers: headers("eve", groups: "none"))
            #expect(outsider.status == 201)
            let none = try await world.call(
                "GET", "/OS-FEDERATION/projects", token: outsider.headers[.subjectToken] ?? "")
            #expect(none.body["projects"] == [])

            try await world.make(
                "PATCH", "/OS-FEDERATION/identity_providers/acme", ["identity_provider": ["enabled": false]])
            #expect(try await world.status("GET", "/auth/projects", token: scoped.headers[.subjectToken]) == 401)
            #expect(try await world.call("POST", login, token: "", headers: headers("bob")).status == 403)
        }
    }

    @Test func anAdministratorSaysWhoIsWhoAtTheProvider() async throws {
        try await APIWorld.run(options: options) { world in
            try await setUp(world)
            func logins(_ way: String, _ name: String = "bob") -> JSONValue {
                [["idp_id": "acme", "protocols": [["protocol_id": .string(way), "unique_id": .string(name)]]]]
            }
            let body: JSONValue = ["user": ["name": "robert", "federated": logins("openid")]]
            let made = try await world.call("POST", "/users", body)
            #expect(made.status == 200 || made.status == 201)
            #expect(made.body["user"]?["federated"] == logins("openid"))
            let id = made.body["user"]?["id"]?.string ?? ""
            let answer = try await world.call("POST", login, token: "", headers: headers("bob"))
            #expect(answer.body["token"]?["user"]?["id"]?.string == id)
            #expect(
                try await world.status("PATCH", "/users/\(id)", ["user": ["federated": logins("none")]]) == 400)
            let changed = try await world.call(
                "PATCH", "/users/\(id)", ["user": ["federated": logins("openid", "alice")]])
            #expect(changed.body["user"]?["federated"] == logins("openid", "alice"))
            let other = try await world.call("POST", login, token: "", headers: headers("bob"))
            #expect(other.body["token"]?["user"]?["id"]?.string != id)
        }
    }

    /// Anybody can send such headers; only the proxy knows the secret.
    @Test func forgedAssertionsAreNotLookedAt() async throws {
        try await APIWorld.run(options: options) { world in
            try await setUp(world)
            for secret in ["", "wrong", "share"] {
                let answer = try await world.call(
                    "POST", login, token: "", headers: headers("bob", ["X-Apus-Proxy-Secret": secret]))
                #expect(answer.status == 401)
            }
            let external: JSONValue = ["auth": ["identity": ["methods": ["external"]]]]
            let forged = try await world.call(
                "POST", "/auth/tokens", external, token: "", headers: ["X-Remote-User": "admin"])
            #expect(forged.status == 401)
            let real = try await world.call(
                "POST", "/auth/tokens", external, token: "",
                headers: ["X-Remote-User": "admin", "X-Apus-Proxy-Secret": "shared"])
            #expect(real.status == 201)
            #expect(real.body["token"]?["methods"] == ["external"])
        }
        try await APIWorld.run { world in
            try await setUp(world)
            // Without a secret in the options no proxy is trusted, not even with an empty one.
            let answer = try await world.call(
                "POST", login, token: "", headers: headers("bob", ["X-Apus-Proxy-Secret": ""]))
            #expect(answer.status == 401)
        }
    }

    @Test func assertionsOfAnotherProviderAreRefused() async throws {
        try await APIWorld.run(options: options) { world in
            try await setUp(world)
            let other = headers("bob", ["OIDC-iss": "https://evil.example.org"])
            #expect(try await world.call("POST", login, token: "", headers: other).status == 403)
            var none = headers("bob")
            none["OIDC-iss"] = nil
            #expect(try await world.call("POST", login, token: "", headers: none).status == 400)
        }
    }

    /// A provider whose domain has local users must not become one of them.
    @Test func aMappedNameTakesNoLocalAccountOver() async throws {
        try await APIWorld.run(options: options) { world in
            try await world.make(
                "PUT", "/OS-FEDERATION/identity_providers/acme",
                ["identity_provider": ["enabled": true, "domain_id": "default"]])
            try await world.make("PUT", "/OS-FEDERATION/mappings/m", mapping("1.0"))
            try await world.make(
                "PUT", "/OS-FEDERATION/identity_providers/acme/protocols/openid", ["protocol": ["mapping_id": "m"]])
            let admin = try await world.identity.user("admin").id.rawValue
            let answer = try await world.call("POST", login, token: "", headers: headers("admin"))
            #expect(answer.status == 201)
            #expect(answer.body["token"]?["user"]?["id"]?.string != admin)
        }
    }

    @Test func mappedProjectsAreMadeAndRolesKeptExact() async throws {
        try await APIWorld.run(options: options) { world in
            let both: JSONValue = [
                ["name": "one", "domain": ["id": "default"], "roles": [["name": "member"]]],
                ["name": "two", "domain": ["id": "default"], "roles": [["name": "reader"]]],
            ]
            try await setUp(world, mapping("3.0", both))
            _ = try await group(world, "staff")
            func projects() async throws -> [String] {
                let answer = try await world.call("POST", login, token: "", headers: headers("bob"))
                #expect(answer.status == 201, "\(answer.text)")
                let listed = try await world.call(
                    "GET", "/auth/projects", token: answer.headers[.subjectToken] ?? "")
                return listed.body["projects"]?.array?.compactMap { $0["name"]?.string }.sorted() ?? []
            }
            #expect(try await projects() == ["one", "two"])
            #expect(try await projects() == ["one", "two"])
            let one: JSONValue = [["name": "one", "domain": ["id": "default"], "roles": [["name": "reader"]]]]
            try await world.make("PATCH", "/OS-FEDERATION/mappings/m", mapping("3.0", one))
            #expect(try await projects() == ["one"])
            let missing: JSONValue = [["name": "three", "roles": [["name": "no such role"]]]]
            try await world.make("PATCH", "/OS-FEDERATION/mappings/m", mapping("3.0", missing))
            #expect(try await world.call("POST", login, token: "", headers: headers("bob")).status == 401)
        }
    }

    @Test func dashboardsThatAreTrustedGetTheToken() async throws {
        try await APIWorld.run(options: options) { world in
            try await setUp(world)
            let path = "/auth/OS-FEDERATION/websso/openid"
            let origin = "https://dash.example.org/auth/websso/"
            let page = try await world.call("GET", path + "?origin=\(origin)", token: "", headers: headers("bob"))
            #expect(page.status == 200, "\(page.text)")
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            #expect(page.text.contains("action=\"\(origin)\""))
            let evil = try await world.call(
                "GET", path + "?origin=https://evil.example.org/", token: "", headers: headers("bob"))
            #expect(evil.status == 401)
            #expect(try await world.call("GET", path, token: "", headers: headers("bob")).status == 400)
            let direct = try await world.call(
                "POST", "/auth/OS-FEDERATION/identity_providers/acme/protocols/openid/websso?origin=\(origin)",
                token: "", headers: headers("bob"))
            #expect(direct.status == 200)
        }
    }

    /// A token that identity remembers ends with the membership that its roles come of.
    @Test func rememberedTokensEndWithTheirMemberships() async throws {
        try await APIWorld.run(options: options) { world in
            try await setUp(world)
            try await world.make(
                "PATCH", "/OS-FEDERATION/identity_providers/acme", ["identity_provider": ["authorization_ttl": 10]])
            let staff = try await group(world, "staff")
            let project = try await world.identity.project(named: "demo").id.rawValue
            let member = try await world.identity.role("member").id
            try await world.make("PUT", "/projects/\(project)/groups/\(staff)/roles/\(member)")
            let answer = try await world.call("POST", login, token: "", headers: headers("bob"))
            let user = answer.body["token"]?["user"]?["id"]?.string ?? ""
            let scope: JSONValue = [
                "auth": [
                    "identity": [
                        "methods": ["token"], "token": ["id": .string(answer.headers[.subjectToken] ?? "")],
                    ], "scope": ["project": ["id": .string(project)]],
                ]
            ]
            let scoped = try await world.call("POST", "/auth/tokens", scope, token: "")
            let made = try await world.call(
                "POST", "/users/\(user)/application_credentials", ["application_credential": ["name": "a"]],
                token: scoped.headers[.subjectToken]
            ).body["application_credential"]
            let credential: JSONValue = [
                "auth": [
                    "identity": [
                        "methods": ["application_credential"],
                        "application_credential": ["id": made?["id"] ?? .null, "secret": made?["secret"] ?? .null],
                    ]
                ]
            ]
            let issued = try await world.call("POST", "/auth/tokens", credential, token: "")
            let token = try #require(issued.headers[.subjectToken])
            #expect(try await world.status("GET", "/auth/catalog", token: token) == 200)
            world.identity.clock.advance(by: .seconds(601))
            #expect(try await world.status("GET", "/auth/catalog", token: token) == 401)
        }
    }

    /// Whichever of several first logins makes the user, the others get that one.
    @Test func firstLoginsAtOnceAreOneUser() async throws {
        try await APIWorld.run(options: options) { world in
            try await setUp(world)
            let users = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let answer = try await world.call("POST", login, token: "", headers: headers("bob"))
                        #expect(answer.status == 201, "\(answer.text)")
                        return answer.body["token"]?["user"]?["id"]?.string ?? ""
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(users.count == 1)
        }
    }

    /// A local user of that name keeps it, however long it is.
    @Test func longNamesThatAreTakenLeaveRoom() async throws {
        try await APIWorld.run(options: options) { world in
            try await setUp(world)
            let provider = try await world.call("GET", "/OS-FEDERATION/identity_providers/acme")
            let domain = provider.body["identity_provider"]?["domain_id"] ?? .null
            let name = String(repeating: "n", count: 250)
            try await world.make("POST", "/users", ["user": ["name": .string(name), "domain_id": domain]])
            let answer = try await world.call("POST", login, token: "", headers: headers(name))
            #expect(answer.status == 201, "\(answer.text)")
        }
    }

    /// An empty list takes no login away, as in Keystone.
    @Test func anEmptyListOfLoginsLeavesThem() async throws {
        try await APIWorld.run(options: options) { world in
            try await setUp(world)
            let answer = try await world.call("POST", login, token: "", headers: headers("bob"))
            let user = answer.body["token"]?["user"]?["id"]?.string ?? ""
            let changed = try await world.call("PATCH", "/users/\(user)", ["user": ["federated": []]])
            #expect(changed.body["user"]?["federated"]?.array?.count == 1, "\(changed.text)")
        }
    }

    /// What the user makes with a token of the provider goes on for a while without one.
    @Test func groupsHoldForTheProvidersTime() async throws {
        try await APIWorld.run(options: options) { world in
            try await setUp(world)
            try await world.make(
                "PATCH", "/OS-FEDERATION/identity_providers/acme", ["identity_provider": ["authorization_ttl": 60]])
            let staff = try await group(world, "staff")
            let project = try await world.identity.project(named: "demo").id.rawValue
            let member = try await world.identity.role("member").id
            try await world.make("PUT", "/projects/\(project)/groups/\(staff)/roles/\(member)")
            let answer = try await world.call("POST", login, token: "", headers: headers("bob"))
            let user = answer.body["token"]?["user"]?["id"]?.string ?? ""
            let scope: JSONValue = [
                "auth": [
                    "identity": [
                        "methods": ["token"], "token": ["id": .string(answer.headers[.subjectToken] ?? "")],
                    ], "scope": ["project": ["id": .string(project)]],
                ]
            ]
            let scoped = try await world.call("POST", "/auth/tokens", scope, token: "")
            let made = try await world.call(
                "POST", "/users/\(user)/application_credentials", ["application_credential": ["name": "a"]],
                token: scoped.headers[.subjectToken]
            ).body["application_credential"]
            let credential: JSONValue = [
                "auth": [
                    "identity": [
                        "methods": ["application_credential"],
                        "application_credential": ["id": made?["id"] ?? .null, "secret": made?["secret"] ?? .null],
                    ]
                ]
            ]
            #expect(try await world.status("POST", "/auth/tokens", credential, token: "") == 201)
            world.identity.clock.advance(by: .seconds(3601))
            #expect(try await world.status("POST", "/auth/tokens", credential, token: "") == 401)
            // A login renews it; one without the group ends it at once.
            _ = try await world.call("POST", login, token: "", headers: headers("bob"))
            #expect(try await world.status("POST", "/auth/tokens", credential, token: "") == 201)
            _ = try await world.call("POST", login, token: "", headers: headers("bob", groups: "none"))
            #expect(try await world.status("POST", "/auth/tokens", credential, token: "") == 401)
        }
    }

    @Test func aDeletedDomainTakesItsProvidersWithIt() async throws {
        try await APIWorld.run(options: options) { world in
            try await setUp(world)
            let answer = try await world.call("POST", login, token: "", headers: headers("bob"))
            let shown = try await world.call("GET", "/OS-FEDERATION/identity_providers/acme")
            let domain = shown.body["identity_provider"]?["domain_id"]?.string ?? ""
            try await world.make("PATCH", "/domains/\(domain)", ["domain": ["enabled": false]])
            #expect(try await world.status("DELETE", "/domains/\(domain)") == 204)
            #expect(try await world.status("GET", "/OS-FEDERATION/identity_providers/acme") == 404)
            #expect(try await world.status("GET", "/auth/projects", token: answer.headers[.subjectToken]) == 401)
        }
    }

    @Test func deletingAProviderDeletesItsUsers() async throws {
        try await APIWorld.run(options: options) { world in
            try await setUp(world)
            let answer = try await world.call("POST", login, token: "", headers: headers("bob"))
            let user = answer.body["token"]?["user"]?["id"]?.string ?? ""
            #expect(try await world.status("GET", "/users/\(user)") == 200)
            let found = try await world.call("GET", "/users?idp_id=acme&unique_id=bob")
            #expect(found.body["users"]?[0]?["id"]?.string == user)
            let logins: JSONValue = [
                ["idp_id": "acme", "protocols": [["protocol_id": "openid", "unique_id": "bob"]]]
            ]
            #expect(found.body["users"]?[0]?["federated"] == logins)
            // Who has a password, too, can go on without the provider.
            let (local, _) = try await world.newUser("local")
            let link: JSONValue = [
                ["idp_id": "acme", "protocols": [["protocol_id": "openid", "unique_id": "local"]]]
            ]
            try await world.make("PATCH", "/users/\(local)", ["user": ["federated": link]])
            #expect(try await world.status("DELETE", "/OS-FEDERATION/identity_providers/acme") == 204)
            #expect(try await world.status("GET", "/users/\(user)") == 404)
            #expect(try await world.status("GET", "/users/\(local)") == 200)
            #expect(try await world.status("GET", "/auth/projects", token: answer.headers[.subjectToken]) == 401)
        }
    }
}
