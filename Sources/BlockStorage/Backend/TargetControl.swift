import Core
import Glibc

/// tgtd's control socket, for the one request that has a secret: `tgtadm` takes a password as an argument only,
/// which anybody on the machine can read while it runs.
///
/// The request is `struct tgtadm_req` of tgt's `usr/tgtadm.h`, the same since tgt 1.0.38 (2013), followed by
/// `name=value` parameters; the answer is `struct tgtadm_rsp`. Both in the machine's own byte order.
struct TargetControl: Sendable {
    /// tgtd's `TGT_IPC_NAMESPACE`, with its control port behind.
    let socketPath: String
    private static let pool = BlockingPool(name: "tgtd", threads: 1, maxQueue: 64)

    init(controlPort: Int, folder: String = "/var/run/tgtd") { socketPath = "\(folder)/socket.\(controlPort)" }

    /// Makes an account. One of this name that is there already is left as it is.
    /// - Throws: `.unavailable` when tgtd does not answer within some seconds, or refuses.
    func addAccount(_ account: ISCSIAccount) async throws {
        let request = Self.newAccount(account)
        let error = try await Self.pool.run { [socketPath] in try Self.exchange(request, socketPath) }
        guard error == 0 || error == Self.userExists else {
            throw ServiceError(
                .unavailable, "The iSCSI target does not do as it is told.",
                detail: "account new: tgtd's error \(error)")
        }
    }

    // MARK: Messages

    private static let userExists: UInt32 = 14
    private static let headerBytes = 120
    private static let driverBytes = 64

    /// `MODE_ACCOUNT`, `OP_NEW`: fields in the order of the struct, which has no padding.
    static func newAccount(_ account: ISCSIAccount) -> [UInt8] {
        let parameters = Array("user=\(account.user),password=\(account.password)".utf8) + [0]
        var bytes: [UInt8] = []
        func put(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value) { bytes += $0 } }
        put(UInt32(7))  // mode: MODE_ACCOUNT
        put(UInt32(0))  // op: OP_NEW
        let driver = Array("iscsi".utf8)
        bytes += driver + [UInt8](repeating: 0, count: driverBytes - driver.count)
        put(UInt32(headerBytes + parameters.count))
        put(Int32(-1))  // tid: no target
        put(UInt64(0))  // sid
        put(UInt64(0))  // lun
        for _ in 0..<6 { put(UInt32(0)) }  // cid, host_no, device_type, ac_dir: incoming, pack, force
        return bytes + parameters
    }

    // MARK: Blocking

    /// - Returns: the answer's error number.
    private static func exchange(_ request: [UInt8], _ path: String) throws -> UInt32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("socket") }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            guard setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size)) == 0 else {
                throw failure("setsockopt")
            }
        }
        try connect(descriptor, path)
        var rest = request[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("send") }
            rest = rest.dropFirst(count)
        }
        var answer: (error: UInt32, length: UInt32) = (0, 0)
        let count = withUnsafeMutableBytes(of: &answer) { bytes in
            recv(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_WAITALL))
        }
        guard count == MemoryLayout<(UInt32, UInt32)>.size else { throw failure("answer of \(count) bytes") }
        return answer.error
    }

    private static func connect(_ descriptor: Int32, _ path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { target in
            guard bytes.count < target.count else { return false }
            target.copyBytes(from: bytes)
            return true
        }
        guard fits else { throw ServiceError(.internal, "The iSCSI target's control path is too long.", detail: path) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw failure("connect") }
    }

    private static func failure(_ what: String) -> ServiceError {
        let number = errno
        return ServiceError(
            .unavailable, "The iSCSI target cannot be reached.",
            detail: "\(what): \(String(cString: strerror(number)))")
    }
}
