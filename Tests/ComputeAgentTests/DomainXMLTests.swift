import ComputeModel
import Core
import FoundationEssentials
import Testing
import Virt

/// The guests' descriptions against the files in `Tests/Golden/compute-agent`; APUS_UPDATE_GOLDEN=1 writes them.
@Suite struct DomainXMLTests {
    private static let folder =
        #filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" }
        + "/Golden/compute-agent"

    private func compare(_ text: String, _ name: String) throws {
        let path = "\(Self.folder)/\(name).xml"
        if ProcessInfo.processInfo.environment["APUS_UPDATE_GOLDEN"] != nil {
            try Data(text.utf8).write(to: URL(filePath: path))
        }
        let golden = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(text == golden)
    }

    private var spec: ServerSpec {
        var spec = ServerSpec.test("0c6b6f5a-9f3b-4b1e-8f57-0d5f0c1f6a01")
        spec.nics = [
            NICSpec(
                port: PortID("7d9a2a52-5b43-4d3c-8f10-0d6c1a2b3c4d"), mac: "fa:16:3e:00:00:01",
                network: NetworkID("1b2c3d4e-0000-4000-8000-000000000001"), mtu: 1442)
        ]
        return spec
    }

    private func guest(_ virtType: VirtType, _ machine: MachineType) -> GuestDefinition {
        let record = GuestRecord(
            spec: spec, fence: CommandFence(order: 3, generation: 1),
            localDisks: [
                GuestRecord.LocalDisk(role: .root, path: "/var/lib/apus/disk", format: "qcow2", target: "vda")
            ])
        let nics = spec.nics.map {
            GuestNIC(port: $0.port, mac: $0.mac, bridge: $0.bridge, mtu: $0.mtu, checksumOffload: machine == .q35)
        }
        return GuestDefinition(
            record: record, virtType: virtType, machine: machine,
            cpuMode: virtType == .kvm ? .hostModel : .default,
            disks: [
                GuestDisk(source: .file(path: "/var/lib/apus/disk", format: "qcow2"), target: "vda", bootOrder: 1),
                GuestDisk(
                    source: .file(path: "/var/lib/apus/disk.config", format: "raw"), kind: .cdrom,
                    target: machine == .q35 ? "sdd" : "hdd", bus: machine == .q35 ? .sata : .ide, readOnly: true),
            ], nics: nics, consoleLog: "/var/lib/apus/console.log", sparePCIPorts: 4)
    }

    @Test func aGuestWithoutKVMIsAsRecorded() throws { try compare(DomainXML.domain(guest(.qemu, .pc)), "qemu-pc") }

    @Test func aKVMGuestOnQ35IsAsRecorded() throws { try compare(DomainXML.domain(guest(.kvm, .q35)), "kvm-q35") }

    @Test func aContainerIsAsRecorded() throws {
        var guest = guest(.lxc, .pc)
        guest.disks = [GuestDisk(source: .file(path: "/var/lib/apus/disk", format: "raw"), target: "vda")]
        try compare(DomainXML.domain(guest), "lxc")
    }

    @Test func aVolumeIsAsRecorded() throws {
        let disk = GuestDisk(
            source: .iscsi(
                ISCSISource(
                    iqn: "iqn.2010-10.org.openstack:volume-1", lun: 1, host: "192.0.2.1", port: 3260,
                    initiator: "iqn.2026-01.cloud.apus:host1",
                    chap: ISCSISource.CHAP(username: "u", secret: "33333333-2222-3333-4444-555555555555"))),
            target: "vdb", serial: "22222222-2222-3333-4444-555555555555",
            alias: GuestDisk.alias(VolumeID("22222222-2222-3333-4444-555555555555")))
        try compare(DeviceXML.disk(disk), "iscsi-disk")
        try compare(
            DeviceXML.secret(uuid: "33333333-2222-3333-4444-555555555555", usage: "iqn.2010-10.org.openstack:volume-1"),
            "secret")
    }

    @Test func aRecordSurvivesItsMetadata() throws {
        var spec = spec
        spec.name = "<&'\"> naïve 🐦\u{1}"
        spec.metadata = ["]]>": "<!--"]
        let record = GuestRecord(spec: spec, fence: CommandFence(order: 9, generation: 2), volumeTargets: ["v": "vdb"])
        for declaring in [true, false] {
            let xml = try record.metadataXML(declaringNamespace: declaring)
            let back = try #require(try GuestRecord(metadataXML: xml))
            #expect(back == record)
        }
    }

    @Test func aGuestsNameCannotEscapeItsElement() throws {
        var guest = guest(.qemu, .pc)
        guest.record.spec.name = "</title><devices/>"
        let element = try XMLElement(parsing: DomainXML.domain(guest))
        #expect(element["title"]?.text == "</title><devices/>")
        #expect(element.all("devices").count == 1)
    }
}

@Suite struct XMLElementTests {
    @Test func whatLibvirtWritesIsRead() throws {
        let element = try XMLElement(
            parsing: """
                <?xml version='1.0'?>
                <!-- made by hand -->
                <domain type='qemu' id="3"><name>a&amp;b</name><x/>t&#x41;il<devices><disk/><disk a='&lt;'/></devices></domain>
                """)
        #expect(element.attributes == ["type": "qemu", "id": "3"])
        #expect(element["name"]?.text == "a&b")
        #expect(element.text == "tAil")
        #expect(element["devices"]?.all("disk").last?.attributes["a"] == "<")
    }

    @Test(arguments: [
        "", "<a>", "<a></b>", "<a b></a>", "<a b='></a>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<a>&x;</a>",
        "<a>&#xD800;</a>", String(repeating: "<a>", count: 100),
    ])
    func whatIsNotXMLIsRefused(_ text: String) {
        #expect(throws: XMLReadingError.self) { try XMLElement(parsing: text) }
    }
}
