import Core
import Glibc

/// Asks a server that speaks in lines one question.
enum LineProbe {
    private static let pool = BlockingPool(name: "line-probe", threads: 4, maxQueue: 64)

    /// - Parameter server: `host:port`.
    /// - Returns: the first line of the answer.
    /// - Throws: `CheckFailed` when it does not answer within the limit.
    static func ask(_ server: String, _ question: String, within seconds: Int = 3) async throws -> String {
        try await pool.run { try exchange(server, Array("\(question)\r\n".utf8), seconds) }
    }

    private static func exchange(_ server: String, _ question: [UInt8], _ seconds: Int) throws -> String {
        let colon = server.lastIndex(of: ":") ?? server.endIndex
        let host = String(server[..<colon].filter { $0 != "[" && $0 != "]" })
        let port = String(server[colon...].dropFirst())
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, port, &hints, &found) == 0, let address = found else {
            throw CheckFailed(reason: "\(server) is not an address")
        }
        defer { freeaddrinfo(found) }
        let info = address.pointee
        let descriptor = socket(info.ai_family, info.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), info.ai_protocol)
        guard descriptor >= 0 else { throw failure(server) }
        defer { close(descriptor) }
        // connect(2) keeps to the time limit of sending.
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        guard setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size) == 0,
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size) == 0,
            connect(descriptor, info.ai_addr, info.ai_addrlen) == 0,
            send(descriptor, question, question.count, Int32(MSG_NOSIGNAL)) == question.count
        else { throw failure(server) }
        var answer = [UInt8](repeating: 0, count: 512)
        let count = recv(descriptor, &answer, answer.count, 0)
        guard count > 0 else { throw failure(server) }
        return String(decoding: answer[..<count].prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
    }

    private static func failure(_ server: String) -> CheckFailed {
        let reason = errno == EAGAIN || errno == EINPROGRESS ? "no answer in time" : String(cString: strerror(errno))
        return CheckFailed(reason: "\(server): \(reason)")
    }
}
