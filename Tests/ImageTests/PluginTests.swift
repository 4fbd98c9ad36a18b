import Core
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Image

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct PluginTests {
    private static let isConverterThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/qemu-img")

    @Test(.enabled(if: isConverterThere, "qemu-img is not installed"))
    func importsAreConvertedAndGetProperties() async throws {
        let options = """
            [image]
            image_import_plugins = image_conversion,inject_image_metadata
            image_conversion_output_format = raw
            inject_properties = checked_by=us
            """
        try await ImageFixture.with(options: options) { fixture in
            let source = fixture.folder + "/source.qcow2"
            try await Command("qemu-img", ["create", "-q", "-f", "qcow2", source, "1M"]).checked()
            let after = try await imported([UInt8](try Data(contentsOf: URL(filePath: source))), "qcow2", fixture)
            #expect(after.status == .active)
            #expect(after.diskFormat == "raw")
            #expect(after.size == 1 << 20)
            #expect(after.properties["checked_by"] == "us")
            #expect(try await fixture.stored() == [after.id.rawValue])
            // Zeros are holes: nothing of it is on the disk.
            let path = String(try fixture.core.files.url(after.id).dropFirst("file://".count))
            var facts = stat()
            #expect(stat(path, &facts) == 0)
            #expect(facts.st_size == 1 << 20 && facts.st_blocks == 0)
        }
    }

    /// What would reach for other files, or grow past the limit, never gets to the converter.
    @Test func whatIsRefusedIsNotConverted() async throws {
        let options = "[image]\nimage_import_plugins = image_conversion\nmax_image_size = 1M\n"
        try await ImageFixture.with(options: options) { fixture in
            for bytes in [CraftedImages.qcow2(backing: 112, backingLength: 11), CraftedImages.qcow2(), [1, 2, 3]] {
                let after = try await imported(bytes, "qcow2", fixture)
                #expect(after.status == .queued)
                #expect(after.properties["os_glance_failed_import"] == "file")
                #expect(try await fixture.stored() == [])
            }
        }
    }

    /// Kernels and archives are no disks, whatever a converter would make of them.
    @Test(.enabled(if: isConverterThere, "qemu-img is not installed"))
    func whatIsNoDiskIsNotConverted() async throws {
        let options = "[image]\nimage_import_plugins = image_conversion\nimage_conversion_output_format = qcow2\n"
        try await ImageFixture.with(options: options) { fixture in
            #expect(try await fixture.imported([1, 2, 3], container: "ova").diskFormat == "raw")
            for (format, expected) in [("aki", "aki"), ("raw", "qcow2")] {
                let after = try await imported([UInt8](repeating: 1, count: 512), format, fixture)
                #expect(after.status == .active && after.diskFormat == expected)
            }
        }
    }

    /// The next data is what its owner said it would be.
    @Test(.enabled(if: isConverterThere, "qemu-img is not installed"))
    func anImportThatFailsLeavesTheFormatAsItWas() async throws {
        let options = "[image]\nimage_import_plugins = image_conversion\nmore_stores = more=FOLDER/more\n"
        try await ImageFixture.with(options: options) { fixture in
            let source = fixture.folder + "/source.qcow2"
            try await Command("qemu-img", ["create", "-q", "-f", "qcow2", source, "1M"]).checked()
            // Where the store would put its files there is a file.
            try FileManager.default.removeItem(atPath: fixture.folder + "/more/incoming")
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: source)))
            let after = try await imported(bytes, "qcow2", fixture, into: "more")
            #expect(after.status == .queued && after.diskFormat == "qcow2")
        }
    }

    private func imported(
        _ bytes: [UInt8], _ format: String, _ fixture: ImageFixture, into store: String = "file"
    ) async throws -> Image {
        let image = try await fixture.queued(format: format)
        try await fixture.data.stage(image, Chunks([bytes]), announced: nil)
        let staged = try #require(try await fixture.core.images.find(image.id))
        _ = try await ImageImports(core: fixture.core) {}.accept(
            ImportRequest(method: .glanceDirect, stores: [store], body: [:]), for: staged,
            RequestContext(requestID: "req-1"))
        try await fixture.runSagas()
        return try #require(try await fixture.core.images.find(image.id))
    }
}

