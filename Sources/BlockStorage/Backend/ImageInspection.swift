import Core

/// What the first bytes of an image say, read by us before any program touches the file.
package enum ImageInspection {
    /// Bytes of a file that `inspect` needs.
    package static let headerBytes = 104

    /// Checks a QCOW2 header: no backing file, no external data file, and a bounded size.
    ///
    /// Layout from the QCOW2 specification (docs/interop/qcow2.txt of QEMU).
    /// - Returns: the virtual size in bytes.
    package static func qcow2(_ header: [UInt8]) throws -> Int {
        guard header.count >= 72, header.starts(with: magic) else { throw refused("it is not QCOW2") }
        let version = integer(header, 4, 4)
        guard version == 2 || version == 3 else { throw refused("version \(version) is unknown") }
        guard integer(header, 8, 8) == 0, integer(header, 16, 4) == 0 else { throw refused("it has a backing file") }
        guard integer(header, 32, 4) == 0 else { throw refused("it is encrypted") }
        if version == 3 {
            guard header.count >= 80 else { throw refused("its header is cut short") }
            let incompatible = integer(header, 72, 8)
            // Bit 2: data lies in another file. Bits above 4 are unknown.
            guard incompatible & 0b100 == 0, incompatible >> 5 == 0 else {
                throw refused("it has an external data file")
            }
        }
        let size = integer(header, 24, 8)
        guard size <= UInt64(Int64.max >> 1) else { throw refused("its size is absurd") }
        return Int(size)
    }

    /// Whether a file that is said to be raw is in truth a format that programs would follow elsewhere.
    package static func looksFormatted(_ header: [UInt8]) -> Bool {
        header.starts(with: magic) || header.starts(with: Array("QED\0".utf8))
            || header.starts(with: Array("KDMV".utf8))
            || header.starts(with: Array("# Disk DescriptorFile".utf8)) || header.starts(with: Array("vhdxfile".utf8))
    }

    private static let magic: [UInt8] = [0x51, 0x46, 0x49, 0xFB]

    private static func integer(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
        bytes[offset..<offset + count].reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func refused(_ reason: String) -> ServiceError {
        ServiceError(.badRequest, "The image cannot be used for a volume: \(reason).")
    }
}
