import ComputeModel
import Core
import Database
import TestSupport
import Testing

@testable import ComputeStore

/// Documents are written by `Codable` and, where lists read them, read by hand: both must agree.
struct StoredDocumentTests {
    private func stored<T: Codable & StoredDocument>(_ value: T) throws -> T {
        try T(stored: JSONValue(parsing: jsonColumn(value)))
    }

    @Test func aFlavorIsReadAsItWasWritten() throws {
        let flavor = FlavorSpec(
            id: "1", name: "m1.tiny", vcpus: 2, memoryMiB: 512, rootGiB: 1, ephemeralGiB: 3, swapMiB: 4,
            extraSpecs: ["hw:cpu_policy": "dedicated"])
        #expect(try stored(flavor) == flavor)
    }

    @Test func anImageIsReadAsItWasWritten() throws {
        let bare = ImageSpec(id: ImageID("i"), hash: nil, hashAlgorithm: nil, diskFormat: "raw")
        let whole = ImageSpec(
            id: ImageID("i"), name: "n", hash: "ab", diskFormat: "qcow2", sizeBytes: 5_000_000_000, minDiskGiB: 1,
            minMemoryMiB: 2, properties: ["kernel_id": "k"])
        #expect(try stored(bare) == bare)
        #expect(try stored(whole) == whole)
    }

    @Test func addressesAreReadAsTheyWereWritten() throws {
        let interfaces = [
            InterfaceInfo(
                port: PortID("p"), mac: "fa:16:3e:00:00:01", network: NetworkID("n"), networkName: "private", mtu: 1400,
                addresses: [
                    .init(address: "10.0.0.5", version: 4, floating: ["172.24.4.7"]),
                    .init(address: "fd00::5", version: 6),
                ])
        ]
        #expect(try stored(interfaces) == interfaces)
        #expect(try stored(["default", "web"]) == ["default", "web"])
    }

    @Test(.enabled(if: TestServices.isDatabaseAvailable))
    func rowsOfOneListThatShareADocumentHaveEachTheirOwn() async throws {
        try await TestServices.withDatabase(service: "compute", migrations: computeMigrations) { database in
            let rows = try await database.query(
                """
                SELECT '["a"]' AS groups UNION ALL SELECT '["b"]' UNION ALL SELECT '["a"]' UNION ALL SELECT NULL
                """)
            var shared = SharedDocument<[String]>()
            #expect(try rows.map { try shared.readOptional($0, "groups") } == [["a"], ["b"], ["a"], nil])
        }
    }

    @Test func aDocumentThatLacksAMemberIsAnError() throws {
        let json = try JSONValue(parsing: #"{"id":"1"}"#)
        #expect(throws: ServiceError.self) { try FlavorSpec(stored: json) }
    }
}
