import AsyncHTTPClient
import CLinux
import ComputeModel
import Core
import Glibc
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import ComputeAgent

/// The metadata proxy between a real client and a stand-in for compute-api.
@Suite struct MetadataProxyTests {
    private static let network = NetworkID("1b2c3d4e-0000-4000-8000-000000000001")
    private static let owner = MetadataClientIdentity(
        server: ServerID("0c6b6f5a-9f3b-4b1e-8f57-0d5f0c1f6a01"), project: ProjectID("p1"))

    /// Runs `body` with the proxy's URL.
    private func withProxy(
        _ api: StubAPI, burst: Int = 100, owner: MetadataClientIdentity? = owner,
        _ body: (String) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test")
        let forwarding = MetadataForwarding(
            apiURL: api.url, secret: Secret("s3cret"),
            owners: MetadataOwners(ports: OnePort(owner: owner), clock: .system),
            limiter: RateLimiter(perSecond: 0.001, burst: burst), http: .shared, clock: .system)
        let proxy = MetadataProxy(forwarding: forwarding, group: .singletonMultiThreadedEventLoopGroup, logger: logger)
        let descriptor = apus_listen_in_netns("/proc/self/ns/net", "127.0.0.1", 0, 16)
        try #require(descriptor >= 0)
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
        }
        let listener = try await proxy.listen(on: descriptor, network: Self.network)
        do {
            try await body("http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))")
        } catch {
            await listener.close()
            throw error
        }
        await listener.close()
    }

    @Test func whatAGuestSaysOfItselfIsDropped() async throws {
        try await StubAPI.run { api in
            try await withProxy(api) { url in
                var request = HTTPClientRequest(url: "\(url)/latest/meta-data/instance-id")
                request.headers = [
                    "X-Instance-ID": "somebody-else", "x-forwarded-for": "10.9.9.9", "X-Tenant-ID": "theirs",
                    "X-Instance-ID-Signature": "forged", "X-Auth-Token": "t",
                ]
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
                #expect(response.status == .ok)
                #expect(String(buffer: try await response.body.collect(upTo: 1000)) == "stub")
            }
            let head = try #require(api.requests.first)
            #expect(head.uri == "/latest/meta-data/instance-id")
            #expect(head.headers["X-Instance-ID"] == [Self.owner.server.rawValue])
            #expect(head.headers["X-Tenant-ID"] == ["p1"])
            #expect(head.headers["X-Forwarded-For"] == ["127.0.0.1"])
            #expect(head.headers["X-Instance-ID-Signature"].first?.count == 64)
            #expect(head.headers["X-Auth-Token"].isEmpty)
        }
    }

    @Test func anAddressWithoutAPortGetsNothing() async throws {
        try await StubAPI.run { api in
            try await withProxy(api, owner: nil) { url in
                let response = try await HTTPClient.shared.execute(
                    HTTPClientRequest(url: "\(url)/openstack"), timeout: .seconds(60))
                #expect(response.status == .notFound)
            }
            #expect(api.requests.isEmpty)
        }
    }

    @Test func aFloodIsRefusedBeforeAnybodyIsAsked() async throws {
        try await StubAPI.run { api in
            try await withProxy(api, burst: 2) { url in
                var statuses: [UInt] = []
                for _ in 1...3 {
                    let response = try await HTTPClient.shared.execute(
                        HTTPClientRequest(url: "\(url)/"), timeout: .seconds(60))
                    _ = try await response.body.collect(upTo: 1000)
                    statuses.append(response.status.code)
                }
                #expect(statuses == [200, 200, 429])
            }
            #expect(api.requests.count == 2)
        }
    }
}

private struct OnePort: MetadataPorts {
    let owner: MetadataClientIdentity?

    func port(of network: NetworkID) async throws -> MetadataPort? { nil }
    func owner(of address: String, on network: NetworkID) async throws -> MetadataClientIdentity? { owner }
}

/// Answers every request with `stub` and keeps its head.
private final class StubAPI: Sendable {
    private final class Requests: Sendable {
        let heads = Locked<[HTTPRequestHead]>([])
    }

    private let seen: Requests
    let url: String

    private init(port: Int, seen: Requests) {
        url = "http://127.0.0.1:\(port)"
        self.seen = seen
    }

    var requests: [HTTPRequestHead] { seen.heads.withLock { $0 } }

    static func run(_ body: (StubAPI) async throws -> Void) async throws {
        let seen = Requests()
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        StubHandler { head in seen.heads.withLock { $0.append(head) } })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(StubAPI(port: channel.localAddress?.port ?? 0, seen: seen))
        } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
    }
}

private final class StubHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let seen: @Sendable (HTTPRequestHead) -> Void

    init(_ seen: @escaping @Sendable (HTTPRequestHead) -> Void) { self.seen = seen }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): seen(head)
        case .body: break
        case .end:
            let headers: HTTPHeaders = ["Content-Length": "4", "Content-Type": "text/plain"]
            context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: headers))), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "stub")))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
