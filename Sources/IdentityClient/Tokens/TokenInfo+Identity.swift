import Core
import FoundationEssentials
import WebAPI

extension TokenInfo {
    /// Reads the `token` of identity's answer; nil when it lacks what every token has.
    init?(identity token: JSONValue) {
        guard let user = token["user"], let id = user["id"]?.string,
            let expires = token["expires_at"]?.string.flatMap({ Date(iso8601: $0) })
        else { return nil }
        self.init(userID: UserID(id), userName: user["name"]?.string ?? "", expiresAt: expires)
        userDomainID = user["domain"]?["id"]?.string.map { DomainID($0) }
        userDomainName = user["domain"]?["name"]?.string
        projectID = token["project"]?["id"]?.string.map { ProjectID($0) }
        projectName = token["project"]?["name"]?.string
        projectDomainID = token["project"]?["domain"]?["id"]?.string.map { DomainID($0) }
        projectDomainName = token["project"]?["domain"]?["name"]?.string
        domainID = token["domain"]?["id"]?.string.map { DomainID($0) }
        domainName = token["domain"]?["name"]?.string
        systemScope = token["system"]?["all"]?.bool == true ? "all" : nil
        roles = (token["roles"]?.array ?? []).compactMap { $0["name"]?.string }
        issuedAt = token["issued_at"]?.string.flatMap { Date(iso8601: $0) }
        methods = (token["methods"]?.array ?? []).compactMap(\.string)
        auditIDs = (token["audit_ids"]?.array ?? []).compactMap(\.string)
        trustID = token["OS-TRUST:trust"]?["id"]?.string
        let credential = token["application_credential"]
        applicationCredentialID = credential?["id"]?.string
        accessRules = credential?["access_rules"]?.array.map { rules in
            rules.compactMap { rule in
                guard let service = rule["service"]?.string, let method = rule["method"]?.string,
                    let path = rule["path"]?.string
                else { return nil }
                return AccessRule(service: service, method: method, path: path)
            }
        }
    }
}
