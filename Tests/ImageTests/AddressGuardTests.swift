import Core
import Testing

@testable import Image

/// A download on a user's behalf never reaches our own network.
struct AddressGuardTests {
    @Test func privateAddressesAreRefusedInEveryDisguise() throws {
        let guardian = try AddressGuard(allowed: [])
        for text in [
            "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
        ] {
            let bytes = try #require(AddressGuard.bytes(text))
            #expect(!guardian.isAllowed(bytes), "\(text)")
        }
        for text in ["8.8.8.8", "1.1.1.1", "2606:4700::1111"] {
            #expect(guardian.isAllowed(try #require(AddressGuard.bytes(text))), "\(text)")
        }
        let opened = try AddressGuard(allowed: ["10.0.0.0/8"])
        #expect(opened.isAllowed([10, 1, 2, 3]))
        #expect(!opened.isAllowed([127, 0, 0, 1]))
    }

    @Test func namesOfPrivateAddressesAreRefused() async throws {
        let guardian = try AddressGuard(allowed: [])
        await #expect(throws: ServiceError.self) { try await guardian.resolve("localhost") }
        await #expect(throws: ServiceError.self) { try await guardian.resolve("127.0.0.1") }
    }
}
