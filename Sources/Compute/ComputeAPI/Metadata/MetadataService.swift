import ComputeModel
import ComputeStore
import Core
import Crypto
import HTTPTypes
package import Logging
package import WebAPI

/// The service that guests ask about themselves, through their host's agent.
///
/// A request is answered only when it carries the agent's signature of the server's id; who the guest is
/// was decided by the network port it came from, never by what it says.
struct MetadataService: Sendable {
    private let env: ComputeEnvironment
    private let secret: Secret
    private let vendorData: JSONValue

    static func server(
        _ environment: ComputeEnvironment, _ options: MetadataOptions, logger: Logger
    ) throws -> APIServer {
        let service = MetadataService(
            env: environment, secret: options.sharedSecret, vendorData: try VendorData.read(options.vendorData))
        return APIServer(
            options: APIServerOptions(bind: options.bind, port: options.port, maxBody: 16_384),
            service: APIDescription(
                serviceType: "metadata", mounts: [Mount("", service.operations, faults: .nova)], faults: .nova),
            authenticator: NoTokens(), policy: try PolicyEngine(rules: [], overrides: [:]), ids: environment.ids,
            clock: environment.clock, logger: logger)
    }

    private var operations: [Operation] {
        [
            Operation(.get, "/", name: "metadata versions", auth: .none) { [self] request in
                try await answer(request, [])
            },
            Operation(.get, "/{rest*}", name: "metadata", auth: .none) { [self] request in
                try await answer(request, try request.parameter("rest").split(separator: "/").map(String.init))
            },
            Operation(
                .post, "/openstack/{version}/password", name: "metadata password", auth: .none, rawBody: true
            ) { [self] request in try await setPassword(request) },
        ]
    }

    private func answer(_ request: APIRequest, _ path: [String]) async throws -> APIResponse {
        let server = try await server(request)
        let documents = try await InstanceDocuments.load(server, env, request.context)
        if path.first == "openstack" {
            return try await OpenStackMetadata(documents, vendorData: vendorData, env).answer(Array(path.dropFirst()))
        }
        return try EC2Metadata(documents).answer(path)
    }

    /// The guest that asks.
    /// - Throws: 403 without a valid signature, 404 when the server is not there or not that project's.
    private func server(_ request: APIRequest) async throws -> Server {
        guard let id = request.headers[.instanceID], let signature = request.headers[.instanceSignature],
            let given = Hex.decode(signature)
        else { throw ServiceError(.forbidden, "Metadata is served to guests only, through their host.") }
        guard !secret.isEmpty else {
            throw ServiceError(.forbidden, "Metadata is off.", detail: "[metadata] shared_secret is not set")
        }
        let key = SymmetricKey(data: Array(secret.reveal().utf8))
        let expected = Array(HMAC<SHA256>.authenticationCode(for: Array(id.utf8), using: key))
        guard constantTimeEquals(expected, given) else {
            throw ServiceError(.forbidden, "Invalid proxy request signature.")
        }
        guard isUUIDLike(id), let server = try await ServerStore.find(ServerID(id), in: env.database),
            server.deletedAt == nil, request.headers[.tenantID].map({ $0 == server.project.rawValue }) ?? false
        else { throw ServiceError(.notFound, "There is no such instance.") }
        return server
    }

    /// Write-once: the guest's own encrypted password, for its owner to fetch.
    private func setPassword(_ request: APIRequest) async throws -> APIResponse {
        let server = try await server(request)
        var bytes: [UInt8] = []
        for try await chunk in request.bodyStream {
            bytes += Array(chunk.readableBytesView)
            guard bytes.count <= 4096 else { throw ServiceError(.badRequest, "The password is too long.") }
        }
        guard let password = String(validating: bytes, as: UTF8.self), !password.isEmpty else {
            throw ServiceError(.badRequest, "The password is no text.")
        }
        guard try await ServerChangeStore.setPassword(password, of: server.id, in: env.database) else {
            throw ServiceError(.conflict, "The password is set already.")
        }
        return .empty()
    }
}

/// Guests have no tokens.
private struct NoTokens: Authenticator {
    func authenticate(token: String, context: RequestContext) async throws -> TokenInfo {
        throw ServiceError(.unauthorized, "Tokens are not used here.")
    }
}

extension HTTPField.Name {
    fileprivate static let instanceID = named("X-Instance-ID")
    fileprivate static let instanceSignature = named("X-Instance-ID-Signature")
    fileprivate static let tenantID = named("X-Tenant-ID")

    private static func named(_ name: String) -> HTTPField.Name {
        HTTPField.Name(name) ?? .host
    }
}
