import Core

/// What an image's first bytes say, checked before any other program reads the file.
///
/// A qcow2 image may name other files, of the host, as its backing or data file: such an image is
/// refused (CVE-2024-32498, CVE-2015-5163).
struct ImageHeader: Sendable, Hashable {
    /// As the guest sees it.
    var virtualBytes: Int

    static let length = 104

    /// - Parameters:
    ///   - format: the format the image's record declares; the bytes must agree.
    ///   - fileBytes: the whole file's size.
    init(_ bytes: [UInt8], format: String, fileBytes: Int) throws(ServiceError) {
        switch format {
        case "qcow2":
            virtualBytes = try Self.qcow2(bytes)
        case "raw", "ami", "ari", "aki", "iso":
            virtualBytes = fileBytes
        default:
            throw ServiceError(.badRequest, "Images in the format \(format) cannot be booted on this host.")
        }
    }

    private static func qcow2(_ bytes: [UInt8]) throws(ServiceError) -> Int {
        func fail(_ reason: String) -> ServiceError {
            ServiceError(.badRequest, "The image is not acceptable: \(reason).")
        }
        func number(_ offset: Int, _ count: Int) -> UInt64 {
            bytes[offset..<(offset + count)].reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard bytes.count >= 72, Array(bytes[0..<4]) == [0x51, 0x46, 0x49, 0xFB] else {
            throw fail("its data is not qcow2")
        }
        let version = number(4, 4)
        guard version == 2 || version == 3 else { throw fail("its qcow2 version is unknown") }
        guard number(8, 8) == 0, number(16, 4) == 0 else { throw fail("it refers to a backing file") }
        guard number(32, 4) == 0 else { throw fail("it is encrypted") }
        if version == 3 {
            guard bytes.count >= Self.length else { throw fail("it is too short") }
            let features = number(72, 8)
            guard features & 0b100 == 0 else { throw fail("it refers to an external data file") }
            // Dirty, compression type and extended L2 entries are harmless; corrupt and unknown ones are not.
            guard features & ~UInt64(0b11001) == 0 else { throw fail("it uses unknown qcow2 features") }
        }
        guard let size = Int(exactly: number(24, 8)), size > 0 else { throw fail("its size is impossible") }
        return size
    }
}
