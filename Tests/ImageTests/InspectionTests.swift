import Testing

@testable import Image

/// An image that names a file of the host is refused before anything opens it.
struct InspectionTests {
    /// Fed in pieces of every awkward size, the answer is the same.
    private func inspect(_ bytes: [UInt8], piece: Int = 4096) throws -> InspectedImage {
        var inspector = ContentInspector()
        var rest = bytes[...]
        while !rest.isEmpty {
            try inspector.feed(rest.prefix(piece))
            rest = rest.dropFirst(piece)
        }
        return try inspector.finish()
    }

    @Test(arguments: [1, 7, 512, 4096, 1 << 21])
    func formatsAreRecognised(piece: Int) throws {
        func found(_ bytes: [UInt8]) throws -> InspectedImage { try inspect(bytes, piece: piece) }
        #expect(try found(CraftedImages.qcow2()) == InspectedImage(format: .qcow2, virtualSize: 1 << 30))
        #expect(
            try found(CraftedImages.vmdk(type: "monolithicSparse"))
                == InspectedImage(format: .vmdk, virtualSize: 2048 * 512))
        #expect(try found(CraftedImages.vdi(type: 1)) == InspectedImage(format: .vdi, virtualSize: 4096))
        #expect(try found(CraftedImages.vhd(type: 3)) == InspectedImage(format: .vhd, virtualSize: 8192))
        #expect(try found(CraftedImages.padded([], to: 1024) + CraftedImages.vhd(type: 2)).format == .vhd)
        #expect(try found(CraftedImages.iso()) == InspectedImage(format: .iso, virtualSize: 40_960))
        #expect(try found(CraftedImages.disk()).format == .gpt)
        #expect(try found([1, 2, 3]) == InspectedImage(format: .raw, virtualSize: 3))
        #expect(try found([]) == InspectedImage(format: .raw, virtualSize: 0))
    }

    @Test func imagesThatReachElsewhereAreRefused() {
        let dataFileName = CraftedImages.big(0x4441_5441, 4) + CraftedImages.big(11, 4) + Array("/etc/shadow".utf8)
        let crafted: [[UInt8]] = [
            CraftedImages.qcow2(backing: 112, backingLength: 11), CraftedImages.qcow2(version: 2, backing: 80),
            CraftedImages.qcow2(backingLength: 9), CraftedImages.qcow2(features: 0b100),
            CraftedImages.qcow2(features: 1 << 20), CraftedImages.qcow2(version: 1), CraftedImages.qcow2(version: 4),
            CraftedImages.qcow2(extensions: dataFileName), CraftedImages.qcow2(size: 1 << 63),
            Array(CraftedImages.qcow2().prefix(20)),
            CraftedImages.vmdk(type: "monolithicFlat", extent: "RW 2048 FLAT \"/etc/passwd\" 0"),
            CraftedImages.vmdk(type: "monolithicSparse", extent: "RW 2048 FLAT \"/etc/passwd\" 0"),
            CraftedImages.vmdk(type: "monolithicSparse", extent: "RW 2048 SPARSE \"/etc/passwd\""),
            CraftedImages.vmdk(type: "vmfs"), CraftedImages.vmdk(type: "twoGbMaxExtentSparse"),
            Array("# Disk DescriptorFile\ncreateType=\"monolithicFlat\"\nRW 1 FLAT \"/etc/passwd\" 0\n".utf8),
            CraftedImages.vdi(type: 4), CraftedImages.vhd(type: 4),
            Array("QED\0".utf8) + CraftedImages.padded([], to: 600),
            Array("vhdxfile".utf8) + CraftedImages.padded([], to: 4096),
        ]
        for bytes in crafted {
            #expect(throws: InspectionFailure.self) { try inspect(bytes) }
        }
    }

    @Test func whatIsDeclaredMustBeWhatIsThere() throws {
        let qcow2 = InspectedImage(format: .qcow2, virtualSize: 1 << 30)
        let raw = InspectedImage(format: .raw, virtualSize: 3)
        #expect(try FormatCheck.check(qcow2, declared: "qcow2", container: "bare", size: 9) == 1 << 30)
        #expect(try FormatCheck.check(raw, declared: "raw", container: "bare", size: 3) == 3)
        #expect(try FormatCheck.check(InspectedImage(format: .gpt), declared: "raw", container: "bare", size: 3) == 3)
        for (found, declared) in [(qcow2, "raw"), (raw, "qcow2"), (raw, "vmdk"), (qcow2, "vmdk"), (raw, "iso")] {
            #expect(throws: InspectionFailure.self) {
                try FormatCheck.check(found, declared: declared, container: "bare", size: 9)
            }
        }
    }

    /// Any bytes at all end in an answer or a refusal.
    @Test func noBytesCrashTheInspector() {
        var generator = SystemRandomNumberGenerator()
        let seeds = [
            CraftedImages.qcow2(), CraftedImages.vmdk(type: "streamOptimized"), CraftedImages.vdi(type: 1),
            CraftedImages.iso(), Array("vhdxfile".utf8) + CraftedImages.padded([], to: 300_000),
        ]
        for seed in seeds {
            for _ in 0..<40 {
                var bytes = seed
                for _ in 0..<20 {
                    bytes[Int.random(in: 0..<min(bytes.count, 600), using: &generator)] = UInt8.random(
                        in: 0...255, using: &generator)
                }
                do {
                    _ = try inspect(
                        Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator))), piece: 65_536)
                } catch {
                    #expect(error is InspectionFailure)
                }
            }
        }
    }
}

extension InspectedImage {
    init(format: ImageFormat) { self.init(format: format, virtualSize: nil) }
}
