import Core
import Testing
import WebAPI

@testable import Identity

struct RuleTests {
    @Test func endpointURLsTakeOnlyKnownNames() {
        func endpoint(_ url: String) -> Endpoint {
            Endpoint(
                id: EndpointID("e"), serviceID: ServiceID("s"), interface: "public", regionID: nil, url: url,
                isEnabled: true, extra: [:])
        }
        let project = ProjectID("p1")
        #expect(endpoint("http://h/v3/$(project_id)s/x").url(project: project, user: nil) == "http://h/v3/p1/x")
        #expect(endpoint("http://h/%(tenant_id)s").url(project: project, user: nil) == "http://h/p1")
        #expect(endpoint("http://h/$(project_id)s").url(project: nil, user: nil) == nil)
        // Nothing of the configuration can be asked for.
        #expect(endpoint("http://h/$(admin_token)s").url(project: project, user: nil) == nil)
        #expect(endpoint("http://h/100%$5").url(project: project, user: nil) == "http://h/100%$5")
    }

    @Test func impliedRolesEndWhereTheyBegan() {
        func role(_ name: String, domain: String? = nil) -> Role {
            Role(
                id: RoleID(name), domainID: domain.map { DomainID($0) }, name: name, description: nil, options: [:],
                extra: [:])
        }
        let inferences = RoleInferences(
            roles: [role("a"), role("b"), role("c"), role("local", domain: "d")],
            rules: [
                (RoleID("a"), RoleID("b")), (RoleID("b"), RoleID("c")), (RoleID("c"), RoleID("a")),
                (RoleID("local"), RoleID("c")),
            ])
        #expect(inferences.closure(of: [RoleID("b")]) == [RoleID("a"), RoleID("b"), RoleID("c")])
        #expect(inferences.effective([RoleID("local")]).map(\.name) == ["a", "b", "c"])
    }

    @Test func allPoliciesParse() throws {
        let names = IdentityPolicies.all.map(\.name)
        #expect(Set(names).count == names.count)
        _ = try PolicyEngine(rules: IdentityPolicies.all)
    }

    private func allows(
        _ rule: PolicyRule, roles: [String], project: String? = nil, domain: String? = nil, system: Bool = false,
        user: String = "u", _ target: [String: String?]
    ) throws -> Bool {
        var context = RequestContext(
            requestID: "req", userID: UserID(user), projectID: project.map { ProjectID($0) }, roles: roles)
        context.domainID = domain.map { DomainID($0) }
        context.systemScope = system ? "all" : nil
        let engine = try PolicyEngine(rules: IdentityPolicies.all)
        return engine.isAllowed(rule, credentials: PolicyCredentials(context), target: .given(target))
    }

    /// Who may see and change whom.
    @Test func rolesAndScopesDecide() throws {
        typealias Rules = IdentityPolicies
        let stranger: [String: String?] = ["target.user.id": "v", "target.user.domain_id": "d2"]
        #expect(try allows(Rules.getUser, roles: ["admin"], project: "p", stranger))
        #expect(try !allows(Rules.getUser, roles: ["member", "reader"], project: "p", stranger))
        #expect(try allows(Rules.getUser, roles: ["reader"], project: "p", user: "v", stranger))
        #expect(try allows(Rules.getUser, roles: ["reader"], system: true, stranger))
        #expect(try allows(Rules.getUser, roles: ["reader"], domain: "d2", stranger))
        #expect(try !allows(Rules.getUser, roles: ["reader"], domain: "d1", stranger))
        #expect(try !allows(Rules.updateUser, roles: ["reader"], system: true, stranger))
        #expect(try allows(Rules.updateUser, roles: ["manager"], domain: "d2", stranger))
        #expect(try !allows(Rules.updateUser, roles: ["manager"], domain: "d1", stranger))
        // A domain's administrator makes no domains.
        #expect(try !allows(Rules.createDomain, roles: ["admin"], domain: "d1", ["path": "/"]))
        // A domain manager grants only the ordinary roles, and only within the domain.
        func grant(_ role: String, _ domain: String) -> [String: String?] {
            [
                "target.user.domain_id": domain, "target.project.domain_id": "d1", "target.role.name": role,
                "target.role.domain_id": nil,
            ]
        }
        #expect(try allows(Rules.createGrant, roles: ["manager"], domain: "d1", grant("member", "d1")))
        #expect(try !allows(Rules.createGrant, roles: ["manager"], domain: "d1", grant("admin", "d1")))
        #expect(try !allows(Rules.createGrant, roles: ["manager"], domain: "d1", grant("member", "d2")))
        #expect(try !allows(Rules.createGrant, roles: ["manager"], project: "p", grant("member", "d1")))
    }
}
