/// VMware's sparse extents (Virtual Disk Format 5.0). Only kinds that hold all their data are accepted:
/// a descriptor that names other files could name the host's.
///
/// Other programs read more loosely than the format is written down, each in its own way. So what they could read
/// otherwise than we do is refused: there is one way to write what is accepted.
enum VMDKFormat {
    private static let sector = 512
    /// In place of the grain directory's offset: the header at the image's end counts.
    private static let atEnd = UInt64.max

    static func inspect(
        _ reader: ByteReader, tail: ByteReader, isComplete: Bool
    ) throws(InspectionFailure) -> InspectedImage {
        guard reader.starts(with: "KDMV") else {
            throw InspectionFailure("VMDK images of several files are not accepted.")
        }
        // Without a capacity the descriptor would be read as that of other files.
        guard let version = reader.little(4, 4), (1...3).contains(version), let capacity = reader.little(12, 8),
            capacity > 0, capacity < UInt64(1) << 50, let directory = reader.little(56, 8)
        else { throw InspectionFailure("The VMDK header is not valid.") }
        try VMDKDescriptor(text(reader)).check()
        if directory == atEnd, isComplete { try checkFooter(reader, tail) }
        return InspectedImage(format: .vmdk, virtualSize: Int64(capacity) * Int64(sector))
    }

    /// The descriptor, which is where everybody looks for it, and ends where the header says.
    private static func text(_ reader: ByteReader) throws(InspectionFailure) -> String {
        guard reader.little(28, 8) == 1, let length = reader.little(36, 8), length > 0, length < 2047 else {
            throw InspectionFailure("The VMDK image has no descriptor in its place.")
        }
        let room = min(Int(length) * sector, reader.count - sector)
        guard let bytes = reader.slice(sector, room), let end = bytes.firstIndex(of: 0) else {
            throw InspectionFailure("The VMDK descriptor has no end.")
        }
        let text = bytes[..<end]
        guard text.allSatisfy({ (0x20...0x7E).contains($0) || [0x09, 0x0A, 0x0D].contains($0) }) else {
            throw InspectionFailure("The VMDK descriptor is no text.")
        }
        return String(decoding: text, as: UTF8.self).lowercased()
    }

    /// The second header must be the first again, but for the directory's place.
    private static func checkFooter(_ reader: ByteReader, _ tail: ByteReader) throws(InspectionFailure) {
        let last = tail.last(3 * sector)
        let zeros = [UInt8](repeating: 0, count: sector - 16)
        guard last.count == 3 * sector, last.little(8, 4) == 0, last.little(12, 4) == 3,
            last.slice(16, zeros.count) == zeros,
            last.slice(2 * sector, sector) == [UInt8](repeating: 0, count: sector),
            last.slice(sector, 48) == reader.slice(0, 48), last.little(sector + 56, 8) != atEnd
        else { throw InspectionFailure("The VMDK image's end contradicts its start.") }
    }
}

/// The text in a VMDK, in small letters.
struct VMDKDescriptor {
    private let text: String

    init(_ text: String) { self.text = text }

    func check() throws(InspectionFailure) {
        // Some programs look for these words wherever they stand, comments included.
        guard text.count(of: "createtype") == 1 else { throw InspectionFailure("The VMDK descriptor is not valid.") }
        guard text.count(of: "parentfilenamehint") == 0 else {
            throw InspectionFailure("VMDK images with a parent are not accepted.")
        }
        var type: String?
        var extents = 0
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard let first = words.first, !first.hasPrefix("#"), !first.hasPrefix("ddb.") else { continue }
            if ["rw", "rdonly", "noaccess"].contains(first) {
                try checkExtent(line, words)
                extents += 1
            } else {
                let halves = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let name = halves[0].filter { $0 != " " && $0 != "\t" }
                guard halves.count == 2, !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber }) else {
                    throw InspectionFailure("The VMDK descriptor is not valid.")
                }
                if name == "createtype" { type = halves[1].filter { $0 != "\"" && $0 != " " && $0 != "\t" } }
            }
        }
        guard let type, VMDKDescriptor.accepted.contains(type) else {
            throw InspectionFailure("VMDK images of type \(type ?? "unknown") are not accepted.")
        }
        guard extents == 1 else { throw InspectionFailure("VMDK images of several files are not accepted.") }
    }

    private static let accepted: Set<String> = ["monolithicsparse", "streamoptimized"]

    private func checkExtent(_ line: Substring, _ words: [Substring]) throws(InspectionFailure) {
        guard words.count > 3, words[2] == "sparse", !line.contains("/"), !line.contains("\\"), !line.contains(":")
        else {
            throw InspectionFailure("VMDK images that name other files are not accepted.")
        }
    }
}

extension String {
    /// How often `word` stands in it.
    fileprivate func count(of word: String) -> Int {
        let (bytes, word) = (Array(utf8), Array(word.utf8))
        guard bytes.count >= word.count else { return 0 }
        return (0...(bytes.count - word.count)).count {
            bytes[$0] == word[0] && bytes[$0..<($0 + word.count)] == word[...]
        }
    }
}
