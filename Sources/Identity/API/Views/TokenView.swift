import Core
import FoundationEssentials

/// The body of a token, as `POST` and `GET /v3/auth/tokens` show it.
struct TokenView {
    let token: Token
    /// Nil: not asked for.
    let catalog: [CatalogEntry]?
    /// Clouds that let this one's users in.
    var serviceProviders: [ServiceProvider] = []

    func write(_ json: inout JSONWriter) {
        json.object {
            $0.field("token") {
                $0.object {
                    $0.field("methods", token.payload.methods.names)
                    user(&$0)
                    $0.field("audit_ids", token.payload.auditIDs)
                    $0.field("expires_at", token.payload.expiresAt.iso8601MicroZ)
                    $0.field("issued_at", token.issuedAt.iso8601MicroZ)
                    scope(&$0)
                    delegation(&$0)
                    if token.isScoped {
                        $0.array("roles", token.roles) { json, role in
                            json.object {
                                $0.field("id", role.id)
                                $0.field("name", role.name)
                            }
                        }
                        if let catalog { $0.field("catalog") { CatalogView.write(catalog, &$0) } }
                    }
                    providers(&$0)
                }
            }
        }
    }

    private func user(_ json: inout JSONWriter) {
        json.field("user") {
            $0.object {
                domain(token.userDomain, &$0)
                $0.field("id", token.user.id)
                $0.field("name", token.user.name)
                if let federation = token.payload.federation {
                    self.federation(federation, &$0)
                } else {
                    $0.field("password_expires_at", token.user.passwordExpiresAt?.iso8601Micro)
                }
            }
        }
    }

    private func federation(_ federation: TokenPayload.Federation, _ json: inout JSONWriter) {
        json.field("OS-FEDERATION") {
            $0.object {
                $0.array("groups", federation.groups) { json, id in json.object { $0.field("id", id) } }
                $0.field("identity_provider") { $0.object { $0.field("id", federation.identityProvider) } }
                $0.field("protocol") { $0.object { $0.field("id", federation.protocolID) } }
            }
        }
    }

    private func providers(_ json: inout JSONWriter) {
        guard !serviceProviders.isEmpty else { return }
        json.array("service_providers", serviceProviders) { json, provider in
            json.object {
                $0.field("auth_url", provider.authURL)
                $0.field("id", provider.id)
                $0.field("sp_url", provider.url)
            }
        }
    }

    private func domain(_ domain: Project, _ json: inout JSONWriter) {
        json.field("domain") {
            $0.object {
                $0.field("id", domain.id)
                $0.field("name", domain.name)
            }
        }
    }

    private func scope(_ json: inout JSONWriter) {
        if token.isSystemScoped { json.field("system") { $0.object { $0.field("all", true) } } }
        if let scope = token.domain { domain(scope, &json) }
        guard let project = token.project, let projectDomain = token.projectDomain else { return }
        json.field("project") {
            $0.object {
                domain(projectDomain, &$0)
                $0.field("id", project.id)
                $0.field("name", project.name)
            }
        }
        if token.trust == nil { json.field("is_domain", project.isDomain) }
    }

    private func delegation(_ json: inout JSONWriter) {
        if let trust = token.trust {
            json.field("OS-TRUST:trust") {
                $0.object {
                    $0.field("id", trust.id)
                    $0.field("trustor_user") { $0.object { $0.field("id", trust.trustor) } }
                    $0.field("trustee_user") { $0.object { $0.field("id", trust.trustee) } }
                    $0.field("impersonation", trust.isImpersonation)
                }
            }
        }
        if let access = token.accessToken {
            json.field("OS-OAUTH1") {
                $0.object {
                    $0.field("access_token_id", access.id)
                    $0.field("consumer_id", access.consumerID)
                }
            }
        }
        if let credential = token.applicationCredential {
            json.field("application_credential") {
                $0.object {
                    $0.field("id", credential.id)
                    $0.field("name", credential.name)
                    $0.field("restricted", !credential.isUnrestricted)
                    if let rules = credential.accessRules {
                        $0.array("access_rules", rules) { json, rule in
                            json.object {
                                $0.field("id", rule.id)
                                $0.field("service", rule.service)
                                $0.field("path", rule.path)
                                $0.field("method", rule.method)
                            }
                        }
                    }
                }
            }
        }
    }
}

enum CatalogView {
    static func write(_ catalog: [CatalogEntry], _ json: inout JSONWriter) {
        json.array(catalog) { json, entry in
            json.object {
                $0.array("endpoints", entry.endpoints) { json, endpoint in
                    json.object {
                        $0.field("id", endpoint.id)
                        $0.field("interface", endpoint.interface)
                        $0.field("region_id", endpoint.regionID)
                        $0.field("region", endpoint.regionID)
                        $0.field("url", endpoint.url)
                    }
                }
                $0.field("id", entry.id)
                $0.field("type", entry.type)
                $0.field("name", entry.name)
            }
        }
    }
}
