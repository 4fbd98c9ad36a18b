import Core
import HTTPTypes
import TestSupport
import Testing
import WebAPI

@testable import Identity

/// What is lent is never more than what the lender's own token has.
@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct DelegatedRightsTests {
    private func credential(
        _ world: APIWorld, _ user: String, _ name: String, roles: [String], token: String
    ) async throws -> APIWorld.Answer {
        try await world.call(
            "POST", "/users/\(user)/application_credentials",
            [
                "application_credential": [
                    "name": .string(name), "secret": "s", "unrestricted": true,
                    "roles": .array(roles.map { ["name": .string($0)] }),
                ]
            ], token: token)
    }

    private func names(_ answer: APIWorld.Answer, _ member: String) -> Set<String> {
        let roles = answer.body[member]?["roles"]?.array ?? []
        return Set(roles.compactMap { $0["name"]?.string })
    }

    @Test func anApplicationCredentialMakesNoneWithMoreRoles() async throws {
        try await APIWorld.run { world in
            let (user, project) = try await world.newUser("u")
            let own = try await world.token(of: user, in: project)
            let reader = try await credential(world, user, "reader", roles: ["reader"], token: own)
            #expect(reader.status == 201)
            let id = try #require(reader.body["application_credential"]?["id"]?.string)
            let login = try await world.call(
                "POST", "/auth/tokens",
                [
                    "auth": [
                        "identity": [
                            "methods": ["application_credential"],
                            "application_credential": ["id": .string(id), "secret": "s"],
                        ]
                    ]
                ], token: "")
            let token = try #require(login.headers[.subjectToken])
            let more = try await credential(world, user, "more", roles: ["member"], token: token)
            #expect(more.status == 400)
            let same = try await credential(world, user, "same", roles: ["reader"], token: token)
            #expect(same.status == 201)
        }
    }

    @Test func anApplicationCredentialHasTheRolesThatItsOwnImply() async throws {
        try await APIWorld.run { world in
            let (user, project) = try await world.newUser("u")
            let own = try await world.token(of: user, in: project)
            let made = try await credential(world, user, "member", roles: ["member"], token: own)
            #expect(names(made, "application_credential") == ["member", "reader"])
        }
    }

    /// Whoever knows the id of a trust must not act by it.
    @Test func aKeyPairNamesNoTrustOfItsMakersChoice() async throws {
        try await APIWorld.run { world in
            let (user, project) = try await world.newUser("u")
            for key in ["trust_id", "app_cred_id", "access_token_id", "access_id"] {
                let blob: JSONValue = .object(["access": "a", "secret": "s", key: "another"])
                let status = try await world.status(
                    "POST", "/credentials",
                    [
                        "credential": [
                            "user_id": .string(user), "project_id": .string(project), "type": "ec2",
                            "blob": .string(blob.jsonText),
                        ]
                    ], token: try await world.token(of: user, in: project))
                #expect(status == 400, "\(key)")
            }
        }
    }

    /// A trust that was lent on ends with each of those that it came by.
    @Test func aTrustThatWasLentOnEndsWithTheUsersBetween() async throws {
        try await APIWorld.run { world in
            let (trustor, project) = try await world.newUser("a")
            let (agent, _) = try await world.newUser("b")
            let (trustee, _) = try await world.newUser("c")
            func lend(_ to: String, token: String, redelegable: Bool) async throws -> String {
                let answer = try await world.call(
                    "POST", "/OS-TRUST/trusts",
                    [
                        "trust": [
                            "trustor_user_id": .string(trustor), "trustee_user_id": .string(to),
                            "impersonation": true, "project_id": .string(project), "roles": [["name": "member"]],
                            "allow_redelegation": .bool(redelegable),
                        ]
                    ], token: token)
                return try #require(answer.body["trust"]?["id"]?.string, "\(answer.text)")
            }
            func borrow(_ user: String, _ trust: String) async throws -> APIWorld.Answer {
                var login = APIWorld.login(user).object?["auth"]?.object ?? [:]
                login["scope"] = ["OS-TRUST:trust": ["id": .string(trust)]]
                return try await world.call("POST", "/auth/tokens", ["auth": .object(login)], token: "")
            }
            let first = try await lend(
                agent, token: try await world.token(of: trustor, in: project), redelegable: true)
            let borrowed = try #require(try await borrow(agent, first).headers[.subjectToken])
            let second = try await lend(trustee, token: borrowed, redelegable: false)
            let token = try #require(try await borrow(trustee, second).headers[.subjectToken])
            #expect(try await world.status("GET", "/auth/catalog", token: token) == 200)

            try await world.make("PATCH", "/users/\(agent)", ["user": ["enabled": false]])
            #expect(try await world.status("GET", "/auth/catalog", token: token) == 401)
            #expect(try await borrow(trustee, second).status != 201)
            try await world.make("PATCH", "/users/\(agent)", ["user": ["enabled": true]])
            #expect(try await borrow(trustee, second).status == 201)
            #expect(try await world.status("DELETE", "/users/\(agent)") == 204)
            #expect(try await borrow(trustee, second).status != 201)
        }
    }

    /// A trust made from it could be used without limit.
    @Test func aTrustOfFewUsesIsNotLentOn() async throws {
        try await APIWorld.run { world in
            let (trustor, project) = try await world.newUser("a")
            let (trustee, _) = try await world.newUser("b")
            let token = try await world.token(of: trustor, in: project)
            for (uses, expected) in [(2, 400), (nil, 201)] as [(Int64?, Int)] {
                var trust: JSONObject = [
                    "trustor_user_id": .string(trustor), "trustee_user_id": .string(trustee), "impersonation": true,
                    "project_id": .string(project), "roles": [["name": "member"]], "allow_redelegation": true,
                ]
                if let uses { trust["remaining_uses"] = .integer(uses) }
                let status = try await world.status(
                    "POST", "/OS-TRUST/trusts", ["trust": .object(trust)], token: token)
                #expect(status == expected)
            }
        }
    }
}
