import Core
import FoundationEssentials
import TestSupport
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

    @Test func whatGoesTogetherIsOneFormat() throws {
        #expect(
            try inspect(CraftedImages.both(CraftedImages.iso(), CraftedImages.disk()))
                == InspectedImage(format: .iso, virtualSize: 40_960))
        #expect(try inspect(CraftedImages.disk() + CraftedImages.vhd(type: 2)).format == .vhd)
        #expect(try inspect(CraftedImages.vmdk(text: CraftedImages.vmdkText) { _ in }).format == .vmdk)
        #expect(
            try inspect(CraftedImages.vhdx([CraftedImages.vhdxSize, CraftedImages.vhdxAlone]))
                == InspectedImage(format: .vhdx, virtualSize: 1 << 30))
        #expect(try inspect(CraftedImages.ploop()) == InspectedImage(format: .ploop, virtualSize: 1 << 20))
        #expect(try inspect(CraftedImages.luks()).format == .luks)
        #expect(try inspect(Array("version=1\nbut no image\n".utf8)).format == .raw)
    }

    /// Programs go by the larger of the two sizes, or by the other one.
    @Test func aVHDIsAsLargeAsItsGeometry() throws {
        var bytes = CraftedImages.vhd(type: 3)
        bytes.replaceSubrange(56..<60, with: [0xFF, 0xFF, 16, 63])
        #expect(try inspect(bytes).virtualSize == 65_535 * 16 * 63 * 512)
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/qemu-img"), "qemu-img is not installed"))
    func whatOthersMakeIsRecognised() async throws {
        let folder = "/tmp/apus-inspection-\(IDGenerator.random.hex())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (format, options, expected) in [
            ("qcow2", "compat=1.1,extended_l2=on", ImageFormat.qcow2), ("qcow2", "compat=0.10", .qcow2),
            ("vmdk", "subformat=monolithicSparse", .vmdk), ("vmdk", "subformat=streamOptimized", .vmdk),
            ("vpc", "subformat=dynamic,force_size=on", .vhd), ("vpc", "subformat=fixed,force_size=on", .vhd),
            ("vhdx", "subformat=dynamic", .vhdx), ("vdi", "static=off", .vdi), ("parallels", "cluster_size=1M", .ploop),
            ("raw", "preallocation=off", .raw),
        ] {
            let path = "\(folder)/image"
            try await Command("qemu-img", ["create", "-q", "-f", format, "-o", options, path, "8M"]).checked()
            let found = try inspect([UInt8](try Data(contentsOf: URL(filePath: path))), piece: 1 << 16)
            #expect(found.format == expected && found.virtualSize == 8 << 20, "\(format) \(options): \(found)")
            try FileManager.default.removeItem(atPath: path)
        }
        try FileManager.default.removeItem(atPath: folder)
    }

    /// Row 5 apart, which is the service's: a size that nobody could store is no fault of the format.
    @Test func imagesThatReachElsewhereAreRefused() {
        for (format, bytes) in CraftedImages.hostile {
            for piece in [4096, 1 << 20] {
                let found = Result { try inspect(bytes, piece: piece) }
                guard case .success(let image) = found else { continue }
                #expect(image.virtualSize ?? 0 > 16 << 40, "\(format): \(image), \(bytes.prefix(600))")
            }
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
