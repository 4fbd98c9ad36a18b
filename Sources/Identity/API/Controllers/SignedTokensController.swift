import Core
import HTTPTypes
import WebAPI

/// `/v3/ec2tokens` and `/v3/s3tokens`: a service shows a signed request that it received, and gets its user's token.
///
/// Only services and administrators may: whoever could, could try signatures of others' requests.
struct SignedTokensController {
    let tokens: EC2TokenService
    let documents: TokenDocuments

    var operations: [Operation] {
        [
            Operation(
                .post, "/ec2tokens", policy: IdentityPolicies.ec2tokensValidate, body: IdentitySchemas.signed
            ) { request in
                let issued = try await tokens.authenticateEC2(request.body)
                return try await documents.response(issued.token, issued.text, request, status: .ok)
            },
            Operation(
                .post, "/s3tokens", policy: IdentityPolicies.s3tokensValidate, body: IdentitySchemas.signed
            ) { request in
                let issued = try await tokens.authenticateS3(request.body)
                var response = try await documents.response(issued.token, issued.text, request, status: .ok)
                // The object store needs to know the user, and no more.
                response.headers[.subjectToken] = nil
                return response
            },
        ]
    }
}
