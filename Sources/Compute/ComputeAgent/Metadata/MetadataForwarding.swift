import AsyncHTTPClient
import ComputeModel
import Core
import Crypto
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// One guest's request, answered by compute-api on its behalf.
///
/// Who asks is decided by the network it came from and its address there, which port security
/// guarantees; whatever the guest says of itself in headers is dropped.
struct MetadataForwarding: Sendable {
    let apiURL: String
    let secret: Secret
    let owners: MetadataOwners
    let limiter: RateLimiter
    let http: HTTPClient
    let clock: WallClock

    struct Answer: Sendable {
        var status: HTTPResponseStatus
        var contentType = "text/plain; charset=UTF-8"
        var body = ByteBuffer()

        init(_ status: HTTPResponseStatus) {
            self.status = status
            body = ByteBuffer(string: "\(status.code) \(status.reasonPhrase)\n")
        }

        init(_ status: HTTPResponseStatus, contentType: String, body: ByteBuffer) {
            self.status = status
            self.contentType = contentType
            self.body = body
        }
    }

    static let maximumBody = 64 * 1024
    private static let maximumAnswer = 4 << 20

    func answer(
        _ head: HTTPRequestHead, _ body: ByteBuffer, from address: String, on network: NetworkID
    ) async -> Answer {
        guard limiter.allows("\(network)/\(address)", now: clock.now().timeIntervalSince1970) else {
            return Answer(.tooManyRequests)
        }
        guard head.method == .GET || head.method == .HEAD || head.method == .POST else {
            return Answer(.methodNotAllowed)
        }
        guard head.uri.hasPrefix("/"), head.uri.utf8.count <= 2048 else { return Answer(.badRequest) }
        do {
            guard let owner = try await owners.owner(of: address, on: network) else { return Answer(.notFound) }
            return try await forward(head, body, from: address, owner)
        } catch {
            return Answer(.serviceUnavailable)
        }
    }

    private func forward(
        _ head: HTTPRequestHead, _ body: ByteBuffer, from address: String, _ owner: MetadataClientIdentity
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: apiURL + head.uri)
        request.method = head.method
        request.headers = headers(address, owner)
        if let type = head.headers.first(name: "Content-Type") {
            request.headers.add(name: "Content-Type", value: type)
        }
        if head.method == .POST { request.body = .bytes(body) }
        let response = try await http.execute(request, timeout: .seconds(30))
        let answer = try await response.body.collect(upTo: Self.maximumAnswer)
        return Answer(
            response.status, contentType: response.headers.first(name: "Content-Type") ?? "text/plain", body: answer)
    }

    /// The headers of Neutron's metadata agent, which compute-api trusts by their signature.
    func headers(_ address: String, _ owner: MetadataClientIdentity) -> HTTPHeaders {
        let key = SymmetricKey(data: Array(secret.reveal().utf8))
        let signature = HMAC<SHA256>.authenticationCode(for: Array(owner.server.rawValue.utf8), using: key)
        return [
            "X-Forwarded-For": address, "X-Instance-ID": owner.server.rawValue, "X-Tenant-ID": owner.project.rawValue,
            "X-Instance-ID-Signature": Hex.encode(signature), "User-Agent": "apus-metadata-proxy",
        ]
    }
}
