import Core
import FoundationEssentials

/// A user or group as its directory has it.
struct DirectoryEntry: Sendable {
    var dn: String
    /// What the directory knows it by; the cloud's id is derived of it.
    var localID: String
    var name: String
    var description: String?
    var email: String?
    var defaultProjectID: ProjectID?
    var isEnabled = true
}

extension DirectoryEntry {
    func user(_ id: UserID, in domain: DomainID, at now: Date) -> User {
        var extra: JSONObject = [:]
        if let email { extra["email"] = .string(email) }
        if let description { extra["description"] = .string(description) }
        return User(
            id: id, domainID: domain, name: name, isEnabled: isEnabled, defaultProjectID: defaultProjectID,
            options: [:], extra: extra, createdAt: now, failedAttempts: 0)
    }

    func group(_ id: GroupID, in domain: DomainID) -> Group {
        Group(id: id, domainID: domain, name: name, description: description ?? "", extra: [:])
    }
}
