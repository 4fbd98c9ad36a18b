import Core
import Database
import FoundationEssentials

extension KeystoneImport {
    /// Regions, services, endpoints and what narrows them; limits; policy documents.
    var catalog: [Step] {
        [
            regionStep, serviceStep, endpointStep, endpointGroupStep, projectEndpointGroupStep, projectEndpointStep,
            registeredLimitStep, limitStep, policyStep, policyAssociationStep,
        ]
    }

    /// A step over a table whose key is `id`, and whose rows stand for themselves.
    private func simple(
        _ name: String, _ rows: @escaping @Sendable (String, Int) -> SQL, into target: StaticString?,
        _ make: @escaping @Sendable (Row) throws -> Write
    ) -> Step {
        Step(name: name, rows: rows, target: target, make: { row, _ in try make(row) })
    }

    private var regionStep: Step {
        simple(
            "regions",
            { "SELECT r.*, r.id AS import_key FROM region r WHERE r.id > \($0) ORDER BY r.id LIMIT \($1)" },
            into: "regions"
        ) { row in
            let region = Region(
                id: try row.get("id"), description: try row.get("description"),
                parentID: try row.get("parent_region_id"), extra: try row.added())
            return { tx in
                try CatalogStore.insert(region, tx)
                return true
            }
        }
    }

    private var serviceStep: Step {
        simple(
            "services",
            { "SELECT s.*, s.id AS import_key FROM service s WHERE s.id > \($0) ORDER BY s.id LIMIT \($1)" },
            into: "services"
        ) { row in
            let service = CatalogService(
                id: try row.get("id"), type: try row.get("type", as: String?.self) ?? "",
                isEnabled: try row.get("enabled"), extra: try row.added())
            return { tx in
                try CatalogStore.insert(service, tx)
                return true
            }
        }
    }

    private var endpointStep: Step {
        simple(
            "endpoints",
            { "SELECT e.*, e.id AS import_key FROM endpoint e WHERE e.id > \($0) ORDER BY e.id LIMIT \($1)" },
            into: "endpoints"
        ) { row in
            let endpoint = Endpoint(
                id: try row.get("id"), serviceID: try row.get("service_id"), interface: try row.get("interface"),
                regionID: try row.get("region_id"), url: try row.get("url"), isEnabled: try row.get("enabled"),
                extra: try row.added())
            return { tx in
                try CatalogStore.insert(endpoint, tx)
                return true
            }
        }
    }

    private var endpointGroupStep: Step {
        simple(
            "endpoint groups",
            { "SELECT g.*, g.id AS import_key FROM endpoint_group g WHERE g.id > \($0) ORDER BY g.id LIMIT \($1)" },
            into: "endpoint_groups"
        ) { row in
            let group = EndpointGroup(
                id: try row.get("id"), name: try row.get("name"), description: try row.get("description"),
                filters: try row.added("filters"))
            return { tx in
                try EndpointGroupStore.insert(group, tx)
                return true
            }
        }
    }

    private var projectEndpointGroupStep: Step {
        simple(
            "endpoint groups of projects",
            {
                """
                SELECT * FROM (
                    SELECT m.*, CONCAT(m.endpoint_group_id, ' ', m.project_id) AS import_key,
                        EXISTS (SELECT 1 FROM endpoint_group g WHERE g.id = m.endpoint_group_id) AS is_whole
                    FROM project_endpoint_group m) k
                WHERE import_key > \($0) ORDER BY import_key LIMIT \($1)
                """
            }, into: nil
        ) { row in
            let group: String = try row.get("endpoint_group_id")
            let project: String = try row.get("project_id")
            return { tx in
                try Self.add(
                    """
                    INSERT INTO project_endpoint_groups (project_id, endpoint_group_id) VALUES (\(project), \(group))
                    """, tx)
            }
        }
    }

