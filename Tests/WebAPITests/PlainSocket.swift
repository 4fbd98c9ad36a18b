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

    /// Says that no more will come; answers still may.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Sends until the peer takes no more, for it has closed both ways.
    func isRefused(within limit: Duration) -> Bool {
        let end = ContinuousClock.now + limit
        var byte: UInt8 = 0
        while ContinuousClock.now < end {
            if Glibc.send(descriptor, &byte, 1, Int32(MSG_NOSIGNAL)) < 0 { return true }
            usleep(20_000)
        }
        return false
    }

    /// Sends a byte at a time, without an end, until the peer has closed.
    /// - Returns: what it said before it did, or nil when it had not after `limit`.
    func drip(_ text: String, every pause: UInt32, limit: Duration) throws -> String? {
        let bytes = Array(text.utf8)
        let end = ContinuousClock.now + limit
        var seen: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        var index = 0
        while ContinuousClock.now < end {
            var byte = bytes[index % bytes.count]
            index += 1
            _ = Glibc.send(descriptor, &byte, 1, Int32(MSG_NOSIGNAL))
            usleep(pause)
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                seen += buffer[..<count]
            } else if count == 0 || errno != EAGAIN {
                return String(decoding: seen, as: UTF8.self)
            }
        }
        return nil
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
