/// What an image's bytes could be taken for.
enum ImageSignatures {
    /// Every format whose mark is there: programs that guess look in different places first.
    /// - Parameter tail: the end of the image; nothing while it has not come.
    static func formats(_ head: ByteReader, _ tail: ByteReader) -> [ImageFormat] {
        var formats: [ImageFormat] = []
        func note(_ format: ImageFormat, _ isThere: Bool) { if isThere { formats.append(format) } }
        note(.qcow2, head.slice(0, 4) == [0x51, 0x46, 0x49, 0xFB])
        note(.qed, head.starts(with: "QED\0"))
        note(.vmdk, ["KDMV", "COWD", "# Disk DescriptorFile"].contains { head.starts(with: $0) } || isDescriptor(head))
        note(.vhdx, head.starts(with: "vhdxfile"))
        note(.vhd, head.starts(with: VHDFormat.signature) || tail.last(512).starts(with: VHDFormat.signature))
        note(.vdi, head.little(0x40, 4) == 0xBEDA_107F)
        note(.luks, head.slice(0, 6) == [0x4C, 0x55, 0x4B, 0x53, 0xBA, 0xBE])
        note(.ploop, PloopFormat.signatures.contains { head.starts(with: $0) })
        note(.iso, ISOFormat.isThere(head))
        note(.gpt, head.slice(510, 2) == [0x55, 0xAA] && PartitionTable.isPlausible(head))
        return formats
    }

    /// Whether it starts as a text that tells where a VMDK's data is.
    private static func isDescriptor(_ head: ByteReader) -> Bool {
        guard let bytes = head.slice(0, min(512, head.count)), !bytes.isEmpty else { return false }
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) || [0x09, 0x0A, 0x0D].contains($0) }) else { return false }
        let text = String(decoding: head.slice(0, min(4096, head.count)) ?? [], as: UTF8.self)
        return text.lowercased().contains("createtype")
    }

    /// The format to go by; nil when there are several that do not go together.
    static func only(_ formats: [ImageFormat]) -> ImageFormat? {
        switch formats {
        case []: .raw
        // A disk in a fixed VHD starts like any disk; a disc that also boots as a disk has a partition table.
        case [.vhd, .gpt]: .vhd
        case [.iso, .gpt]: .iso
        default: formats.count == 1 ? formats[0] : nil
        }
    }
}