    private var projectEndpointStep: Step {
        simple(
            "endpoints of projects",
            {
                """
                SELECT * FROM (
                    SELECT m.*, CONCAT(m.endpoint_id, ' ', m.project_id) AS import_key,
                        EXISTS (SELECT 1 FROM endpoint e WHERE e.id = m.endpoint_id) AS is_whole
                    FROM project_endpoint m) k
                WHERE import_key > \($0) ORDER BY import_key LIMIT \($1)
                """
            }, into: nil
        ) { row in
            let endpoint: String = try row.get("endpoint_id")
            let project: String = try row.get("project_id")
            return { tx in
                try Self.add(
                    "INSERT INTO project_endpoints (project_id, endpoint_id) VALUES (\(project), \(endpoint))", tx)
            }
        }
    }

    // MARK: Limits

    private var registeredLimitStep: Step {
        simple(
            "registered limits",
            {
                """
                SELECT l.*, l.id AS import_key, EXISTS (SELECT 1 FROM service s WHERE s.id = l.service_id) AS is_whole
                FROM registered_limit l WHERE l.id > \($0) ORDER BY l.id LIMIT \($1)
                """
            }, into: "registered_limits"
        ) { row in
            let limit = RegisteredLimit(
                id: try row.get("id"), serviceID: try row.get("service_id"), regionID: try row.get("region_id"),
                resourceName: try row.get("resource_name"), defaultLimit: try row.get("default_limit"),
                description: try row.get("description"))
            return { tx in
                try LimitStore.insert(limit, tx)
                return true
            }
        }
    }

    private var limitStep: Step {
        simple(
            "limits",
            {
                """
                SELECT l.*, l.id AS import_key,
                    EXISTS (SELECT 1 FROM registered_limit r WHERE r.id = l.registered_limit_id) AS is_whole
                FROM `limit` l WHERE l.id > \($0) ORDER BY l.id LIMIT \($1)
                """
            }, into: "limits"
        ) { row in
            let id: LimitID = try row.get("id")
            let registered: RegisteredLimitID = try row.get("registered_limit_id")
            let project: ProjectID? = try row.get("project_id")
            let domain: DomainID? = try row.get("domain_id")
            let value: Int = try row.get("resource_limit")
            let description: String? = try row.get("description")
            return { tx in
                guard let registered = try LimitStore.registered(registered, tx) else {
                    throw LeftOut(reason: "what it belongs to is gone")
                }
                try LimitStore.insert(
                    Limit(
                        id: id, registered: registered, projectID: project, domainID: domain, resourceLimit: value,
                        description: description), tx)
                return true
            }
        }
    }

    // MARK: Policies

    private var policyStep: Step {
        simple(
            "policies",
            { "SELECT p.*, p.id AS import_key FROM policy p WHERE p.id > \($0) ORDER BY p.id LIMIT \($1)" },
            into: "policies"
        ) { row in
            // A text, written as JSON.
            let text: String = try row.get("blob")
            let document = PolicyDocument(
                id: try row.get("id"), type: try row.get("type"), blob: try JSONValue(parsing: text).string ?? text,
                extra: try row.added())
            return { tx in
                try PolicyDocumentStore.insert(document, tx)
                return true
            }
        }
    }

    private var policyAssociationStep: Step {
        simple(
            "policy associations",
            {
                """
                SELECT a.*, a.id AS import_key, EXISTS (SELECT 1 FROM policy p WHERE p.id = a.policy_id) AS is_whole
                FROM policy_association a WHERE a.id > \($0) ORDER BY a.id LIMIT \($1)
                """
            }, into: nil
        ) { row in
            let policy: String = try row.get("policy_id")
            let endpoint: String = try row.get("endpoint_id", as: String?.self) ?? ""
            let service: String = try row.get("service_id", as: String?.self) ?? ""
            let region: String = try row.get("region_id", as: String?.self) ?? ""
            return { tx in
                try Self.add(
                    """
                    INSERT INTO policy_associations (endpoint_id, service_id, region_id, policy_id)
                    VALUES (\(endpoint), \(service), \(region), \(policy))
                    """, tx)
            }
        }
    }
}
