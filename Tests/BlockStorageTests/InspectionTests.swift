import Core
import Testing
import WebAPI

@testable import BlockStorage

struct InspectionTests {
    private func header(
        version: UInt8 = 3, backing: UInt8 = 0, size: UInt64 = 1 << 30, encrypted: UInt8 = 0, incompatible: UInt8 = 0
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 104)
        bytes.replaceSubrange(0..<4, with: [0x51, 0x46, 0x49, 0xFB])
        bytes[7] = version
        bytes[15] = backing
        for index in 0..<8 { bytes[24 + index] = UInt8(truncatingIfNeeded: size >> UInt64(56 - 8 * index)) }
        bytes[35] = encrypted
        bytes[79] = incompatible
        return bytes
    }

    @Test func aPlainQCOW2TellsItsSize() throws {
        #expect(try ImageInspection.qcow2(header()) == 1 << 30)
        #expect(try ImageInspection.qcow2(header(version: 2)) == 1 << 30)
    }

    /// A backing or data file names a path of the host.
    @Test func qcow2ThatReachesElsewhereIsRefused() {
        for bad in [
            header(backing: 200), header(encrypted: 1), header(incompatible: 0b100), header(incompatible: 0x80),
            header(version: 4), header(size: .max), Array(header().prefix(60)), Array("not an image".utf8),
        ] {
            #expect(throws: ServiceError.self) { try ImageInspection.qcow2(bad) }
        }
    }

    /// A formatted image passed off as raw.
    @Test func formattedFilesAreNotRaw() {
        #expect(ImageInspection.looksFormatted(header()))
        #expect(ImageInspection.looksFormatted(Array("KDMV....".utf8)))
        #expect(ImageInspection.looksFormatted(Array("# Disk DescriptorFile".utf8)))
        #expect(!ImageInspection.looksFormatted([UInt8](repeating: 0, count: 104)))
    }

    @Test func targetListingsAreRead() {
        let listing = TargetListing(
            """
            Target 7: iqn.2010-10.org.openstack:volume-a
                System information:
                    Driver: iscsi
                    State: ready
                I_T nexus information:
                    I_T nexus: 3
                        Initiator: iqn.x:y alias: h
                        Connection: 0
                            IP Address: 10.0.0.1
                LUN information:
                    LUN: 0
                        Type: controller
                        Backing store path: None
                    LUN: 1
                        Type: disk
                        Backing store path: /var/lib/x/volume-a
                Account information:
                    user1
                ACL information:
                    ALL
            Target 9: iqn.other
                LUN information:
            """)
        #expect(listing.targets.map(\.number) == [7, 9])
        #expect(listing.targets[0].files[1] == "/var/lib/x/volume-a")
        #expect(listing.targets[0].accounts == ["user1"])
        #expect(listing.targets[0].allowed == ["ALL"])
        #expect(listing.targets[0].sessions == [3: [0]])
    }

    @Test func passwordsDependOnKeyAndAttachmentOnly() {
        let key = ChapKey(bytes: [UInt8](repeating: 1, count: 32))
        let other = ChapKey(bytes: [UInt8](repeating: 2, count: 32))
        let account = key.account(for: ID("11111111-2222-3333-4444-555555555555"))
        #expect(account == key.account(for: ID("11111111-2222-3333-4444-555555555555")))
        #expect(account.password != other.account(for: ID("11111111-2222-3333-4444-555555555555")).password)
        #expect(account.password != key.account(for: ID("11111111-2222-3333-4444-555555555556")).password)
        #expect(account.password.count == 16)
    }

    @Test func everySchemaCanBeRead() {
        for schema in [
            Schemas.createSnapshot, Schemas.updateVolume, Schemas.metadataBody, Schemas.createAttachment,
            Schemas.updateAttachment,
        ] + Schemas.createVolume.map(\.schema) {
            #expect(schema.mistakes == [])
        }
    }
}
