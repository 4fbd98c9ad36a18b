import ComputeStore
import Core
import Testing

@testable import ComputeAPI

@Suite struct NamesTests {
    @Test(arguments: [
        ("web", "web"), ("My Server_1.x", "my-server-1-x"), ("-a-", "a"), ("ünïcode", "ncode"), ("日本", "server-id"),
        (String(repeating: "a", count: 80), String(repeating: "a", count: 63)),
    ])
    func aHostNameIsMadeOfTheServersName(_ name: String, _ hostname: String) {
        #expect(ServerNames.hostname(name, ServerID("id")) == hostname)
    }

    @Test func disksAreNamedAsLinuxNamesThem() {
        #expect(ServerNames.disk(0) == "/dev/vda")
        #expect(ServerNames.disk(25) == "/dev/vdz")
        #expect(ServerNames.disk(26) == "/dev/vdaa")
        #expect(ServerNames.disk(51) == "/dev/vdaz")
        #expect(ServerNames.disk(52) == "/dev/vdba")
    }

    @Test func addressesHaveOneForm() {
        #expect(AddressText.canonical("2001:DB8:0:0:0:0:0:1") == "2001:db8::1")
        #expect(AddressText.canonical("10.0.0.1") == "10.0.0.1")
    }

    @Test func keysAreCheckedAndTheirFingerprintIsMD5() throws {
        let text =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGVybGtrYWZha2VrZXlmYWtla2V5ZmFrZWtleWZh comment"
        #expect(try SSHPublicKey(text).fingerprint.split(separator: ":").count == 16)
        for wrong in ["", "ssh-rsa", "ssh-rsa AAAA", text.replacing("ssh-ed25519", with: "ssh-rsa"), text + "\nx"] {
            #expect(throws: ServiceError.self) { try SSHPublicKey(wrong) }
        }
    }

    @Test func aMadeKeypairIsOne() async throws {
        let made = try await KeypairMaker().make()
        #expect(made.privateKey.hasPrefix("-----BEGIN"))
        _ = try SSHPublicKey(made.publicKey)
    }
}
