import Core
import Glibc
import Logging
import OVSDB
import TestSupport
import Testing

/// `ssl:` remotes, against Open vSwitch's own server. Of row 33 of the security list: each client refuses a server
/// that its authority did not sign, or whose time is over.
@Suite(
    .enabled(if: OVSDBServer.Schema.northbound.isAvailable && TestAuthority.isAvailable, "needs ovsdb-server"),
    .timeLimit(.minutes(10)))
struct OVSDBTLSTests {
    private static let table = MonitoredTable("Logical_Switch", columns: ["name"])

    /// A port that nobody has.
    private static func freePort() -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length)
                getsockname(socket, $0, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
    }

    /// Runs `body` with the remote of a server that has a certificate of `authority`.
    private func withServer(
        days: Int = 2, _ body: (OVSDBRemote, TestAuthority) async throws -> Void
    ) async throws {
        let authority = try await TestAuthority()
        defer { authority.remove() }
        let files = try await authority.sign("server", days: days)
        let port = Self.freePort()
        let server = try OVSDBServer(
            more: [
                "--remote=pssl:\(port):127.0.0.1", "--private-key=\(files.key)", "--certificate=\(files.certificate)",
                "--ca-cert=\(authority.certificate)",
            ])
        defer { server.stop() }
        try await body(try OVSDBRemote("ssl:127.0.0.1:\(port)"), authority)
    }

    private func client(_ remote: OVSDBRemote, _ tls: OVSDBTLS?) -> OVSDBClient {
        var options = OVSDBClientOptions(remotes: [remote], tls: tls, database: "OVN_Northbound", tables: [Self.table])
        options.backoff = .milliseconds(20) ... .milliseconds(50)
        return OVSDBClient(options, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func tls(_ authority: TestAuthority, trusting: TestAuthority? = nil) async throws -> OVSDBTLS {
        let files = try await authority.sign("client")
        return try OVSDBTLS(
            privateKey: files.key, certificate: files.certificate, authority: (trusting ?? authority).certificate)
    }

    /// Expects that a session begins within a second and a half, or that none does.
    private func expect(
        _ isExpected: Bool, _ remote: OVSDBRemote, _ tls: OVSDBTLS?, _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let client = client(remote, tls)
        let running = Task { try await client.run() }
        defer { running.cancel() }
        var isConnected = false
        for _ in 0..<150 where !isConnected {
            try await Task.sleep(for: .milliseconds(10))
            isConnected = await client.isConnected
        }
        #expect(isConnected == isExpected, sourceLocation: location)
    }

    @Test func `Transactions go through a server with TLS`() async throws {
        try await withServer { remote, authority in
            let client = client(remote, try await tls(authority))
            let running = Task { try await client.run() }
            defer { running.cancel() }
            try await eventually { await client.isConnected }
            try await client.transact([.insert(table: "Logical_Switch", row: ["name": .string("s")])])
            #expect(await client.replica?.rows("Logical_Switch").count == 1)
        }
    }

    @Test func `A server of another authority, or over its time, is refused`() async throws {
        try await withServer { remote, authority in
            let stranger = try await TestAuthority()
            defer { stranger.remove() }
            try await expect(false, remote, try await tls(authority, trusting: stranger))
            try await expect(true, remote, try await tls(authority))
        }
        try await withServer(days: 0) { remote, authority in
            try await expect(false, remote, try await tls(authority))
        }
    }

    @Test func `A client without a certificate of the server's authority is refused by it`() async throws {
        try await withServer { remote, authority in
            let stranger = try await TestAuthority()
            defer { stranger.remove() }
            try await expect(false, remote, try await tls(stranger, trusting: authority))
            try await expect(false, remote, nil)
        }
    }

    @Test func `A file that cannot be used is named`() async throws {
        let authority = try await TestAuthority()
        defer { authority.remove() }
        let files = try await authority.sign("client")
        let error = #expect(throws: ConfigurationError.self) {
            _ = try OVSDBTLS(
                privateKey: "/nowhere/key", certificate: files.certificate, authority: authority.certificate)
        }
        #expect(error?.message.contains("/nowhere/key cannot be used") == true)
    }

    @Test func `Remotes with TLS are read in Open vSwitch's notation`() throws {
        #expect(try OVSDBRemote("ssl:[::1]:6641") == .ssl(host: "::1", port: 6641))
        #expect(try OVSDBRemote("ssl:[::1]:6641").description == "ssl:[::1]:6641")
        #expect(try OVSDBRemote("tcp:10.0.0.1:6641").isTLS == false)
        #expect(throws: OVSDBError.self) { try OVSDBRemote("tls:10.0.0.1:6641") }
    }
}
