import Core
import Database
import FoundationEssentials
import TestSupport
import Testing

@testable import Identity

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct AuthenticationTests {
    private func code(_ body: () async throws -> Void) async -> ServiceError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? ServiceError)?.code
        }
    }

    @Test func aTokenShowsImpliedRolesAndTheCatalogue() async throws {
        try await IdentityWorld.run { world in
            let issued = try await world.login("admin", "secret", scope: IdentityWorld.project("admin"))
            let token = try await TokenService(world.env).validate(issued.text)
            #expect(token.roles.map(\.name) == ["admin", "manager", "member", "reader"])
            #expect(token.project?.name == "admin")
            let catalog = try await CatalogAdministration(world.env).catalog(
                project: token.project?.id, user: token.user.id)
            #expect(catalog.count == 7)
            let volumes = try #require(catalog.first { $0.type == "volumev3" })
            #expect(volumes.endpoints.first?.url == "http://192.0.2.1:8776/v3/\(token.project?.id.rawValue ?? "")")
        }
    }

    @Test func bootstrappingAgainChangesNothing() async throws {
        try await IdentityWorld.run { world in
            let done = try await Bootstrap(world.env).run(
                Bootstrap.Request(
                    adminPassword: "secret", servicePassword: "service", region: "RegionOne", hostIP: "192.0.2.1",
                    demoPassword: "demo"))
            #expect(done.isEmpty)
        }
    }

    /// The answer tells nothing about what exists.
    @Test func everyFailedLoginLooksTheSame() async throws {
        try await IdentityWorld.run { world in
            var messages: Set<String> = []
            func attempt(_ name: String, _ password: String, _ scope: JSONValue? = nil) async {
                do {
                    _ = try await world.login(name, password, scope: scope)
                    Issue.record("\(name) got in")
                } catch {
                    #expect((error as? ServiceError)?.code == .unauthorized)
                    messages.insert("\(error)")
                }
            }
            await attempt("admin", "wrong")
            await attempt("nobody", "secret")
            await attempt("demo", "demo", IdentityWorld.project("admin"))
            await attempt("demo", "demo", IdentityWorld.project("no-such-project"))
            await attempt("demo", "demo", ["system": ["all": true]])
            await attempt("demo", "demo", ["domain": ["id": "default"]])
            let demo = try await world.user("demo")
            _ = try await UserService(world.env).update(demo.id, .system()) { $0.isEnabled = false }
            await attempt("demo", "demo")
            #expect(messages.count == 1)
        }
    }

    /// Who misses an announcement can tell by its number.
    @Test func everyRevocationHasTheNextNumber() async throws {
        try await IdentityWorld.run { world in
            let demo = try await world.user("demo")
            let project = try await world.project(named: "demo")
            let member = try await world.role("member")
            let grant = RoleAssignment(
                actor: .user(demo.id), target: .project(project.id), role: member.id, isInherited: false)
            // Bootstrap's own grants are numbered, too.
            let before = try await RevocationStore.sequence(world.env.database)
            let announced = world.announced.all.count
            try await AssignmentService(world.env).revoke(grant, .system())
            try await AssignmentService(world.env).grant(grant, .system())
            _ = try await ProjectService(world.env).update(project.id, .system()) { $0.isEnabled = false }
            _ = try await ProjectService(world.env).update(project.id, .system()) { $0.name = "still disabled" }
            try await UserService(world.env).delete(demo.id, .system())
            let numbers = world.announced.all.dropFirst(announced).map(\.sequence)
            #expect(numbers == (1...5).map { before + $0 })
            #expect(try await RevocationStore.sequence(world.env.database) == before + 5)
        }
    }

    /// Each change voids the tokens it concerns, at once.
    @Test func tokensEndWithWhatTheyStandFor() async throws {
        try await IdentityWorld.run { world in
            let users = UserService(world.env)
            let demo = try await world.user("demo")
            let project = try await world.project(named: "demo")
            let member = try await world.role("member")
            let grant = RoleAssignment(
                actor: .user(demo.id), target: .project(project.id), role: member.id, isInherited: false)
            func token() async throws -> String {
                world.clock.advance(by: .seconds(2))
                let issued = try await world.login("demo", "demo", scope: IdentityWorld.project("demo"))
                return issued.text
            }

            var text = try await token()
            try await AssignmentService(world.env).revoke(grant, .system())
            #expect(try await !world.isValid(text))
            #expect(world.announced.all.contains { $0.userID == demo.id })
            try await AssignmentService(world.env).grant(grant, .system())

            text = try await token()
            _ = try await ProjectService(world.env).update(project.id, .system()) { $0.isEnabled = false }
            #expect(try await !world.isValid(text))
            _ = try await ProjectService(world.env).update(project.id, .system()) { $0.isEnabled = true }
            #expect(try await !world.isValid(text))

            text = try await token()
            try await users.changePassword(demo.id, from: "demo", to: "changed", .system())
            #expect(try await !world.isValid(text))
            _ = try await users.update(demo.id, password: .set("demo"), .system()) { _ in }

            text = try await token()
            _ = try await users.update(demo.id, .system()) { $0.isEnabled = false }
            _ = try await users.update(demo.id, .system()) { $0.isEnabled = true }
            #expect(try await !world.isValid(text))

            text = try await token()
            try await TokenService(world.env).revoke(try await TokenService(world.env).validate(text), .system())
            #expect(try await !world.isValid(text))

            text = try await token()
            world.clock.advance(by: .seconds(3601))
            #expect(try await !world.isValid(text))
        }
    }

    /// Rescoping never lengthens a token's life, and keeps the chain of audit ids.
    @Test func exchangedTokensEndWithTheFirst() async throws {
        try await IdentityWorld.run { world in
            let first = try await world.login("admin", "secret")
            var text = first.text
            for _ in 0..<5 {
                world.clock.advance(by: .seconds(600))
                let next = try await world.exchange(text, scope: IdentityWorld.project("admin"))
                #expect(next.token.payload.expiresAt == first.token.payload.expiresAt)
                #expect(next.token.payload.auditIDs.last == first.token.payload.auditIDs.first)
                #expect(next.token.payload.methods == [.password, .token])
                text = next.text
            }
        }
    }

    @Test func lockedAccountsOpenAfterAWhile() async throws {
        let options = """
            [security_compliance]
            lockout_failure_attempts = 2
            lockout_duration = 60
            """
        try await IdentityWorld.run(options: options) { world in
            for _ in 0..<2 { #expect(await code { _ = try await world.login("demo", "no") } == .unauthorized) }
            #expect(await code { _ = try await world.login("demo", "demo") } == .unauthorized)
            world.clock.advance(by: .seconds(61))
            #expect(await code { _ = try await world.login("demo", "demo") } == nil)
        }
    }

    @Test func groupsAndInheritanceGiveRoles() async throws {
        try await IdentityWorld.run { world in
            let env = world.env
            let demo = try await world.user("demo")
            let reader = try await world.role("reader")
            let parent = try await ProjectService(env).create(
                Project(
                    id: env.newID(), name: "parent", domainID: DomainID("default"), parentID: nil, isDomain: false,
                    description: "", isEnabled: true, options: [:], extra: [:]), .system())
            let child = try await ProjectService(env).create(
                Project(
                    id: env.newID(), name: "child", domainID: nil, parentID: parent.id, isDomain: false,
                    description: "", isEnabled: true, options: [:], extra: [:]), .system())
            let group = try await GroupService(env).create(
                Group(id: env.newID(), domainID: DomainID("default"), name: "g", description: "", extra: [:]), .system()
            )
            try await GroupService(env).addMember(demo.id, to: group.id, .system())
            try await AssignmentService(env).grant(
                RoleAssignment(
                    actor: .group(group.id), target: .project(parent.id), role: reader.id, isInherited: true), .system()
            )
            #expect(
                await code { _ = try await world.login("demo", "demo", scope: IdentityWorld.project("parent")) }
                    == .unauthorized)
            let token = try await world.login("demo", "demo", scope: IdentityWorld.project("child"))
            #expect(token.token.roles.map(\.name) == ["reader"])
            #expect(Set(try await AssignmentService(env).projects(of: demo.id).map(\.name)) == ["demo", "child"])
            try await GroupService(env).removeMember(demo.id, from: group.id, .system())
            #expect(try await !world.isValid(token.text))
            #expect(await code { try await ProjectService(env).delete(parent.id, .system()) } == .forbidden)
            try await ProjectService(env).delete(child.id, .system())
            try await ProjectService(env).delete(parent.id, .system())
        }
    }

    /// What is delegated is never more than the delegator has, nor kept when it is gone.
    @Test func delegatedCredentialsStayWithinTheirBounds() async throws {
        try await IdentityWorld.run { world in
            let env = world.env
            let demo = try await world.user("demo")
            let admin = try await world.user("admin")
            let project = try await world.project(named: "demo")
            let credentials = ApplicationCredentialService(env)
            func request(_ roles: [String]) -> ApplicationCredentialService.Request {
                ApplicationCredentialService.Request(
                    userID: demo.id, projectID: project.id, name: "c\(roles)", isUnrestricted: false, roleIDs: nil,
                    roleNames: roles, tokenRoles: ["member", "reader"])
            }
            #expect(await code { _ = try await credentials.create(request(["admin"]), .system()) } == .badRequest)
            let (made, secret) = try await credentials.create(request(["reader"]), .system())
            func login(_ secret: String, scope: JSONValue? = nil) async throws -> TokenService.Issued {
                var auth: [String: JSONValue] = [
                    "identity": [
                        "methods": ["application_credential"],
                        "application_credential": ["id": .string(made.id.rawValue), "secret": .string(secret)],
                    ]
                ]
                if let scope { auth["scope"] = scope }
                return try await AuthenticationService(env).authenticate(try AuthRequest(.object(auth)))
            }
            let token = try await login(secret)
            #expect(token.token.roles.map(\.name) == ["reader"])
            #expect(await code { _ = try await login("wrong") } == .unauthorized)
            #expect(
                await code { _ = try await login(secret, scope: IdentityWorld.project("demo")) } == .unauthorized)
            #expect(
                await code { _ = try await world.exchange(token.text, scope: IdentityWorld.project("demo")) }
                    == .forbidden)

            let trusts = TrustService(env)
            let member = try await world.role("member")
            func trust(_ role: RoleID) -> TrustService.Request {
                TrustService.Request(
                    trustor: demo.id, trustee: admin.id, projectID: project.id, isImpersonation: true,
                    remainingUses: 1, roleIDs: [role], roleNames: [], allowsRedelegation: false)
            }
            let administrator = try await world.role("admin")
            #expect(await code { _ = try await trusts.create(trust(administrator.id), .system()) } == .notFound)
            let lent = try await trusts.create(trust(member.id), .system())
            let scope: JSONValue = ["OS-TRUST:trust": ["id": .string(lent.id.rawValue)]]
            let borrowed = try await world.login("admin", "secret", scope: scope)
            #expect(borrowed.token.user.id == demo.id)
            #expect(borrowed.token.roles.map(\.name) == ["member", "reader"])
            #expect(await code { _ = try await world.login("admin", "secret", scope: scope) } == .unauthorized)
            #expect(await code { _ = try await world.login("demo", "demo", scope: scope) } != nil)
            #expect(await code { _ = try await world.exchange(borrowed.text) } == .forbidden)

            // The role goes: so do the credential and the trust.
            try await AssignmentService(env).revoke(
                RoleAssignment(
                    actor: .user(demo.id), target: .project(project.id), role: member.id, isInherited: false), .system()
            )
            #expect(try await !world.isValid(token.text))
            #expect(try await !world.isValid(borrowed.text))
            #expect(try await credentials.list(of: demo.id, name: nil).isEmpty)
        }
    }

    @Test func storedCredentialsAreEncrypted() async throws {
        try await IdentityWorld.run { world in
            let demo = try await world.user("demo")
            let project = try await world.project(named: "demo")
            let made = try await CredentialService(world.env).createEC2(
                user: demo.id, project: project.id, trust: nil, .system())
            let row = try await world.env.database.first("SELECT encrypted_blob FROM credentials")
            let stored: String = try #require(try row?.get("encrypted_blob"))
            #expect(!stored.contains("secret"))
            #expect(try await CredentialService(world.env).find(made.id)?.blob == made.blob)
        }
    }

    @Test func aDeletedDomainTakesEverythingWithIt() async throws {
        try await IdentityWorld.run { world in
            let env = world.env
            let domain = try await ProjectService(env).create(
                Project(
                    id: env.newID(), name: "d", domainID: nil, parentID: nil, isDomain: true, description: "",
                    isEnabled: true, options: [:], extra: [:], tags: ["x"]), .system())
            let user = try await UserService(env).create(
                User(
                    id: env.newID(), domainID: domain.asDomainID, name: "u", isEnabled: true, options: [:], extra: [:],
                    createdAt: world.clock.clock.now(), failedAttempts: 0), password: "p", .system())
            let reader = try await world.role("reader")
            try await AssignmentService(env).grant(
                RoleAssignment(
                    actor: .user(user.id), target: .domain(domain.asDomainID), role: reader.id, isInherited: false),
                .system())
            #expect(
                await code { try await ProjectService(env).deleteDomain(domain.asDomainID, .system()) } == .forbidden)
            _ = try await ProjectService(env).update(domain.id, .system()) { $0.isEnabled = false }
            try await ProjectService(env).deleteDomain(domain.asDomainID, .system())
            #expect(try await UserService(env).find(user.id) == nil)
            let left = try await env.database.query(
                "SELECT actor_id FROM role_assignments WHERE actor_id = \(user.id) OR target_id = \(domain.id)")
            #expect(left.isEmpty)
        }
    }
}