/// What is signed is what was signed, or it is not taken.
@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct SignatureTests {
    @Test(arguments: [true, false]) func aSignedImageIsTakenOnlyWhole(isPSS: Bool) async throws {
        try await ImageFixture.with(options: "[image]\ncertificate_dir = FOLDER\n") { fixture in
            let certificate = fixture.core.ids.uuid()
            let properties = try await sign(Array("hello".utf8), isPSS, certificate, in: fixture.folder)
            for (bytes, change, isTaken) in [
                ("hello", nil, true), ("hellp", nil, false), ("hello", "img_signature", false),
                ("hello", "img_signature_certificate_uuid", false), ("hello", "img_signature_hash_method", false),
            ] as [(String, String?, Bool)] {
                var image = Image(
                    id: ImageID(fixture.core.ids.uuid()), owner: ProjectID("p"), createdAt: fixture.core.clock.now())
                image.diskFormat = "raw"
                image.containerFormat = "bare"
                image.properties = properties
                if let change {
                    image.properties[change] = change.hasSuffix("uuid") ? fixture.core.ids.uuid() : "MD5"
                }
                try await fixture.catalogue.create(image)
                do {
                    try await fixture.data.upload(image, Chunks([Array(bytes.utf8)]), announced: nil)
                    #expect(isTaken, "\(bytes) \(change ?? "")")
                } catch let error as ServiceError {
                    #expect(!isTaken && error.code == .badRequest, "\(error)")
                }
                #expect(try await fixture.core.images.find(image.id)?.status == (isTaken ? .active : .queued))
            }
            #expect(try await fixture.stored().sorted() == fixture.expected().sorted())
        }
    }

    @Test func withoutAKeyManagerASignedImageIsRefused() async throws {
        try await ImageFixture.with { fixture in
            var image = Image(
                id: ImageID(fixture.core.ids.uuid()), owner: ProjectID("p"), createdAt: fixture.core.clock.now())
            image.properties = [
                "img_signature": "AAAA", "img_signature_hash_method": "SHA-256", "img_signature_key_type": "RSA-PSS",
                "img_signature_certificate_uuid": fixture.core.ids.uuid(),
            ]
            try await fixture.catalogue.create(image)
            await #expect(throws: ServiceError.self) {
                try await fixture.data.upload(image, Chunks([[1]]), announced: nil)
            }
            #expect(try await fixture.stored() == [])
        }
    }

    /// Makes a key and its certificate, and signs as OpenStack's documentation says: PSS with the longest salt.
    private func sign(
        _ bytes: [UInt8], _ isPSS: Bool, _ certificate: String, in folder: String
    ) async throws -> [String: String] {
        let key = "\(folder)/key.pem"
        let kind = isPSS ? ["rsa:2048"] : ["ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"]
        try await Command(
            "openssl",
            ["req", "-x509", "-nodes", "-newkey"] + kind
                + ["-keyout", key, "-out", "\(folder)/\(certificate).pem", "-days", "2", "-subj", "/CN=test"]
        ).checked()
        try Data(bytes).write(to: URL(filePath: "\(folder)/bytes"))
        let padding = isPSS ? ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:max"] : []
        try await Command(
            "openssl",
            ["dgst", "-sha384", "-sign", key] + padding + ["-out", "\(folder)/signature", "\(folder)/bytes"]
        ).checked()
        let signature = try Data(contentsOf: URL(filePath: "\(folder)/signature"))
        return [
            "img_signature": signature.base64EncodedString(), "img_signature_hash_method": "SHA-384",
            "img_signature_key_type": isPSS ? "RSA-PSS" : "ECC_SECP384R1",
            "img_signature_certificate_uuid": certificate,
        ]
    }
}
