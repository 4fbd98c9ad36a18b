import Core
import Testing

@testable import ComputeAgent

/// Rows 1 to 5 of the security list: what an image may not say.
@Suite struct ImageHeaderTests {
    private func qcow2(
        version: UInt32 = 3, backing: UInt64 = 0, size: UInt64 = 1 << 30, crypt: UInt32 = 0, features: UInt64 = 0
    ) -> [UInt8] {
        func big(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
        var bytes: [UInt8] = [0x51, 0x46, 0x49, 0xFB]
        bytes += big(version) + big(backing) + big(UInt32(backing == 0 ? 0 : 8)) + big(UInt32(16)) + big(size)
        bytes += big(crypt) + [UInt8](repeating: 0, count: 72 - 36) + big(features)
        return bytes + [UInt8](repeating: 0, count: 104 - bytes.count)
    }

    private func read(_ bytes: [UInt8], _ format: String = "qcow2") throws -> Int {
        try ImageHeader(bytes, format: format, fileBytes: bytes.count).virtualBytes
    }

    @Test func aPlainQcow2ImageIsAccepted() throws {
        #expect(try read(qcow2()) == 1 << 30)
        #expect(try read(qcow2(version: 2)) == 1 << 30)
    }

    @Test func aBackingFileIsRefused() { #expect(throws: ServiceError.self) { try read(qcow2(backing: 512)) } }

    @Test func anExternalDataFileIsRefused() { #expect(throws: ServiceError.self) { try read(qcow2(features: 4)) } }

    @Test func anEncryptedImageIsRefused() { #expect(throws: ServiceError.self) { try read(qcow2(crypt: 1)) } }

    @Test func unknownFeaturesAreRefused() { #expect(throws: ServiceError.self) { try read(qcow2(features: 1 << 40)) } }

    @Test func anImpossibleSizeIsRefused() {
        #expect(throws: ServiceError.self) { try read(qcow2(size: 0)) }
        #expect(throws: ServiceError.self) { try read(qcow2(size: .max)) }
    }

    @Test func otherBytesThanDeclaredAreRefused() {
        #expect(throws: ServiceError.self) { try read([UInt8](repeating: 0, count: 104)) }
        #expect(throws: ServiceError.self) { try read(Array(qcow2().prefix(60))) }
    }

    @Test func aQcow2HeaderInARawImageIsJustBytes() throws { #expect(try read(qcow2(backing: 512), "raw") == 104) }

    @Test func otherFormatsAreRefused() { #expect(throws: ServiceError.self) { try read(qcow2(), "vmdk") } }
}
