import CLinux
import Glibc

/// Finds events in the files of a stories folder.
public enum StoryReader {
    /// What is kept of changes and of reading, of each the older segment first.
    static func paths(_ folder: String, _ daemon: String) -> [String] {
        ["changes", "routine"].flatMap { kind in
            let path = "\(folder)/\(daemon).\(kind)"
            return ["\(path).1", path]
        }
    }

    /// The lines in which `id` stands as a value, at most `limit` of each segment. Blocks for some
    /// milliseconds per megabyte.
    ///
    /// - Parameter id: a request's or an object's id: letters, digits and dashes only.
    public static func lines(folder: String, daemon: String, id: String, limit: Int = 2000) -> [[UInt8]] {
        let needle = Array("\"\(id)\"".utf8)
        return paths(folder, daemon).flatMap { path in
            var found: [[UInt8]] = []
            eachLine(path) { line in
                if contains(line, needle) { found.append(Array(line)) }
                return found.count < limit
            }
            return found
        }
    }

    /// The first whole event that is kept of changes: the store does not reach further back.
    public static func oldest(folder: String, daemon: String) -> ToldEvent? {
        for path in paths(folder, daemon).prefix(2) {
            var first: ToldEvent?
            eachLine(path) { line in
                first = ToldEvent(line: Array(line))
                return first == nil
            }
            if let first { return first }
        }
        return nil
    }

    /// Whether an id may be looked for: it is put between quotes and searched as bytes.
    public static func isSearchable(_ id: String) -> Bool {
        (8...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: "-")
            }
    }

    private static func contains(_ line: UnsafeRawBufferPointer, _ needle: [UInt8]) -> Bool {
        needle.withUnsafeBytes { apus_contains(line.baseAddress, line.count, $0.baseAddress, $0.count) != 0 }
    }

    /// Calls `body` with each line that has its end, a piece of the file at a time, until it says no.
    private static func eachLine(_ path: String, _ body: (UnsafeRawBufferPointer) -> Bool) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var kept = 0
        while true {
            let count = buffer.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress?.advanced(by: kept), $0.count - kept)
            }
            guard count > 0 else { return }
            let end = kept + count
            var start = 0
            let goesOn = buffer.withUnsafeBytes { bytes -> Bool in
                while let base = bytes.baseAddress, start < end, let newline = memchr(base + start, 0x0A, end - start) {
                    let length = UnsafeRawPointer(newline) - (base + start)
                    guard body(UnsafeRawBufferPointer(start: base + start, count: length)) else { return false }
                    start += length + 1
                }
                return true
            }
            guard goesOn else { return }
            // A line as long as the buffer is none of ours.
            kept = start == 0 && end == buffer.count ? 0 : end - start
            if kept > 0, start > 0 {
                buffer.withUnsafeMutableBytes { bytes in
                    if let base = bytes.baseAddress { memmove(base, base + start, kept) }
                }
            }
        }
    }
}
