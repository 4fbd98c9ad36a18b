import Core
import FoundationEssentials

extension View {
    static let projectKeys: Set<String> = [
        "id", "name", "domain_id", "parent_id", "is_domain", "description", "enabled", "options", "tags", "links",
        "parents", "subtree", "explicit_domain_id", "extra",
    ]

    func write(_ project: Project, _ json: inout JSONWriter, more: (inout JSONWriter) -> Void = { _ in }) {
        json.object {
            $0.field("id", project.id)
            $0.field("name", project.name)
            $0.field("domain_id", project.domainID)
            $0.field("description", project.description)
            $0.field("enabled", project.isEnabled)
            $0.field("parent_id", project.parentID)
            $0.field("is_domain", project.isDomain)
            $0.field("tags", project.tags)
            $0.field("options", .object(project.options))
            $0.extra(project.extra, without: Self.projectKeys)
            more(&$0)
            selfLink(&$0, "/projects/\(project.id)")
        }
    }

    func writeDomain(_ domain: Project, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", domain.id)
            $0.field("name", domain.name)
            $0.field("description", domain.description)
            $0.field("enabled", domain.isEnabled)
            $0.field("tags", domain.tags)
            $0.field("options", .object(domain.options))
            $0.extra(domain.extra, without: Self.projectKeys)
            selfLink(&$0, "/domains/\(domain.id)")
        }
    }

    static let userKeys: Set<String> = [
        "id", "name", "domain_id", "enabled", "default_project_id", "options", "password", "original_password",
        "password_expires_at", "links", "federated", "extra",
    ]

    func write(
        _ user: User, logins: [FederatedLogin] = [], _ json: inout JSONWriter,
        more: (inout JSONWriter) -> Void = { _ in }
    ) {
        json.object {
            $0.field("id", user.id)
            $0.field("name", user.name)
            $0.field("domain_id", user.domainID)
            $0.field("enabled", user.isEnabled)
            if let project = user.defaultProjectID { $0.field("default_project_id", project) }
            $0.field("password_expires_at", user.passwordExpiresAt?.iso8601Micro)
            $0.field("options", .object(user.options))
            if !logins.isEmpty { $0.field("federated", .array(FederatedLogin.json(logins))) }
            $0.extra(user.extra, without: Self.userKeys)
            more(&$0)
            selfLink(&$0, "/users/\(user.id)")
        }
    }

    static let groupKeys: Set<String> = ["id", "name", "domain_id", "description", "links"]

    func write(_ group: Group, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", group.id)
            $0.field("domain_id", group.domainID)
            $0.field("name", group.name)
            $0.field("description", group.description)
            $0.extra(group.extra, without: Self.groupKeys)
            selfLink(&$0, "/groups/\(group.id)")
        }
    }

    static let roleKeys: Set<String> = ["id", "name", "domain_id", "description", "options", "links"]

    func write(_ role: Role, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", role.id)
            $0.field("name", role.name)
            $0.field("domain_id", role.domainID)
            $0.field("description", role.description)
            $0.field("options", .object(role.options))
            $0.extra(role.extra, without: Self.roleKeys)
            selfLink(&$0, "/roles/\(role.id)")
        }
    }

    static let regionKeys: Set<String> = ["id", "description", "parent_region_id", "links"]

    func write(_ region: Region, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", region.id)
            $0.field("description", region.description)
            $0.field("parent_region_id", region.parentID)
            $0.extra(region.extra, without: Self.regionKeys)
            selfLink(&$0, "/regions/\(region.id)")
        }
    }

    static let serviceKeys: Set<String> = ["id", "type", "enabled", "links"]

    func write(_ service: CatalogService, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", service.id)
            $0.field("type", service.type)
            $0.field("enabled", service.isEnabled)
            if service.extra["name"] == nil { $0.field("name", "") }
            $0.extra(service.extra, without: Self.serviceKeys)
            selfLink(&$0, "/services/\(service.id)")
        }
    }

    static let endpointKeys: Set<String> = [
        "id", "interface", "region", "region_id", "service_id", "url", "enabled", "links",
    ]

    func write(_ endpoint: Endpoint, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", endpoint.id)
            $0.field("interface", endpoint.interface)
            $0.field("region_id", endpoint.regionID)
            $0.field("region", endpoint.regionID)
            $0.field("service_id", endpoint.serviceID)
            $0.field("url", endpoint.url)
            $0.field("enabled", endpoint.isEnabled)
            $0.extra(endpoint.extra, without: Self.endpointKeys)
            selfLink(&$0, "/endpoints/\(endpoint.id)")
        }
    }

    static let credentialKeys: Set<String> = ["id", "user_id", "project_id", "type", "blob", "links"]

    func write(_ credential: Credential, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", credential.id)
            $0.field("user_id", credential.userID)
            $0.field("project_id", credential.projectID)
            $0.field("type", credential.type)
            $0.field("blob", credential.blob)
            $0.extra(credential.extra, without: Self.credentialKeys)
            selfLink(&$0, "/credentials/\(credential.id)")
        }
    }

    static let policyKeys: Set<String> = ["id", "type", "blob", "links"]

    func write(_ document: PolicyDocument, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", document.id)
            $0.field("type", document.type)
            $0.field("blob", document.blob)
            $0.extra(document.extra, without: Self.policyKeys)
            selfLink(&$0, "/policies/\(document.id)")
        }
    }
}
