import Core
import HTTPTypes
import WebAPI

extension HTTPField.Name {
    static let authReceipt = HTTPField.Name("Openstack-Auth-Receipt") ?? .authorization
    static let proxySecret = HTTPField.Name("X-Apus-Proxy-Secret") ?? .authorization
    static let remoteUser = HTTPField.Name("X-Remote-User") ?? .authorization
    static let requestedProject = HTTPField.Name("Requested-Project-Id") ?? .authorization
}

extension AuthEvidence {
    /// What a request's headers say of the caller.
    ///
    /// Who the user is at an identity provider is believed only of the proxy that knows the secret: anybody can send
    /// such headers.
    init(_ request: APIRequest, _ options: FederationOptions) {
        self.init(receipt: request.headers[.authReceipt], oauth: OAuthSignedRequest(request))
        guard Self.isFromProxy(request, options) else { return }
        remoteUser = request.headers[.remoteUser]
        for field in request.headers {
            let name = "HTTP_" + field.name.rawName.uppercased().map { $0 == "-" ? "_" : $0 }
            guard name.hasPrefix(options.assertionPrefix) else { continue }
            assertion[name] = assertion[name].map { "\($0);\(field.value)" } ?? field.value
        }
        if let remoteUser { assertion["REMOTE_USER"] = remoteUser }
    }

    private static func isFromProxy(_ request: APIRequest, _ options: FederationOptions) -> Bool {
        guard !options.proxySecret.isEmpty, let shown = request.headers[.proxySecret] else { return false }
        return constantTimeEquals(shown, options.proxySecret.reveal())
    }
}

extension OAuthSignedRequest {
    init?(_ request: APIRequest) {
        self.init(
            method: request.method.rawValue, url: request.url, query: request.query.items,
            header: request.headers[.authorization])
    }
}

extension APIRequest {
    /// Whether the caller's token came of a credential narrower than the user: it must not make another that is
    /// stronger, or lives longer, nor read others.
    var isDelegated: Bool {
        guard let token else { return false }
        return token.trustID != nil || token.applicationCredentialID != nil
            || AuthMethods(names: token.methods).isDelegated
    }

    /// - Throws: 403.
    func refuseDelegated(_ action: String) throws {
        guard !isDelegated else {
            throw ServiceError(.forbidden, "You are not authorized to perform the requested action: \(action).")
        }
    }
}
