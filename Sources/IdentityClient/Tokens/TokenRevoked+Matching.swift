import Core
import WebAPI

extension TokenRevoked {
    /// Whether a token is one of those meant.
    func covers(_ token: TokenInfo) -> Bool {
        if let auditID, token.auditIDs.first != auditID { return false }
        if let auditChainID, token.auditIDs.last != auditChainID { return false }
        // A trust's token lives by several users, of whom it shows one: it is asked about again.
        let isLent = token.trustID != nil
        if let userID, token.userID != userID, !isLent { return false }
        if let projectID, token.projectID != projectID { return false }
        if let domainID, ![token.domainID, token.userDomainID, token.projectDomainID].contains(domainID), !isLent {
            return false
        }
        if let trustID, token.trustID != trustID { return false }
        if let applicationCredentialID, token.applicationCredentialID != applicationCredentialID { return false }
        if let issuedBefore, let issuedAt = token.issuedAt, issuedAt > issuedBefore { return false }
        return true
    }
}
