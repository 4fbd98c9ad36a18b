/// Looks at an image's bytes as they stream by, and says what they are.
///
/// Keeps as much of the start as the format needs, at most a mebibyte, the last three sectors and, for VHDX, one table:
/// never more, whatever the image says of itself. Reads nothing else, follows no reference, and hands nothing to
/// another program.
package struct ContentInspector: Sendable {
    static let headLimit = 1 << 20
    /// Where every format shows its mark.
    static let marksLimit = 64 << 10
    private static let tailLimit = 1536

    private var head: [UInt8] = []
    /// How much of the start is kept, as far as is known yet.
    private var headNeeded = Self.marksLimit
    private var tail: [UInt8] = []
    private var size: Int64 = 0
    private var capture: RangeCapture?
    private var isHeadComplete = false

    package init() {}

    /// - Throws: as soon as the head shows that the image must be refused.
    package mutating func feed<Bytes: RandomAccessCollection<UInt8>>(
        _ bytes: Bytes
    ) throws(InspectionFailure) where Bytes.SubSequence == Bytes {
        let start = size
        size += Int64(bytes.count)
        tail.append(contentsOf: bytes.suffix(Self.tailLimit))
        if tail.count > Self.tailLimit { tail.removeFirst(tail.count - Self.tailLimit) }
        var rest = bytes
        while !isHeadComplete, !rest.isEmpty {
            let part = rest.prefix(headNeeded - head.count)
            head.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
            if head.count == headNeeded { try headGrew() }
        }
        capture?.feed(bytes, at: start)
    }

    private mutating func headGrew() throws(InspectionFailure) {
        headNeeded = max(headNeeded, Self.headNeeded(ByteReader(head)))
        guard head.count == headNeeded else { return }
        isHeadComplete = true
        _ = try inspect(isComplete: false)
        if let range = VHDXFormat.metadataRange(ByteReader(head)) { capture = RangeCapture(range) }
    }

    /// Bytes of an image's start that tell all that its format says there.
    private static func headNeeded(_ marks: ByteReader) -> Int {
        ImageSignatures.formats(marks, ByteReader([])).map { format in
            switch format {
            case .vmdk, .vhdx: headLimit
            case .qcow2: QCOWFormat.headLength(marks)
            default: marksLimit
            }
        }.max() ?? marksLimit
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

    mutating func feed(_ chunk: some Collection<UInt8>, at offset: Int64) {
        let start = max(range.lowerBound, offset)
        let end = min(range.upperBound, offset + Int64(chunk.count))
        guard start < end else { return }
        bytes.append(contentsOf: chunk.dropFirst(Int(start - offset)).prefix(Int(end - start)))
    }
}
