/// QCOW2's header (qemu: docs/interop/qcow2.txt).
enum QCOWFormat {
    /// dirty, corrupt, external data file, compression type, extended L2 entries.
    private static let knownFeatures: UInt64 = 0b11111
    private static let externalDataFile: UInt64 = 0b00100

    /// Bytes in which the header and its extensions are: the first cluster.
    static func headLength(_ marks: ByteReader) -> Int {
        guard let bits = marks.big(20, 4), (9...21).contains(bits) else { return ContentInspector.headLimit }
        return min(1 << Int(bits), ContentInspector.headLimit)
    }

    static func inspect(_ reader: ByteReader) throws(InspectionFailure) -> InspectedImage {
        guard let version = reader.big(4, 4) else { throw InspectionFailure("The QCOW2 header is cut short.") }
        guard version == 2 || version == 3 else {
            throw InspectionFailure("QCOW version \(version) is not accepted.")
        }
        guard let backing = reader.big(8, 8), backing == 0, reader.big(16, 4) == 0 else {
            throw InspectionFailure("QCOW2 images with a backing file are not accepted.")
        }
        if version == 3 {
            guard let features = reader.big(72, 8) else { throw InspectionFailure("The QCOW2 header is cut short.") }
            guard features & externalDataFile == 0 else {
                throw InspectionFailure("QCOW2 images with an external data file are not accepted.")
            }
            guard features & ~knownFeatures == 0 else {
                throw InspectionFailure("The QCOW2 image has unknown incompatible features.")
            }
        }
        try refuseExtensions(reader, version)
        return InspectedImage(format: .qcow2, virtualSize: try reader.size(big: 24))
    }

    /// The name of an external data file can also stand alone, as a header extension.
    private static func refuseExtensions(_ reader: ByteReader, _ version: UInt64) throws(InspectionFailure) {
        var offset = version == 2 ? 72 : Int(reader.big(100, 4) ?? 104)
        guard offset >= 72, offset <= 4096 else { throw InspectionFailure("The QCOW2 header is not valid.") }
        for _ in 0..<64 {
            guard let type = reader.big(offset, 4), let length = reader.big(offset + 4, 4), type != 0 else { return }
            if type == 0x4441_5441 {
                throw InspectionFailure("QCOW2 images with an external data file are not accepted.")
            }
            guard length <= UInt64(ContentInspector.headLimit) else { return }
            offset += 8 + (Int(length) + 7) / 8 * 8
        }
        throw InspectionFailure("The QCOW2 header is not valid.")
    }
}
