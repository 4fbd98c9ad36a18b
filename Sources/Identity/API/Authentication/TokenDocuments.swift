import Core
import HTTPTypes
import WebAPI

/// Answers that show a token.
struct TokenDocuments {
    let catalog: CatalogAdministration

    func response(
        _ token: Token, _ text: String, _ request: APIRequest, status: HTTPResponse.Status
    ) async throws -> APIResponse {
        let withCatalog = token.isScoped && !request.query.has("nocatalog")
        let facts = try await catalog.tokenFacts(
            project: token.project?.id, user: token.user.id, withCatalog: withCatalog)
        let view = TokenView(token: token, catalog: facts.catalog, serviceProviders: facts.serviceProviders)
        return .json(status, headers: [.subjectToken: text, .vary: "X-Auth-Token"]) { view.write(&$0) }
    }

    /// 401 with what is still missing.
    func response(_ receipt: Receipt) -> APIResponse {
        .json(.unauthorized, headers: [.authReceipt: receipt.text]) { json in
            json.object {
                $0.field("receipt") {
                    $0.object {
                        $0.field("methods", receipt.methods.names)
                        $0.field("user") {
                            $0.object {
                                $0.field("domain") {
                                    $0.object {
                                        $0.field("id", receipt.userDomain.id)
                                        $0.field("name", receipt.userDomain.name)
                                    }
                                }
                                $0.field("id", receipt.user.id)
                                $0.field("name", receipt.user.name)
                            }
                        }
                        $0.field("expires_at", receipt.expiresAt.iso8601MicroZ)
                        $0.field("issued_at", receipt.issuedAt.iso8601MicroZ)
                    }
                }
                $0.field(
                    "required_auth_methods",
                    .array(receipt.requiredMethods.map { .array($0.map { .string($0) }) }))
            }
        }
    }
}
