import Core
import Database
import FoundationEssentials
import Glibc
import TestSupport
import Testing
import Workflow

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

    /// What would reach for other files, or grow past the limit, never gets to the converter: each of these works,
    /// `qemu-img` itself would convert it.
    @Test(.enabled(if: isConverterThere, "qemu-img is not installed"))
    func whatIsRefusedIsNotConverted() async throws {
        let options = "[image]\nimage_import_plugins = image_conversion\nimage_conversion_max_size = 1M\n"
        try await ImageFixture.with(options: options) { fixture in
            let canary = fixture.folder + "/canary"
            try Data([UInt8](repeating: 67, count: 512)).write(to: URL(filePath: canary))
            let arguments = [
                "backed.qcow2": ["-f", "qcow2", "-F", "raw", "-b", canary], "large.qcow2": ["-f", "qcow2"],
            ]
            for (name, options) in arguments {
                let (path, raw) = ("\(fixture.folder)/\(name)", fixture.folder + "/raw")
                try await Command("qemu-img", ["create", "-q"] + options + [path, "2M"]).checked()
                try await Command("qemu-img", ["convert", "-f", "qcow2", "-O", "raw", path, raw]).checked()
                let after = try await imported([UInt8](try Data(contentsOf: URL(filePath: path))), "qcow2", fixture)
                #expect(after.status == .queued, "\(name)")
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

    /// Whatever it said: `qemu-img` may read the size of an image elsewhere than we do.
    @Test(.enabled(if: isConverterThere, "qemu-img is not installed"))
    func aConversionWritesNoMoreThanItMay() async throws {
        try await ImageFixture.with { fixture in
            let folder = fixture.folder
            let source = folder + "/source"
            try Data([UInt8](repeating: 7, count: 1 << 20)).write(to: URL(filePath: source))
            let job = Conversions.Job(
                source: source, from: "raw", target: folder + "/target", to: "raw", limit: 1 << 19)
            let error = await #expect(throws: ServiceError.self) {
                try await fixture.core.conversions.run(job)
            }
            #expect(error?.code == .tooLarge)
        }
    }

    /// Containers hold more than a disk, what is signed must stay that, and a VMDK can name the host's files.
    @Test(.enabled(if: isConverterThere, "qemu-img is not installed"))
    func onlyBareUnsignedDisksAreConverted() async throws {
        let options = "[image]\nimage_import_plugins = image_conversion\nimage_conversion_output_format = qcow2\n"
        try await ImageFixture.with(options: options) { fixture in
            let signature = [
                "img_signature": "AAAA", "img_signature_hash_method": "SHA-256", "img_signature_key_type": "RSA-PSS",
                "img_signature_certificate_uuid": fixture.core.ids.uuid(),
            ]
            let disk = [UInt8](repeating: 0, count: 4096)
            let vmdk = CraftedImages.vmdk(type: "monolithicSparse")
            let cases: [([UInt8], String, String, [String: String], Bool)] = [
                (disk, "raw", "bare", [:], true), (disk, "raw", "ova", [:], false), (disk, "ami", "bare", [:], false),
                (disk, "raw", "bare", signature, false), (vmdk, "vmdk", "bare", [:], false),
            ]
            for (bytes, format, container, properties, isConverted) in cases {
                let id = try await prepared(bytes, format, fixture) { image in
                    image.containerFormat = container
                    image.properties.merge(properties) { $1 }
                }
                let plugins = ImportPlugins(
                    state: try await fixture.held(id), env: fixture.environment)
                let converted = try await plugins.convert()
                #expect((converted != nil) == isConverted, "\(format) \(container) \(properties)")
                #expect(converted == nil || converted?.format == "qcow2")
            }
        }
    }

    /// Conversions take long: few at a time, one of each project, and the rest come again.
    @Test(.enabled(if: isConverterThere, "qemu-img is not installed"))
    func aConversionWithoutAPlaceWaitsAsASaga() async throws {
        let options =
            "[image]\nimage_import_plugins = image_conversion\nimage_conversion_output_format = qcow2\n"
            + "image_conversion_workers = 1\n"
        try await ImageFixture.with(options: options) { fixture in
            let id = try await prepared([UInt8](repeating: 0, count: 4096), "raw", fixture)
            let plugins = ImportPlugins(state: try await fixture.held(id), env: fixture.environment)
            _ = try await fixture.core.conversions.slots.run(ProjectID("another")) {
                await #expect(throws: SagaRetry.self) { try await plugins.convert() }
            }
            #expect(try await plugins.convert()?.format == "qcow2")
        }
    }

    /// Imports side by side do not all count on the same room.
    @Test(.enabled(if: isConverterThere, "qemu-img is not installed"))
    func whatConversionsMayWriteIsReserved() async throws {
        let options = "[image]\nimage_import_plugins = image_conversion\nproject_quota = 3M\n"
        try await ImageFixture.with(options: options) { fixture in
            let source = fixture.folder + "/source.qcow2"
            try await Command("qemu-img", ["create", "-q", "-f", "qcow2", source, "1900K"]).checked()
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: source)))
            let (one, two) = (
                try await prepared(bytes, "qcow2", fixture), try await prepared(bytes, "qcow2", fixture)
            )
            let first = ImportPlugins(state: try await fixture.held(one), env: fixture.environment)
            let second = ImportPlugins(state: try await fixture.held(two), env: fixture.environment)
            #expect(try await first.convert() != nil)
            // Not adopted yet.
            let error = await #expect(throws: ServiceError.self) { try await second.convert() }
            #expect(error?.code == .tooLarge)
            // Again, as after a crash.
            #expect(try await first.convert() != nil)
        }
    }

    private func prepared(
        _ bytes: [UInt8], _ format: String, _ fixture: ImageFixture, into store: String = "file",
        _ change: (inout Image) -> Void = { _ in }
    ) async throws -> ImageID {
        var image = Image(
            id: ImageID(fixture.core.ids.uuid()), owner: ProjectID("p"), createdAt: fixture.core.clock.now())
        image.diskFormat = format
        image.containerFormat = "bare"
        change(&image)
        try await fixture.catalogue.create(image)
        try await fixture.data.stage(image, Chunks([bytes]), announced: nil)
        let staged = try #require(try await fixture.core.images.find(image.id))
        _ = try await ImageImports(core: fixture.core) {}.accept(
            ImportRequest(method: .glanceDirect, stores: [store], body: [:]), for: staged,
            RequestContext(requestID: "req-1"))
        return image.id
    }

    private func imported(
        _ bytes: [UInt8], _ format: String, _ fixture: ImageFixture, into store: String = "file"
    ) async throws -> Image {
        let id = try await prepared(bytes, format, fixture, into: store)
        try await fixture.runSagas()
        return try #require(try await fixture.core.images.find(id))
    }
}

