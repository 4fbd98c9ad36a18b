import Core
import TestSupport
import Testing

@testable import Identity

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct CredentialKeysTests {
    @Test func whatIsStoredOutlivesItsKey() async throws {
        try await APIWorld.run { world in
            let (user, project) = try await world.newUser("u")
            let pair = try await world.make(
                "POST", "/users/\(user)/credentials/OS-EC2", ["tenant_id": .string(project)])["credential"]
            let access = pair?["access"]?.string ?? ""
            try await world.make("POST", "/OS-OAUTH1/consumers", ["consumer": ["description": "c"]])
            try await world.make("PUT", "/domains/default/config", ["config": ["ldap": ["password": "hush"]]])
            let keys = CredentialKeys(world.identity.env)
            #expect(try await keys.renew() == 0)
            // Three rotations drop the key that everything was encrypted with.
            for rotation in 0..<3 {
                #expect(try await keys.renew() == (rotation == 0 ? 0 : 3))
                try world.identity.credentialKeys.rotate()
                world.identity.clock.advance(by: .seconds(3))
            }
            let path = "/users/\(user)/credentials/OS-EC2/\(access)"
            let shown = try await world.call("GET", path).body["credential"]
            #expect(shown?["secret"] == pair?["secret"])
            #expect(try await keys.renew() == 3)
            #expect(try await keys.renew() == 0)
        }
    }
}
