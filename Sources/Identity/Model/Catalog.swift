package import Core

package struct Region: Sendable {
    package var id: RegionID
    package var description: String
    package var parentID: RegionID?
    package var extra: JSONObject
}

package struct CatalogService: Sendable {
    package var id: ServiceID
    package var type: String
    package var isEnabled: Bool
    /// Holds the name and the description, as in Keystone.
    package var extra: JSONObject

    package var name: String { extra["name"]?.string ?? "" }
}

package struct Endpoint: Sendable {
    package var id: EndpointID
    package var serviceID: ServiceID
    package var interface: String
    package var regionID: RegionID?
    package var url: String
    package var isEnabled: Bool
    package var extra: JSONObject

    /// The URL with `$(name)s` and `%(name)s` replaced; nil when it needs a value that is not there.
    ///
    /// Only these three names exist: a template never reaches configuration or secrets.
    package func url(project: ProjectID?, user: UserID?) -> String? {
        let values: [String: String?] = [
            "tenant_id": project?.rawValue, "project_id": project?.rawValue, "user_id": user?.rawValue,
        ]
        var out = ""
        var rest = Substring(url)
        while let start = rest.firstIndex(where: { $0 == "$" || $0 == "%" }) {
            out += rest[..<start]
            let tail = rest[start...].dropFirst()
            guard tail.first == "(", let end = tail.firstIndex(of: ")"),
                tail[end...].dropFirst().first == "s"
            else {
                out.append(rest[start])
                rest = tail
                continue
            }
            let name = String(tail[tail.index(after: tail.startIndex)..<end])
            guard let value = values[name], let value else { return nil }
            out += value
            rest = tail[end...].dropFirst(2)
        }
        return out + rest
    }
}

package struct EndpointFilter: Sendable {
    package var serviceID: ServiceID?
    package var interface: String?
    package var regionID: RegionID?

    package init() {}
}

/// A service and its endpoints as one token sees them.
package struct CatalogEntry: Sendable {
    package struct Endpoint: Sendable {
        package var id: EndpointID
        package var interface: String
        package var regionID: RegionID?
        package var url: String
    }

    package var id: ServiceID
    package var type: String
    package var name: String
    package var endpoints: [Endpoint]
}

/// A named filter over endpoints that can be attached to projects.
package struct EndpointGroup: Sendable {
    package var id: EndpointGroupID
    package var name: String
    package var description: String?
    package var filters: JSONObject

    package func contains(_ endpoint: Endpoint) -> Bool { Self.matches(filters, endpoint) }

    package static func matches(_ filters: JSONObject, _ endpoint: Endpoint) -> Bool {
        filters.allSatisfy { key, value in
            switch key {
            case "service_id": value.string == endpoint.serviceID.rawValue
            case "region_id": value.string == endpoint.regionID?.rawValue
            case "interface": value.string == endpoint.interface
            case "enabled": value.bool == endpoint.isEnabled
            default: false
            }
        }
    }
}
