/// Looks at an image's bytes as they stream by, and says what they are.
///
/// Keeps the first mebibyte, the last three sectors and, for VHDX, one table: never more, whatever the
/// image says of itself. Reads nothing else, follows no reference, and hands nothing to another program.
package struct ContentInspector: Sendable {
    static let headLimit = 1 << 20
    private static let tailLimit = 1536

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
        let last = ByteReader(isComplete ? tail : [])
        let formats = ImageSignatures.formats(reader, last)
        guard let format = ImageSignatures.only(formats) else {
            let names = formats.map(\.rawValue).joined(separator: ", ")
            throw InspectionFailure("The image is of several formats at once: \(names).")
        }
        switch format {
        case .qcow2: return try QCOWFormat.inspect(reader)
        case .vmdk: return try VMDKFormat.inspect(reader, tail: last, isComplete: isComplete)
        case .vhdx: return try VHDXFormat.inspect(reader, metadata: capture?.bytes ?? [], isComplete: isComplete)
        case .vhd:
            let isDynamic = reader.starts(with: VHDFormat.signature)
            return try VHDFormat.inspect(isDynamic ? reader : last.last(512), isDynamic: isDynamic)
        case .vdi: return try VDIFormat.inspect(reader)
        case .ploop: return try PloopFormat.inspect(reader)
        case .iso: return ISOFormat.inspect(reader)
        case .qed, .qcow: throw InspectionFailure("QED and QCOW images are not accepted.")
        case .luks: return InspectedImage(format: .luks, virtualSize: nil)
        case .gpt, .raw: return InspectedImage(format: format, virtualSize: size)
        }
    }
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
