import Core
import FoundationEssentials

/// `GET /v3/OS-REVOKE/events`.
enum RevocationEventView {
    static let epoch: Date? = Date(timeIntervalSince1970: 0)

    static func date(_ text: String) -> Date? { Date(iso8601: text) }

    static func write(_ events: [RevocationEvent], url: String, _ json: inout JSONWriter) {
        json.object {
            $0.array("events", events) { json, event in
                json.object { json in
                    if let user = event.userID { json.field("user_id", user) }
                    if let project = event.projectID { json.field("project_id", project) }
                    if let domain = event.domainID { json.field("domain_id", domain) }
                    if let trust = event.trustID { json.field("OS-TRUST:trust_id", trust) }
                    if let audit = event.auditID { json.field("audit_id", audit) }
                    if let chain = event.auditChainID { json.field("audit_chain_id", chain) }
                    json.field("issued_before", event.issuedBefore.iso8601MicroZ)
                    json.field("revoked_at", event.issuedBefore.iso8601MicroZ)
                }
            }
            $0.field("links") {
                $0.object {
                    $0.field("next", String?.none)
                    $0.field("self", url)
                    $0.field("previous", String?.none)
                }
            }
        }
    }
}
