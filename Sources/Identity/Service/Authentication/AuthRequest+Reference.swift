import Core

extension AuthRequest.Reference {
    /// The user it names; nil when a name comes without a domain.
    var user: UserStore.Reference? {
        if let id { return .id(UserID(id)) }
        guard let name else { return nil }
        if let domainID { return .name(name, in: domainID) }
        return domainName.map { .names(name, domain: $0) }
    }

    /// The project it names; nil when a name comes without a domain.
    var project: ProjectStore.Reference? {
        if let id { return .id(ProjectID(id)) }
        guard let name else { return nil }
        if let domainID { return .name(name, in: domainID) }
        return domainName.map { .names(name, domain: $0) }
    }
}