extension ImageFixture {
    var environment: ImportEnvironment { ImportEnvironment(core: core, data: data, remote: nil) }

    /// The state of the import that holds an image.
    func held(_ id: ImageID) async throws -> ImportImage.State {
        let rows = try await core.database.query("SELECT upload_id FROM images WHERE id = \(id)")
        return ImportImage.State(
            image: id, task: "", upload: try #require(rows.first).get("upload_id"), method: .glanceDirect, host: "test",
            stores: ["file"])
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

    /// Its hash is that of bytes that were checked; the certificate may be gone by now.
    @Test func aCopyOfASignedImageIsNotCheckedAgain() async throws {
        let options = "[image]\ncertificate_dir = FOLDER\nmore_stores = b=FOLDER/b\n"
        try await ImageFixture.with(options: options) { fixture in
            let certificate = fixture.core.ids.uuid()
            let properties = try await sign(Array("hello".utf8), true, certificate, in: fixture.folder)
            var image = Image(
                id: ImageID(fixture.core.ids.uuid()), owner: ProjectID("p"), createdAt: fixture.core.clock.now())
            image.diskFormat = "raw"
            image.containerFormat = "bare"
            image.properties = properties
            try await fixture.catalogue.create(image)
            try await fixture.data.upload(image, Chunks([Array("hello".utf8)]), announced: nil)
            try FileManager.default.removeItem(atPath: "\(fixture.folder)/\(certificate).pem")
            let active = try #require(try await fixture.core.images.find(image.id))
            _ = try await ImageImports(core: fixture.core) {}.accept(
                ImportRequest(method: .copyImage, stores: ["b"], body: [:]), for: active,
                RequestContext(requestID: "req-1"))
            try await fixture.runSagas()
            #expect(try await fixture.core.images.find(image.id)?.isStored(in: "b") == true)
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
