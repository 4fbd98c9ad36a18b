/// VMware's sparse extents (Virtual Disk Format 5.0). Only kinds that hold all their data are accepted:
/// a descriptor that names other files could name the host's.
enum VMDKFormat {
    private static let accepted: Set<String> = ["monolithicSparse", "streamOptimized"]
    private static let sector = 512

    static func inspect(_ reader: ByteReader) throws(InspectionFailure) -> InspectedImage {
        guard reader.starts(with: "KDMV") else {
            throw InspectionFailure("VMDK images of several files are not accepted.")
        }
        guard let version = reader.little(4, 4), (1...3).contains(version) else {
            throw InspectionFailure("The VMDK header is not valid.")
        }
        guard let capacity = reader.little(12, 8), capacity < UInt64(1) << 50 else {
            throw InspectionFailure("The VMDK header is not valid.")
        }
        guard let offset = reader.little(28, 8), let length = reader.little(36, 8), offset > 0, offset < 1024,
            length > 0, length <= 1024,
            let descriptor = reader.slice(Int(offset) * sector, Int(length) * sector)
                ?? reader.slice(Int(offset) * sector, max(0, reader.count - Int(offset) * sector))
        else { throw InspectionFailure("The VMDK image has no descriptor.") }
        try check(String(decoding: descriptor.prefix { $0 != 0 }, as: UTF8.self))
        return InspectedImage(format: .vmdk, virtualSize: Int64(capacity) * Int64(sector))
    }

    private static func check(_ descriptor: String) throws(InspectionFailure) {
        var type: String?
        for line in descriptor.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: "=", maxSplits: 1)
            if words.count == 2, words[0].filter({ $0 != " " }).lowercased() == "createtype" {
                guard type == nil else { throw InspectionFailure("The VMDK descriptor is not valid.") }
                type = words[1].filter { $0 != "\"" && $0 != " " && $0 != "\t" }
            }
            let kinds = line.split(separator: " ")
            if let access = kinds.first, ["RW", "RDONLY", "NOACCESS"].contains(access.uppercased()) {
                guard kinds.count > 2, kinds[2].uppercased() == "SPARSE" else {
                    throw InspectionFailure("VMDK images that name other files are not accepted.")
                }
                guard !line.contains("/") else {
                    throw InspectionFailure("VMDK images that name other files are not accepted.")
                }
            }
            if words.count == 2, words[0].lowercased().contains("parentfilenamehint") {
                throw InspectionFailure("VMDK images with a parent are not accepted.")
            }
        }
        guard let type, accepted.contains(type) else {
            throw InspectionFailure("VMDK images of type \(type ?? "unknown") are not accepted.")
        }
    }
}
