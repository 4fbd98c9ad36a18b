package import WebAPI

/// A kind of resource: its names, its table and its attributes. Everything generic follows from it: routes,
/// validation, filters, sorting, paging, views.
package struct ResourceType: Sendable {
    package let object: NetworkObject
    /// The member of bodies, `network`.
    package let name: String
    /// The member of lists, `networks`.
    package let collection: String
    /// The path below `/v2.0`, `security-groups`.
    package let path: String
    package let table: StaticString
    package let attributes: [Attribute]
    package let policies: ResourcePolicies
    private let index: [String: Int]

    package init(
        _ object: NetworkObject, collection: String, path: String, table: StaticString, attributes: [Attribute],
        policies: ResourcePolicies? = nil
    ) {
        self.object = object
        name = object.rawValue
        self.collection = collection
        self.path = path
        self.table = table
        self.attributes = attributes
        self.policies = policies ?? ResourcePolicies(object.rawValue, attributes: attributes)
        index = Dictionary(attributes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// An attribute by name; `tenant_id` is `project_id`'s old one.
    package func attribute(_ name: String) -> Attribute? {
        index[name == "tenant_id" ? "project_id" : name].map { attributes[$0] }
    }

    package var acceptsTags: Bool { index["tags"] != nil }
}

/// The policy rules of a resource, under Neutron's names and with its defaults.
package struct ResourcePolicies: Sendable {
    package let create: PolicyRule
    package let show: PolicyRule
    package let update: PolicyRule
    package let delete: PolicyRule
    /// By attribute, for those that not everyone may set or see.
    package let createAttribute: [String: PolicyRule]
    package let updateAttribute: [String: PolicyRule]
    package let showAttribute: [String: PolicyRule]

    package static let admin = "role:admin"
    package static let member = "(role:admin) or (role:service) or (role:member and project_id:%(project_id)s)"
    package static let reader = "(role:admin) or (role:service) or (role:reader)"
    package static let networkOwner =
        "(role:admin) or (role:service) or (role:member and project_id:%(network_project_id)s)"
    package static let memberOrNetworkOwner = "\(member) or (role:member and project_id:%(network_project_id)s)"

    package init(
        _ name: String, attributes: [Attribute], create: String = Self.member, show: String = Self.reader,
        update: String = Self.member, delete: String = Self.member
    ) {
        self.create = PolicyRule("create_\(name)", default: create)
        self.show = PolicyRule("get_\(name)", default: show)
        self.update = PolicyRule("update_\(name)", default: update)
        self.delete = PolicyRule("delete_\(name)", default: delete)
        func rules(_ verb: String, _ default: (Attribute.Access) -> String?) -> [String: PolicyRule] {
            var result: [String: PolicyRule] = [:]
            for attribute in attributes {
                if let check = `default`(attribute.access) {
                    result[attribute.name] = PolicyRule("\(verb)_\(name):\(attribute.name)", default: check)
                }
            }
            return result
        }
        let write: (Attribute.Access) -> String? = { access in
            switch access {
            case .open: nil
            case .adminWrites, .adminOnly: "(role:admin) or (role:service)"
            case .networkOwnerWrites: Self.networkOwner
            }
        }
        createAttribute = rules("create", write)
        updateAttribute = rules("update", write)
        showAttribute = rules("get") { $0 == .adminOnly ? "(role:admin) or (role:service)" : nil }
    }

    package var all: [PolicyRule] {
        [create, show, update, delete] + createAttribute.values + updateAttribute.values + showAttribute.values
    }
}
