/// Small images made byte by byte: good ones, and ones that reach for the host's files.
enum CraftedImages {
    static func big(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
    }

    static func little(_ value: UInt64, _ count: Int) -> [UInt8] { big(value, count).reversed() }

    static func padded(_ bytes: [UInt8], to count: Int) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: max(0, count - bytes.count))
    }

    static func qcow2(
        version: UInt64 = 3, backing: UInt64 = 0, backingLength: UInt64 = 0, size: UInt64 = 1 << 30,
        features: UInt64 = 0,
        extensions: [UInt8] = []
    ) -> [UInt8] {
        var bytes: [UInt8] = [0x51, 0x46, 0x49, 0xFB] + big(version, 4) + big(backing, 8) + big(backingLength, 4)
        bytes += big(16, 4) + big(size, 8)
        bytes = padded(bytes, to: 72) + big(features, 8)
        bytes = padded(bytes, to: 100) + big(104, 4) + extensions
        return padded(bytes, to: 65_536)
    }

    static func vmdk(type: String, extent: String = "RW 2048 SPARSE \"disk.vmdk\"") -> [UInt8] {
        vmdk(text: "# Disk DescriptorFile\nversion=1\ncreateType=\"\(type)\"\n\(extent)\n")
    }

    /// - Parameters:
    ///   - place: the descriptor's first sector, as the header says.
    ///   - length: its sectors.
    ///   - footer: changes the second header, which then is the one that counts.
    static func vmdk(
        text: String, capacity: UInt64 = 2048, place: UInt64 = 1, length: UInt64 = 2,
        footer: ((inout [UInt8]) -> Void)? = nil
    ) -> [UInt8] {
        var header: [UInt8] = Array("KDMV".utf8) + little(1, 4) + little(3, 4) + little(capacity, 8) + little(128, 8)
        header += little(place, 8) + little(length, 8) + little(512, 4) + little(21, 8)
        let atEnd = padded(header + little(footer == nil ? 26 : UInt64.max, 8), to: 512)
        let image = padded(atEnd + Array(text.utf8), to: 4096)
        guard let footer else { return image }
        var last = padded(header + little(26, 8), to: 512)
        footer(&last)
        return image + padded(little(1, 8) + little(0, 4) + little(3, 4), to: 512) + last + padded([], to: 512)
    }

    static let vmdkText =
        "# Disk DescriptorFile\nversion=1\ncreateType=\"streamOptimized\"\nRW 2048 SPARSE \"a.vmdk\"\n"

    /// - Parameter items: what the metadata has, as pairs of an identifier and its bytes.
    static func vhdx(_ items: [([UInt8], [UInt8])]) -> [UInt8] {
        var bytes = padded(padded(Array("vhdxfile".utf8), to: 192 << 10) + Array("regi".utf8), to: (192 << 10) + 8)
        bytes = padded(bytes + little(1, 4), to: (192 << 10) + 16) + vhdxMetadata + little(2 << 20, 8)
        bytes = padded(bytes + little(1 << 20, 4), to: 2 << 20)
        var table = padded(Array("metadata".utf8) + little(0, 2) + little(UInt64(items.count), 2), to: 32)
        var values: [UInt8] = []
        for (name, value) in items {
            table += name + little(UInt64(65_536 + values.count), 4) + little(UInt64(value.count), 4) + little(0, 8)
            values += value
        }
        return padded(bytes + padded(table, to: 65_536) + values, to: 3 << 20)
    }

    private static func guid(_ digits: String) -> [UInt8] {
        let bytes = stride(from: 0, to: 32, by: 2).map { at in
            UInt8(digits.dropFirst(at).prefix(2), radix: 16) ?? 0
        }
        return bytes[0..<4].reversed() + bytes[4..<6].reversed() + bytes[6..<8].reversed() + bytes[8...]
    }

    private static let vhdxMetadata = guid("8B7CA20647904B9AB8FE575F050F886E")
    static let vhdxSize = (guid("2FA54224CD1B4876B2115DBED83BF4B8"), little(1 << 30, 8))
    static let vhdxParent = (guid("CAA16737FA364D43B3B633F0AA44E76B"), little(1 << 20, 4) + little(2, 4))
    static let vhdxAlone = (guid("CAA16737FA364D43B3B633F0AA44E76B"), little(1 << 20, 4) + little(0, 4))
    static let vhdxLocator = (guid("A8D35F2DB30B454DABF7D3D84834AB0C"), [UInt8](repeating: 0, count: 20))

    static func ploop(version: UInt64 = 2, sectors: UInt64 = 2048) -> [UInt8] {
        padded(Array("WithouFreSpacExt".utf8) + little(version, 4) + little(0, 16) + little(sectors, 8), to: 4096)
    }

    static func luks() -> [UInt8] { padded([0x4C, 0x55, 0x4B, 0x53, 0xBA, 0xBE, 0, 1], to: 8192) }

    /// One image written over another, where that has nothing.
    static func both(_ one: [UInt8], _ other: [UInt8]) -> [UInt8] {
        let length = max(one.count, other.count)
        return zip(padded(one, to: length), padded(other, to: length)).map { $0 | $1 }
    }

    /// Every kind that reaches for a file of the host, is larger than it says, or is two things at once; with the
    /// format that each is declared as.
    static var hostile: [(format: String, bytes: [UInt8])] {
        let name = big(0x4441_5441, 4) + big(11, 4) + Array("/etc/shadow".utf8)
        let many = (0..<70).flatMap { _ in big(0x1234_5678, 4) + big(0, 4) } + name
        let qcow2s = [
            qcow2(backing: 112, backingLength: 11), qcow2(version: 2, backing: 80), qcow2(backingLength: 9),
            qcow2(features: 0b100), qcow2(features: 1 << 20), qcow2(version: 1), qcow2(version: 4),
            qcow2(extensions: name), qcow2(extensions: many), qcow2(size: 1 << 63), qcow2(size: 1 << 50),
            Array(qcow2().prefix(20)), both(qcow2(), iso()), both(qcow2(), disk()),
            qcow2() + padded(vhd(type: 2), to: 512),
        ]
        let lines = "CID=1\ncreateType=\"monolithicSparse\"\n"
        let extent = "RW 2048 SPARSE \"a.vmdk\"\n"
        let vmdks = [
            vmdk(type: "monolithicFlat", extent: "RW 2048 FLAT \"/etc/passwd\" 0"),
            vmdk(type: "monolithicSparse", extent: "RW 2048 FLAT \"/etc/passwd\" 0"),
            vmdk(type: "monolithicSparse", extent: "RW 2048 SPARSE \"/etc/passwd\""),
            vmdk(type: "monolithicSparse", extent: "RW\t1\tFLAT\t\"/etc/passwd\"\t0"),
            vmdk(type: "monolithicSparse", extent: ""), vmdk(type: "vmfs"), vmdk(type: "twoGbMaxExtentSparse"),
            vmdk(text: lines + extent + extent), vmdk(text: "#createType=\"monolithicFlat\"\n" + lines + extent),
            vmdk(text: lines + extent, capacity: 0), vmdk(text: lines + extent, capacity: 1 << 45),
            vmdk(text: lines + extent, place: 3), vmdk(text: lines + extent, place: 0),
            vmdk(text: lines + extent, length: 0),
            vmdk(
                text: lines + extent + String(repeating: "#", count: 600) + "\nparentFileNameHint=\"/a\"\n", length: 1),
            vmdk(text: lines + extent + "# parentFileNameHint?\"/etc/passwd\"\n"),
            vmdk(text: lines + extent + "what is this\n"), vmdk(text: lines + extent + "comment=\"\u{E9}\"\n"),
            vmdk(text: vmdkText) { $0.replaceSubrange(12..<20, with: little(1 << 30, 8)) },
            vmdk(text: vmdkText) { $0.replaceSubrange(28..<36, with: little(3, 8)) },
            vmdk(text: vmdkText) { $0.replaceSubrange(56..<64, with: little(.max, 8)) },
            vmdk(text: vmdkText) { _ in } + padded([], to: 512),
            Array("# Disk DescriptorFile\ncreateType=\"monolithicFlat\"\nRW 1 FLAT \"/etc/passwd\" 0\n".utf8),
            Array("version=1\nCreateType=\"monolithicFlat\"\nRW 1 FLAT \"/etc/passwd\" 0\n".utf8),
            Array("COWD".utf8) + padded([], to: 600),
        ]
        let others: [(String, [UInt8])] = [
            ("vdi", vdi(type: 4)), ("vdi", both(vdi(type: 1), iso())), ("vhd", vhd(type: 4)), ("vhd", vhd(type: 7)),
            ("vhd", padded([], to: 1024) + vhd(type: 3)), ("vhd", padded([], to: 1024) + vhd(type: 4)),
            ("vhd", qcow2() + vhd(type: 2)), ("vhd", luks() + vhd(type: 2)), ("vhdx", vhdx([vhdxSize, vhdxParent])),
            ("vhdx", vhdx([vhdxSize, vhdxLocator])), ("vhdx", vhdx([vhdxSize, vhdxSize])), ("vhdx", vhdx([vhdxAlone])),
            ("vhdx", Array("vhdxfile".utf8) + padded([], to: 4096)), ("raw", Array("QED\0".utf8) + padded([], to: 600)),
            ("ploop", ploop(version: 1)), ("ploop", ploop(sectors: 1 << 52)), ("ploop", ploop(sectors: 1 << 40)),
            ("iso", both(iso(), luks())),
        ]
        return qcow2s.map { ("qcow2", $0) } + vmdks.map { ("vmdk", $0) } + others.map { ($0.0, $0.1) }
    }

    static func vdi(type: UInt64) -> [UInt8] {
        var bytes = padded(Array("<<< disk >>>".utf8), to: 0x40) + little(0xBEDA_107F, 4)
        bytes = padded(bytes, to: 0x4C) + little(type, 4)
        return padded(padded(bytes, to: 0x170) + little(4096, 8), to: 1024)
    }

    static func vhd(type: UInt64) -> [UInt8] {
        padded(padded(padded(Array("conectix".utf8), to: 48) + big(8192, 8), to: 60) + big(type, 4), to: 512)
    }

    static func iso() -> [UInt8] {
        var bytes = padded([], to: 0x8000) + [1] + Array("CD001".utf8)
        bytes = padded(bytes, to: 0x8050) + little(20, 4)
        return padded(padded(bytes, to: 0x8080) + little(2048, 2), to: 40_960)
    }

    static func disk() -> [UInt8] {
        padded(padded([], to: 446) + [0x80], to: 510) + [0x55, 0xAA] + padded([], to: 4096)
    }
}
