/// Looks at an image's bytes as they stream by, and says what they are.
///
/// Keeps the first mebibyte, the last half kibibyte and, for VHDX, one table: never more, whatever the
/// image says of itself. Reads nothing else, follows no reference, and hands nothing to another program.
package struct ContentInspector: Sendable {
    static let headLimit = 1 << 20
    private static let tailLimit = 512

    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    private var size: Int64 = 0
    private var capture: RangeCapture?
    private var isHeadComplete = false

    package init() {}

    /// - Throws: as soon as the head shows that the image must be refused.
    package mutating func feed(_ bytes: ArraySlice<UInt8>) throws(InspectionFailure) {
        let start = size
        size += Int64(bytes.count)
        if head.count < Self.headLimit { head.append(contentsOf: bytes.prefix(Self.headLimit - head.count)) }
        tail.append(contentsOf: bytes.suffix(Self.tailLimit))
        if tail.count > Self.tailLimit { tail.removeFirst(tail.count - Self.tailLimit) }
        if !isHeadComplete, head.count == Self.headLimit {
            isHeadComplete = true
            _ = try inspect(isComplete: false)
            if let range = VHDXFormat.metadataRange(ByteReader(head)) { capture = RangeCapture(range) }
        }
        capture?.feed(bytes, at: start)
    }

    /// - Throws: when the whole image must be refused.
    package func finish() throws(InspectionFailure) -> InspectedImage { try inspect(isComplete: true) }

    private func inspect(isComplete: Bool) throws(InspectionFailure) -> InspectedImage {
        let reader = ByteReader(head)
        if reader.starts(with: "QFI\u{FB}".unicodeBytes) { return try QCOWFormat.inspect(reader) }
        if reader.starts(with: "KDMV") || reader.starts(with: "COWD") || reader.starts(with: "# Disk DescriptorFile") {
            return try VMDKFormat.inspect(reader)
        }
        if reader.starts(with: "vhdxfile") {
            return try VHDXFormat.inspect(reader, metadata: capture?.bytes ?? [], isComplete: isComplete)
        }
        if reader.starts(with: "conectix") { return try VHDFormat.inspect(reader) }
        if reader.little(0x40, 4) == 0xBEDA_107F { return try VDIFormat.inspect(reader) }
        if reader.starts(with: "QED\0") { throw InspectionFailure("QED images are not accepted.") }
        if reader.starts(with: "LUKS".unicodeBytes + [0xBA, 0xBE]) {
            return InspectedImage(format: .luks, virtualSize: nil)
        }
        if reader.starts(with: "WithoutFreeSpace") || reader.starts(with: "WithouFreSpacExt") {
            return InspectedImage(format: .ploop, virtualSize: nil)
        }
        if let iso = ISOFormat.inspect(reader) { return iso }
        let last = ByteReader(tail)
        if isComplete, size >= 512, last.count == 512, last.starts(with: "conectix") {
            return try VHDFormat.inspect(last)
        }
        if reader.slice(510, 2) == [0x55, 0xAA], PartitionTable.isPlausible(reader) {
            return InspectedImage(format: .gpt, virtualSize: size)
        }
        return InspectedImage(format: .raw, virtualSize: size)
    }
}

extension String {
    /// Each scalar as one byte: for signatures with bytes above 127.
    fileprivate var unicodeBytes: [UInt8] { unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
}

extension ByteReader {
    fileprivate func starts(with bytes: [UInt8]) -> Bool { slice(0, bytes.count) == bytes }
}

/// Keeps one range of a stream.
struct RangeCapture: Sendable {
    private let range: Range<Int64>
    private(set) var bytes: [UInt8] = []

    init(_ range: Range<Int64>) { self.range = range }

    mutating func feed(_ chunk: ArraySlice<UInt8>, at offset: Int64) {
        let start = max(range.lowerBound, offset)
        let end = min(range.upperBound, offset + Int64(chunk.count))
        guard start < end else { return }
        let first = chunk.startIndex + Int(start - offset)
        bytes.append(contentsOf: chunk[first..<(first + Int(end - start))])
    }
}
