import Core

/// Removes what the run made: what is in the projects, until nothing is left there, then the rest, then the projects.
struct Cleanup: Sendable {
    let world: World

    /// How often and how long the projects are emptied: servers and volumes go in their own time, and hold others back.
    private static let rounds = 60
    private static let pace = Duration.milliseconds(500)

    private var administrator: CloudSession { world.administrator.session }

    func run() async throws {
        var left: [String] = []
        for round in 0..<Self.rounds where round == 0 || !left.isEmpty {
            if round > 0 { try await ContinuousClock().sleep(for: Self.pace) }
            // Both each time: what one has may hold back what the other shares with it.
            left = await empty(world.attacker) + empty(world.victim)
        }
        if !left.isEmpty { print("not removed: \(left.joined(separator: ", "))") }
        for recipe in Recipe.all.reversed() where recipe.owner == .administrator {
            guard let id = world.administrator.first(recipe.kind) else { continue }
            _ = await administrator.call(recipe.service, "DELETE", "\(recipe.path)/\(id)")
        }
        for party in [world.attacker, world.victim] {
            _ = await administrator.call(.identity, "DELETE", "/v3/users/\(party.session.userID)")
            _ = await administrator.call(.identity, "DELETE", "/v3/projects/\(party.session.projectID)")
        }
    }

    /// Deletes all that is listed, and tells what was.
    private func empty(_ party: Party) async -> [String] {
        var listed: [String] = []
        let project = party.session.projectID
        let collections: [(ServiceName, String, String, String)] = [
            (.compute, "/v2.1/servers", "servers", ""), (.blockStorage, "/v3/os-volume-transfer", "transfers", ""),
            (.network, "/v2.0/floatingips", "floatingips", ""),
            (.blockStorage, "/v3/snapshots", "snapshots", ""),
            (.compute, "/v2.1/os-server-groups", "server_groups", ""),
            (.network, "/v2.0/rbac-policies", "rbac_policies", "?project_id=\(project)"),
            (.network, "/v2.0/routers", "routers", "?project_id=\(project)"),
            (.network, "/v2.0/ports", "ports", "?project_id=\(project)"),
            (.network, "/v2.0/networks", "networks", "?project_id=\(project)"),
            (.network, "/v2.0/security-groups", "security_groups", "?project_id=\(project)"),
            (.network, "/v2.0/subnetpools", "subnetpools", "?project_id=\(project)"),
            (.network, "/v2.0/address-scopes", "address_scopes", "?project_id=\(project)"),
            (.image, "/v2/images", "images", "?owner=\(project)&visibility=all"),
            (.blockStorage, "/v3/attachments", "attachments", ""), (.blockStorage, "/v3/volumes", "volumes", ""),
        ]
        for (service, path, member, query) in collections {
            let version = member == "attachments" ? [("OpenStack-API-Version", "volume 3.27")] : []
            let list = await party.session.call(service, "GET", path + query, headers: version)
            for item in list?.json?[member]?.array ?? [] {
                guard let id = item["id"]?.string else { continue }
                // The project's default group goes with the project.
                if member == "security_groups", item["name"]?.string == "default" { continue }
                listed.append("\(member) \(id)")
                switch member {
                case "servers":
                    _ = await administrator.call(service, "POST", "\(path)/\(id)/action", ["unlock": .null])
                case "networks": await clearPorts(id)
                case "routers": await clearInterfaces(id)
                default: break
                }
                if member == "images" {
                    _ = await party.session.call(
                        .image, "PATCH", "\(path)/\(id)", [["op": "replace", "path": "/protected", "value": false]],
                        headers: [("Content-Type", "application/openstack-images-v2.1-json-patch")])
                }
                _ = await party.session.call(service, "DELETE", "\(path)/\(id)", headers: version)
            }
        }
        return listed
    }

    /// The administrator's ports, too.
    private func clearPorts(_ network: String) async {
        let ports = await administrator.call(.network, "GET", "/v2.0/ports?network_id=\(network)")
        for port in ports?.json?["ports"]?.array ?? [] {
            guard let id = port["id"]?.string else { continue }
            _ = await administrator.call(.network, "DELETE", "/v2.0/ports/\(id)")
        }
    }

    /// Routes over an interface keep it.
    private func clearInterfaces(_ router: String) async {
        _ = await administrator.call(.network, "PUT", "/v2.0/routers/\(router)", ["router": ["routes": []]])
        let ports = await administrator.call(.network, "GET", "/v2.0/ports?device_id=\(router)")
        for port in ports?.json?["ports"]?.array ?? [] {
            guard let id = port["id"]?.string else { continue }
            _ = await administrator.call(
                .network, "PUT", "/v2.0/routers/\(router)/remove_router_interface", ["port_id": .string(id)])
        }
    }
}
