import Core

/// One line of `GET /v3/role_assignments`.
struct RoleAssignmentView {
    let base: String
    let names: AssignmentNames?

    func write(_ line: ListedAssignment, _ json: inout JSONWriter) {
        json.object {
            $0.field("role") { role(line.role, &$0) }
            actor(line.actor, &$0)
            $0.field("scope") { scope(line, &$0) }
            $0.field("links") { links(line, &$0) }
        }
    }

    private func role(_ id: RoleID, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", id)
            guard let role = names?.roles[id] else { return }
            $0.field("name", role.name)
            if role.domainID != nil { domain(role.domainID, &$0) }
        }
    }

    private func domain(_ id: DomainID?, _ json: inout JSONWriter) {
        json.field("domain") {
            $0.object {
                $0.field("id", id)
                $0.field("name", names?.domainName(id))
            }
        }
    }

    private func actor(_ actor: RoleActor, _ json: inout JSONWriter) {
        let named: (name: String, domain: DomainID)? =
            switch actor {
            case .user(let id): names?.users[id]
            case .group(let id): names?.groups[id]
            }
        json.field(actor.type) {
            $0.object {
                $0.field("id", actor.id)
                if let named {
                    $0.field("name", named.name)
                    domain(named.domain, &$0)
                }
            }
        }
    }

    private func scope(_ line: ListedAssignment, _ json: inout JSONWriter) {
        json.object { json in
            switch line.target {
            case .system: json.field("system") { $0.object { $0.field("all", true) } }
            case .domain(let id):
                json.field("domain") {
                    $0.object {
                        $0.field("id", id)
                        if names != nil { $0.field("name", names?.domainName(id)) }
                    }
                }
            case .project(let id):
                json.field("project") {
                    $0.object {
                        $0.field("id", id)
                        guard let project = names?.projects[id] else { return }
                        $0.field("name", project.name)
                        domain(project.domainID, &$0)
                    }
                }
            }
            if line.isInherited || line.source.isInherited {
                json.field("OS-INHERIT:inherited_to", "projects")
            }
        }
    }

    /// The stored grant that the line comes from, and the group through which it came.
    private func links(_ line: ListedAssignment, _ json: inout JSONWriter) {
        let source = line.source
        let place = source.target == .system ? "/system" : "/\(source.target.type)s/\(source.target.id)"
        let grant = "\(place)/\(source.actor.type)s/\(source.actor.id)/roles/\(source.role)"
        let path = source.isInherited ? "/OS-INHERIT\(grant)/inherited_to_projects" : grant
        json.object {
            $0.field("assignment", base + path)
            if case .group(let group) = source.actor, case .user(let user) = line.actor {
                $0.field("membership", "\(base)/groups/\(group)/users/\(user)")
            }
            if let prior = line.priorRole { $0.field("prior_role", "\(base)/prior_role/\(prior)/implies/\(line.role)") }
        }
    }
}
