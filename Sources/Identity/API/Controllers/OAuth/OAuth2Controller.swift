import Core
import HTTPTypes
import NIOCore
import WebAPI

/// `POST /v3/OS-OAUTH2/token`: OAuth 2.0's client credentials (RFC 6749 §4.4), where an application credential is the
/// client. Faults have OAuth's own form (§5.2).
struct OAuth2Controller {
    let authentication: AuthenticationService
    private static let maximumBody = 16_384

    var operations: [Operation] {
        [Operation(.post, "/OS-OAUTH2/token", auth: .none, rawBody: true, handler: token)]
    }

    private struct Fault: Error {
        var status: HTTPResponse.Status
        var error: String
        var description: String

        static let client = Fault(
            status: .unauthorized, error: "invalid_client", description: "Client authentication failed.")
    }

    @Sendable private func token(_ request: APIRequest) async throws -> APIResponse {
        do {
            let form = QueryItems(
                parsing: String(
                    buffer: try await request.bodyStream.collect(upTo: Self.maximumBody)))
            let issued = try await issue(form, request)
            let lifetime = Int(authentication.env.tokenOptions.expiration.components.seconds)
            return .json(headers: [.cacheControl: "no-store"]) { json in
                json.object {
                    $0.field("access_token", issued.text)
                    $0.field("token_type", "Bearer")
                    $0.field("expires_in", lifetime)
                }
            }
        } catch let fault as Fault {
            var headers: HTTPFields = [.cacheControl: "no-store"]
            if fault.status == .unauthorized { headers[.wwwAuthenticate] = "Keystone uri=\"\(request.baseURL)\"" }
            return .json(fault.status, headers: headers) { json in
                json.object {
                    $0.field("error", fault.error)
                    $0.field("error_description", fault.description)
                }
            }
        }
    }

    private func issue(_ form: QueryItems, _ request: APIRequest) async throws -> TokenService.Issued {
        guard let grant = form.first("grant_type") else {
            throw Fault(
                status: .badRequest, error: "invalid_request", description: "The parameter grant_type is required.")
        }
        guard grant == "client_credentials" else {
            throw Fault(
                status: .badRequest, error: "unsupported_grant_type",
                description: "The parameter grant_type \(grant) is not supported.")
        }
        guard let (id, secret) = Self.basic(request.headers[.authorization]) ?? Self.client(form) else {
            throw Fault.client
        }
        do {
            var auth = AuthRequest(methods: ["application_credential"])
            auth.applicationCredential = AuthRequest.ApplicationCredential(
                id: ApplicationCredentialID(id), name: nil, user: nil, secret: secret)
            return try await authentication.authenticate(auth)
        } catch is MultiFactorRequired {
            throw Fault.client
        } catch let error as ServiceError where error.code == .unauthorized {
            throw Fault.client
        }
    }

    private static func client(_ form: QueryItems) -> (String, String)? {
        guard let id = form.first("client_id"), let secret = form.first("client_secret") else { return nil }
        return (id, secret)
    }

    /// RFC 7617.
    private static func basic(_ header: String?) -> (String, String)? {
        guard let header, header.lowercased().hasPrefix("basic "),
            let bytes = Base64.decode(String(header.dropFirst(6))),
            let text = String(validating: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":")
        else { return nil }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}
