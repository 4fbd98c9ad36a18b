import Core
import Glibc

/// Stands between a connection and its broker, and loses what a test wants to be lost.
final class CuttableProxy: Sendable {
    private struct State {
        var sockets: [Int32] = []
        var swallowsRequests = false
    }

    let port: Int
    private let listener: Int32
    private let state = Locked(State())

    /// - Parameter port: the broker's, on 127.0.0.1.
    init(to port: Int) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let bound = bind(listener, address, length)
                return bound | listen(listener, 16) | getsockname(listener, address, &length)
            }
        }
        guard status == 0 else { throw ServiceError(.internal, "no proxy: errno \(errno)") }
        self.listener = listener
        self.port = Int(UInt16(bigEndian: address.sin_port))
        startThreadForTest { [state] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Self.join(client, toPort: port, state)
            }
        }
    }

    /// What is sent to the broker is lost from now on, until `cut`.
    func swallowRequests() { state.withLock { $0.swallowsRequests = true } }

    /// Ends all connections; new ones are served again.
    func cut() {
        state.withLock { state in
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
            state.sockets = []
            state.swallowsRequests = false
        }
    }

    /// Ends all connections and takes no more.
    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        cut()
    }

    private static func join(_ client: Int32, toPort port: Int, _ state: Locked<State>) {
        let broker = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(broker, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            shutdown(client, Int32(SHUT_RDWR))
            return
        }
        state.withLock { $0.sockets += [client, broker] }
        startThreadForTest { copy(from: client, to: broker) { state.withLock { $0.swallowsRequests } } }
        startThreadForTest { copy(from: broker, to: client) { false } }
    }

    private static func copy(from source: Int32, to target: Int32, isLost: () -> Bool) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            if isLost() { continue }
            guard send(target, buffer, count, Int32(MSG_NOSIGNAL)) == count else { break }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(target, Int32(SHUT_RDWR))
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        return address
    }
}
