import Glibc

/// A ring of two segments: `PATH` grows to half of the limit, then it becomes `PATH.1`, in place of the one
/// before, and a new one begins. Called by one thread at a time.
///
/// Whole lines are appended by single writes, so a killed process leaves at most one line cut off; the next
/// one to write ends that line first, and readers skip it. Several processes may share a path.
struct StoryFile: ~Copyable {
    private let path: String
    private let segmentLimit: Int
    private var descriptor: Int32 = -1
    private var size = 0
    private var isTorn = false

    init(path: String, limit: Int) {
        self.path = path
        segmentLimit = max(limit / 2, 4096)
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    /// Appends whole lines.
    /// - Returns: false when they could not be written: nowhere to put them, no space.
    mutating func append(_ lines: [UInt8]) -> Bool {
        guard openIfNeeded() else { return false }
        if size > 0, size + lines.count > segmentLimit {
            shut()
            guard rename(path, path + ".1") == 0, openIfNeeded() else { return false }
        }
        let bytes = isTorn ? [UInt8(ascii: "\n")] + lines : lines
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        size += max(written, 0)
        isTorn = written != bytes.count && (isTorn || written > 0)
        return written == bytes.count
    }

    /// Opens the file; again when its name belongs to another one by now, since another process turned the ring.
    private mutating func openIfNeeded() -> Bool {
        var named = stat()
        var ours = stat()
        if descriptor >= 0 {
            if stat(path, &named) == 0, fstat(descriptor, &ours) == 0, named.st_ino == ours.st_ino {
                size = Int(ours.st_size)
                return true
            }
            shut()
        }
        descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard descriptor >= 0, fstat(descriptor, &ours) == 0 else {
            shut()
            return false
        }
        size = Int(ours.st_size)
        var last: UInt8 = UInt8(ascii: "\n")
        isTorn = size > 0 && pread(descriptor, &last, 1, off_t(size - 1)) == 1 && last != UInt8(ascii: "\n")
        return true
    }

    private mutating func shut() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}
