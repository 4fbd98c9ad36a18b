import Core
import Database
import HTTPTypes
import TestSupport
import Testing
import WebAPI

@testable import Identity

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct DomainConfigurationTests {
    private let config: JSONValue = [
        "config": ["ldap": ["url": "ldap://a", "password": "hush"], "identity": ["driver": "ldap"]]
    ]

    @Test func aConfigurationIsMadeReadChangedAndDeleted() async throws {
        try await APIWorld.run { world in
            let path = "/domains/default/config"
            #expect(try await world.status("GET", path) == 404)
            #expect(try await world.status("PUT", path, config) == 201)
            let again = try await world.call("PUT", path, config)
            #expect(again.status == 200)
            // What is sensitive is never shown.
            #expect(again.body == ["config": ["ldap": ["url": "ldap://a"], "identity": ["driver": "ldap"]]])
            #expect(try await world.call("GET", path + "/ldap").body == ["config": ["ldap": ["url": "ldap://a"]]])
            #expect(try await world.call("GET", path + "/ldap/url").body == ["config": ["url": "ldap://a"]])
            #expect(try await world.status("GET", path + "/ldap/password") == 404)
            #expect(try await world.status("GET", path + "/ldap/suffix") == 404)
            #expect(try await world.status("GET", path + "/ldap/nonsense") == 403)
            #expect(try await world.status("GET", path + "/nonsense") == 403)

            let changed = try await world.call("PATCH", path + "/ldap/url", ["config": ["url": "ldap://b"]])
            #expect(changed.body["config"]?["ldap"]?["url"] == "ldap://b")
            #expect(try await world.status("PATCH", path + "/ldap/url", ["config": ["suffix": "x"]]) == 403)
            #expect(try await world.status("PATCH", path + "/ldap/suffix", ["config": ["suffix": "x"]]) == 404)
            #expect(try await world.status("PATCH", path + "/ldap", ["config": ["identity": ["driver": "sql"]]]) == 403)
            #expect(
                try await world.status("PATCH", path, ["config": ["ldap": ["suffix": "x", "unknown": "y"]]]) == 403)
            #expect(try await world.status("PATCH", path, ["config": ["ldap": ["suffix": "x"]]]) == 200)

            #expect(try await world.status("DELETE", path + "/ldap/suffix") == 204)
            #expect(try await world.status("DELETE", path + "/ldap/suffix") == 404)
            #expect(try await world.status("DELETE", path + "/identity") == 204)
            #expect(try await world.status("DELETE", path) == 204)
            #expect(try await world.status("GET", path) == 404)
            #expect(try await world.status("PUT", "/domains/none/config", config) == 404)
            #expect(try await world.status("PUT", path, ["config": [:]]) == 403)
        }
    }

    @Test func secretsAreStoredEncrypted() async throws {
        try await APIWorld.run { world in
            try await world.make("PUT", "/domains/default/config", config)
            let stored = try await world.identity.env.database.transaction("read") {
                try DomainConfigurationStore.list(DomainID("default"), $0)
            }
            let secret = try #require(stored.first { $0.name == "password" })
            #expect(secret.isEncrypted)
            let sealed = try #require(secret.value.string)
            #expect(!sealed.contains("hush"))
            #expect(try world.identity.env.decrypt(sealed) == "\"hush\"")
        }
    }

    @Test func defaultsAreShownExceptSensitiveOnes() async throws {
        try await APIWorld.run { world in
            let all = try await world.call("GET", "/domains/config/default").body["config"]
            #expect(all?["ldap"]?["url"] == "ldap://localhost")
            #expect(all?["identity"]?["driver"] == "sql")
            #expect(all?["ldap"]?["password"] == nil)
            #expect(
                try await world.call("GET", "/domains/config/ldap/page_size/default").body
                    == ["config": ["page_size": 0]])
            #expect(try await world.status("GET", "/domains/config/ldap/password/default") == 403)
            #expect(try await world.status("GET", "/domains/config/none/default") == 403)
        }
    }

    @Test func everybodyMayReadTheRulesForPasswords() async throws {
        let options = """
            [security_compliance]
            password_regex = (secret|service|demo|.*\\d)
            password_regex_description = seven with a digit
            """
        try await APIWorld.run(options: options) { world in
            let user = try await world.identity.user("demo").id.rawValue
            let project = try await world.identity.project(named: "demo").id.rawValue
            let answer = try await world.call(
                "POST", "/auth/tokens", APIWorld.login(user, "demo", project: project), token: "")
            let token = try #require(answer.headers[.subjectToken])
            let path = "/domains/default/config/security_compliance"
            let rules = try await world.call("GET", path, token: token)
            #expect(rules.body["config"]?["security_compliance"]?["password_regex_description"] == "seven with a digit")
            #expect(
                try await world.call("GET", path + "/password_regex", token: token).body
                    == ["config": ["password_regex": "(secret|service|demo|.*\\d)"]])
            #expect(try await world.status("GET", path + "/lockout_duration", token: token) == 403)
            #expect(try await world.status("GET", "/domains/x/config/security_compliance", token: token) == 403)
            #expect(try await world.status("GET", "/domains/default/config", token: token) == 403)
        }
    }
}
