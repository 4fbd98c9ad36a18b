import Core
import Glibc

/// An open file without a name.
final class TemporaryFile: Sendable {
    let descriptor: Int32

    init(_ bytes: [UInt8]) throws {
        var path = Array("/tmp/apus-test.XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        guard descriptor >= 0, unlink(path) == 0, pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
            throw ServiceError(.internal, "There is no temporary file.", detail: String(cString: strerror(errno)))
        }
    }

    deinit { close(descriptor) }

    var size: Int64 {
        get throws {
            var info = stat()
            guard fstat(descriptor, &info) == 0 else { throw ServiceError(.internal, "The file is closed.") }
            return Int64(info.st_size)
        }
    }
}
