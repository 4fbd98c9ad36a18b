import Core
import WebAPI

extension TokenRevoked {
    /// Whether a token is one of those meant.
    func covers(_ token: TokenInfo) -> Bool {
        if let auditID, token.auditIDs.first != auditID { return false }
        if let auditChainID, token.auditIDs.last != auditChainID { return false }
        if let userID, token.userID != userID { return false }
        if let projectID, token.projectID != projectID { return false }
        if let domainID, ![token.domainID, token.userDomainID, token.projectDomainID].contains(domainID) {
            return false
        }
        if let trustID, token.trustID != trustID { return false }
        if let applicationCredentialID, token.applicationCredentialID != applicationCredentialID { return false }
        if let issuedBefore, let issuedAt = token.issuedAt, issuedAt > issuedBefore { return false }
        return true
    }
}
