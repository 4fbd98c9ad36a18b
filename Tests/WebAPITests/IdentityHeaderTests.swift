import Core
import HTTPTypes
import Testing

@testable import WebAPI

/// Row 28 of the security list: identity comes from a validated token and from nowhere else.
struct IdentityHeaderTests {
    private let api: TestAPI
    private static let adminOnly = PolicyRule("admin_only", default: "role:admin")

    init() throws {
        api = try TestAPI(
            [
                Operation(.get, "/who") { request in
                    .json { json in
                        json.object {
                            $0.field("user", request.context.userID)
                            $0.field("project", request.context.projectID)
                            $0.field("roles", request.context.roles)
                            $0.field("service_roles", request.context.serviceRoles)
                        }
                    }
                },
                Operation(.get, "/anyone", auth: .optional) { request in
                    .json { json in json.object { $0.field("user", request.context.userID) } }
                },
                Operation(.get, "/admin", policy: Self.adminOnly) { _ in .empty() },
            ], rules: [Self.adminOnly])
    }

    private static let forged: HTTPFields = {
        var fields: HTTPFields = [:]
        for name in [
            "X-User-Id", "x-user-id", "X_USER_ID", "X-User", "X-Roles", "X_ROLES", "x-roles", "X-Role", "X-Project-Id",
            "X_PROJECT_ID", "X-Tenant-Id", "X-Tenant", "X-Domain-Id", "X-Identity-Status", "X-Is-Admin-Project",
            "X-Service-Roles", "X-Service-User-Id", "OpenStack-System-Scope", "X-User-Domain-Id", "REMOTE_USER",
        ] {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: "admin")) }
        }
        return fields
    }()

    @Test func forgedIdentityHeadersAreIgnored() async throws {
        let answer = try await api.send(.get, "/v2.1/who", token: "u:p:member", headers: Self.forged)
        #expect(try answer.json == ["user": "u", "project": "p", "roles": ["member"], "service_roles": []])
        #expect(try await api.send(.get, "/v2.1/admin", headers: Self.forged).status == 403)
        #expect(try await api.send(.get, "/v2.1/anyone", token: nil, headers: Self.forged).json == ["user": nil])
    }

    @Test func withoutAValidTokenTheAnswerNamesIdentity() async throws {
        for token in [nil, "nonsense", ""] as [String?] {
            let answer = try await api.send(.get, "/v2.1/who", token: token, headers: Self.forged)
            #expect(answer.status == 401)
            #expect(answer.headers[.wwwAuthenticate] == "Keystone uri=\"http://identity.test/v3\"")
        }
    }

    @Test func aServiceTokenGivesServiceRolesAndAnInvalidOneIsRefused() async throws {
        let answer = try await api.send(.get, "/v2.1/who", headers: [.serviceToken: "nova:service:service"])
        #expect(try answer.json["service_roles"] == ["service"])
        #expect(try await api.send(.get, "/v2.1/who", headers: [.serviceToken: "bad"]).status == 401)
    }

    @Test func concurrentCallersNeverMix() async throws {
        let api = api
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<1000 {
                group.addTask {
                    let answer = try await api.send(.get, "/v2.1/who", token: "u\(number):p\(number):member")
                    #expect(try answer.json["user"] == .string("u\(number)"))
                    #expect(try answer.json["project"] == .string("p\(number)"))
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func accessRulesAllowOnlyWhatTheyName() {
        let rule = AccessRule(service: "compute", method: "GET", path: "/v2.1/servers/*")
        #expect(rule.allows(service: "compute", method: "GET", path: "/v2.1/servers/x"))
        #expect(!rule.allows(service: "compute", method: "GET", path: "/v2.1/servers/x/ips"))
        #expect(!rule.allows(service: "compute", method: "DELETE", path: "/v2.1/servers/x"))
        #expect(!rule.allows(service: "volume", method: "GET", path: "/v2.1/servers/x"))
        let deep = AccessRule(service: "compute", method: "GET", path: "/v2.1/**")
        #expect(deep.allows(service: "compute", method: "GET", path: "/v2.1/servers/x/ips"))
        let named = AccessRule(service: "compute", method: "GET", path: "/v2.1/servers/{id}/ips")
        #expect(named.allows(service: "compute", method: "GET", path: "/v2.1/servers/x/ips"))
    }
}
