import AsyncHTTPClient
import ComputeModel
import Core
import NIOHTTP1
import Testing
import Virt

@testable import ComputeAgent

@Suite struct AgentPartsTests {
    @Test func consoleLinesAreCountedFromTheEnd() {
        let bytes = Array("a\nb\nc\n".utf8)
        #expect(ConsoleText.tail(bytes, lines: nil) == "a\nb\nc\n")
        #expect(ConsoleText.tail(bytes, lines: 1) == "c\n")
        #expect(ConsoleText.tail(bytes, lines: 2) == "b\nc\n")
        #expect(ConsoleText.tail(bytes, lines: 9) == "a\nb\nc\n")
        #expect(ConsoleText.tail(bytes, lines: 0) == "")
        #expect(ConsoleText.tail(Array("a\nb".utf8), lines: 1) == "b")
    }

    @Test func aGuestThatAsksTooMuchIsSlowedDownAndOthersAreNot() {
        let limiter = RateLimiter(perSecond: 2, burst: 3)
        #expect((1...5).map { _ in limiter.allows("a", now: 0) } == [true, true, true, false, false])
        #expect(limiter.allows("b", now: 0))
        #expect(limiter.allows("a", now: 0.5))
        #expect(!limiter.allows("a", now: 0.5))
        #expect((1...4).map { _ in limiter.allows("a", now: 100) } == [true, true, true, false])
    }

    @Test func aConnectionIsReadInBothOfCindersShapes() throws {
        let data: JSONValue = [
            "target_portal": "192.0.2.1:3260", "target_iqn": "iqn.x:v", "target_lun": 3, "auth_method": "CHAP",
            "auth_username": "u", "auth_password": "p",
        ]
        guard var flat = data.object else { return }
        flat["driver_volume_type"] = "iscsi"
        let attachment = AttachmentID("a1")
        for info: JSONValue in [["driver_volume_type": "iscsi", "data": data], .object(flat)] {
            let connection = try RemoteVolumes.connection(info, attachment, initiator: "iqn.me")
            #expect(connection.source.host == "192.0.2.1")
            #expect(connection.source.lun == 3)
            #expect(connection.source.chap?.secret == "a1")
            #expect(connection.password?.reveal() == "p")
        }
        #expect(throws: ServiceError.self) {
            try RemoteVolumes.connection(["driver_volume_type": "rbd"], attachment, initiator: "iqn.me")
        }
    }

    @Test func anEncryptedVolumeIsNeverAttachedAsAPlainOne() {
        #expect(throws: ServiceError.self) {
            try RemoteVolumes.connection(
                [
                    "driver_volume_type": "iscsi", "target_portal": "192.0.2.1:3260", "target_iqn": "iqn.x:v",
                    "encrypted": true,
                ], AttachmentID("a"), initiator: "iqn.me")
        }
    }

    @Test func everyRunOfQemuImgNamesItsFormats() {
        let runs: [QemuImage.Run] = [
            .convert("a", from: "raw", to: "b", as: "qcow2"), .create("a", format: "raw", bytes: 1),
            .overlay("a", base: "b", bytes: 1), .resize("a", format: "raw", bytes: 1),
        ]
        for run in runs {
            #expect(run.arguments.contains("-f"), "\(run)")
            if run.arguments.contains("-b") { #expect(run.arguments.contains("-F")) }
            if case .convert = run { #expect(run.arguments.contains("-O")) }
        }
    }

    @Test(arguments: [
        ["hw_disk_bus": "floppy"], ["hw_vif_model": "vmxnet3"], ["kernel_id": "k"], ["hw_firmware_type": "uefi"],
        ["hw_architecture": "aarch64"],
    ])
    func whatTheHostCannotDoIsSaid(_ properties: [String: String]) {
        let image = ImageSpec(id: ImageID("i"), hash: nil, diskFormat: "raw", properties: properties)
        #expect(throws: ServiceError.self) { try ServerSpec.test(image: image).checkSupported() }
    }

    @Test func volumesGetNamesBesideTheLocalDisks() throws {
        var spec = ServerSpec.test()
        let volumes = (1...3).map {
            VolumeSpec(
                volume: VolumeID("v\($0)"), attachment: AttachmentID("a\($0)"), device: $0 == 1 ? "/dev/vdc" : nil)
        }
        spec.volumes = volumes
        var record = GuestRecord(
            spec: spec, fence: .none,
            localDisks: [GuestRecord.LocalDisk(role: .root, path: "/d", format: "qcow2", target: "vda")])
        try GuestBuilder.assignTargets(&record)
        #expect(record.volumeTargets == ["v1": "vdc", "v2": "vdb", "v3": "vdd"])
        // A root volume has the first name whichever comes first.
        record.localDisks = []
        record.volumeTargets = [:]
        record.spec.rootDisk = .volume(AttachmentID("a2"))
        record.spec.volumes[0].device = "/dev/vda"
        try GuestBuilder.assignTargets(&record)
        #expect(record.volumeTargets == ["v1": "vdb", "v2": "vda", "v3": "vdc"])
    }

    @Test func theSignatureIsNeutronsAndTheHeadersAreOurs() async throws {
        let forwarding = MetadataForwarding(
            apiURL: "http://127.0.0.1:1", secret: Secret("Secret"),
            owners: MetadataOwners(ports: NobodysPorts(), clock: .system), limiter: RateLimiter(perSecond: 1, burst: 1),
            http: .shared, clock: .system)
        let headers = forwarding.headers(
            "10.0.0.5", MetadataClientIdentity(server: ServerID("instance"), project: ProjectID("project")))
        #expect(headers.first(name: "X-Instance-ID") == "instance")
        #expect(headers.first(name: "X-Forwarded-For") == "10.0.0.5")
        #expect(
            headers.first(name: "X-Instance-ID-Signature")
                == "4f00bcb772d5e4fe8b4599f18730d7f1acd1eba4d55f470afe5305690b4347cb")
    }
}

private struct NobodysPorts: MetadataPorts {
    func port(of network: NetworkID) async throws -> MetadataPort? { nil }
    func owner(of address: String, on network: NetworkID) async throws -> MetadataClientIdentity? { nil }
}
