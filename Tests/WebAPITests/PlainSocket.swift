import Glibc

/// A TCP connection on which a test says exactly what it wants, byte by byte.
final class PlainSocket {
    private let descriptor: Int32

    struct Failure: Error { let number: Int32 }

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard result == 0 else { throw Failure(number: errno) }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw Failure(number: errno) }
    }

    /// Reads until the text seen contains `end`, or the peer closes.
    func receive(until end: String) throws -> String {
        var seen: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: seen.suffix(8192), as: UTF8.self).contains(end) {
            let count = read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw Failure(number: errno) }
            if count == 0 { break }
            seen += buffer[..<count]
        }
        return String(decoding: seen, as: UTF8.self)
    }
}
