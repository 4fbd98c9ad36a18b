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
        var header: [UInt8] = Array("KDMV".utf8) + little(1, 4) + little(3, 4) + little(2048, 8) + little(128, 8)
        header += little(1, 8) + little(2, 8)
        let text = "# Disk DescriptorFile\nversion=1\ncreateType=\"\(type)\"\n\(extent)\n"
        return padded(padded(header, to: 512) + Array(text.utf8), to: 4096)
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
