/// Bounds-checked reads from an image's bytes: an offset from the image itself can point nowhere.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>

    init(_ bytes: some Collection<UInt8>) { self.bytes = Array(bytes)[...] }

    var count: Int { bytes.count }

    func slice(_ offset: Int, _ length: Int) -> [UInt8]? {
        guard offset >= 0, length >= 0, offset <= bytes.count, length <= bytes.count - offset else { return nil }
        return Array(bytes[(bytes.startIndex + offset)..<(bytes.startIndex + offset + length)])
    }

    /// The last bytes; nothing when there are fewer.
    func last(_ length: Int) -> ByteReader { ByteReader(slice(count - length, length) ?? []) }

    func big(_ offset: Int, _ length: Int) -> UInt64? {
        slice(offset, length).map { $0.reduce(0) { $0 << 8 | UInt64($1) } }
    }

    func little(_ offset: Int, _ length: Int) -> UInt64? {
        slice(offset, length).map { $0.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    }

    func starts(with text: String, at offset: Int = 0) -> Bool {
        slice(offset, text.utf8.count) == Array(text.utf8)
    }

    /// A size that fits what we can store.
    func size(big offset: Int) throws(InspectionFailure) -> Int64 {
        guard let value = big(offset, 8), let size = Int64(exactly: value) else {
            throw InspectionFailure("The image's header is not valid.")
        }
        return size
    }

    func size(little offset: Int) throws(InspectionFailure) -> Int64 {
        guard let value = little(offset, 8), let size = Int64(exactly: value) else {
            throw InspectionFailure("The image's header is not valid.")
        }
        return size
    }
}
