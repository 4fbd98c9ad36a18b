/// Microsoft's VHD: a footer, which dynamic disks repeat at their start.
enum VHDFormat {
    static let signature = "conectix"
    /// Sectors. Written where a disk is larger, and the size is the other one.
    private static let largestGeometry: UInt64 = 65_535 * 16 * 255

    static func inspect(_ reader: ByteReader, isDynamic: Bool) throws(InspectionFailure) -> InspectedImage {
        // Type 4 is a differencing disk: its data is in another file.
        guard let type = reader.big(60, 4), type == 2 || type == 3 else {
            throw InspectionFailure("VHD images that need another file are not accepted.")
        }
        guard isDynamic || type == 2 else { throw InspectionFailure("The VHD image has no header.") }
        let size = try reader.size(big: 48)
        // Some programs go by the geometry instead.
        guard let cylinders = reader.big(56, 2), let heads = reader.big(58, 1), let sectors = reader.big(59, 1) else {
            throw InspectionFailure("The VHD header is cut short.")
        }
        let geometry = cylinders * heads * sectors
        let counts = geometry != largestGeometry
        return InspectedImage(format: .vhd, virtualSize: counts ? max(size, Int64(geometry) * 512) : size)
    }
}

/// VirtualBox's VDI.
enum VDIFormat {
    static func inspect(_ reader: ByteReader) throws(InspectionFailure) -> InspectedImage {
        // Types: 1 dynamic, 2 fixed, 3 undo, 4 differencing.
        guard let type = reader.little(0x4C, 4), type == 1 || type == 2 else {
            throw InspectionFailure("VDI images that need another file are not accepted.")
        }
        return InspectedImage(format: .vdi, virtualSize: try reader.size(little: 0x170))
    }
}

/// ISO 9660 and UDF: the first volume descriptor, in sector 16.
enum ISOFormat {
    private static let names = ["CD001", "BEA01", "NSR02", "NSR03"]

    static func isThere(_ reader: ByteReader) -> Bool { names.contains { reader.starts(with: $0, at: 0x8001) } }

    static func inspect(_ reader: ByteReader) -> InspectedImage {
        guard reader.little(0x8000, 1) == 1, let blocks = reader.little(0x8050, 4), let block = reader.little(0x8080, 2)
        else { return InspectedImage(format: .iso, virtualSize: nil) }
        return InspectedImage(format: .iso, virtualSize: Int64(blocks) * Int64(block))
    }
}

/// Parallels' and Virtuozzo's ploop (qemu: docs/interop/parallels.txt).
enum PloopFormat {
    static let signatures = ["WithoutFreeSpace", "WithouFreSpacExt"]

    static func inspect(_ reader: ByteReader) throws(InspectionFailure) -> InspectedImage {
        guard reader.little(16, 4) == 2, let count = reader.little(36, 8) else {
            throw InspectionFailure("The ploop header is not valid.")
        }
        // The older form has 32 bits of it, and rubbish beside them.
        let sectors = reader.starts(with: signatures[0]) ? count & 0xFFFF_FFFF : count
        guard sectors < UInt64(1) << 50 else { throw InspectionFailure("The ploop header is not valid.") }
        return InspectedImage(format: .ploop, virtualSize: Int64(sectors) * 512)
    }
}

/// The master boot record of a bare disk.
enum PartitionTable {
    /// A boot flag is 0x00 or 0x80 in each entry; else the signature is chance.
    static func isPlausible(_ reader: ByteReader) -> Bool {
        (0..<4).allSatisfy { index in
            let flag = reader.big(446 + index * 16, 1)
            return flag == 0 || flag == 0x80
        }
    }
}

/// Microsoft's VHDX (MS-VHDX): the region table leads to the metadata table, which has the size.
enum VHDXFormat {
    private static let regionTable = 192 << 10
    private static let metadataRegion: [UInt8] = [
        0x06, 0xA2, 0x7C, 0x8B, 0x90, 0x47, 0x9A, 0x4B, 0xB8, 0xFE, 0x57, 0x5F, 0x05, 0x0F, 0x88, 0x6E,
    ]
    private static let virtualDiskSize: [UInt8] = [
        0x24, 0x42, 0xA5, 0x2F, 0x1B, 0xCD, 0x76, 0x48, 0xB2, 0x11, 0x5D, 0xBE, 0xD8, 0x3B, 0xF4, 0xB8,
    ]
    private static let fileParameters: [UInt8] = [
        0x37, 0x67, 0xA1, 0xCA, 0x36, 0xFA, 0x43, 0x4D, 0xB3, 0xB6, 0x33, 0xF0, 0xAA, 0x44, 0xE7, 0x6B,
    ]
    private static let parentLocator: [UInt8] = [
        0x2D, 0x5F, 0xD3, 0xA8, 0x0B, 0xB3, 0x4D, 0x45, 0xAB, 0xF7, 0xD3, 0xD8, 0x48, 0x34, 0xAB, 0x0C,
    ]

    /// Where the metadata is, at most a mebibyte of it.
    static func metadataRange(_ reader: ByteReader) -> Range<Int64>? {
        guard reader.starts(with: "vhdxfile"), reader.starts(with: "regi", at: regionTable),
            let count = reader.little(regionTable + 8, 4), count <= 2047
        else { return nil }
        for index in 0..<Int(count) {
            let entry = regionTable + 16 + index * 32
            guard reader.slice(entry, 16) == metadataRegion, let offset = reader.little(entry + 16, 8),
                let length = reader.little(entry + 24, 4), offset >= 1 << 20, offset < UInt64(1) << 40
            else { continue }
            return Int64(offset)..<(Int64(offset) + Int64(min(length, 1 << 20)))
        }
        return nil
    }

    static func inspect(
        _ reader: ByteReader, metadata: [UInt8], isComplete: Bool
    ) throws(InspectionFailure) -> InspectedImage {
        guard isComplete else { return InspectedImage(format: .vhdx, virtualSize: nil) }
        let table = ByteReader(metadata)
        guard table.starts(with: "metadata"), let count = table.little(10, 2), count <= 2047 else {
            throw InspectionFailure("The VHDX metadata is not valid.")
        }
        var size: Int64?
        for index in 0..<Int(count) {
            let entry = 32 + index * 32
            guard let item = table.slice(entry, 16), let offset = table.little(entry + 16, 4) else { break }
            if item == virtualDiskSize {
                guard size == nil else { throw InspectionFailure("The VHDX metadata is not valid.") }
                size = try table.size(little: Int(offset))
            }
            if item == parentLocator { throw InspectionFailure("VHDX images with a parent are not accepted.") }
            if item == fileParameters, let flags = table.little(Int(offset) + 4, 4), flags & 2 != 0 {
                throw InspectionFailure("VHDX images with a parent are not accepted.")
            }
        }
        guard let size else { throw InspectionFailure("The VHDX metadata is not valid.") }
        return InspectedImage(format: .vhdx, virtualSize: size)
    }
}
