import Core
import Database
import FoundationEssentials

extension Explainer {
    func port(_ object: FoundObject) async throws -> Explanation {
        let id = object.id
        let row = try await row("network", "SELECT * FROM ports WHERE id = \(id)")
        var answer = try stated(object, row, "status")
        let host: String = try row.get("binding_host_id")
        answer.add("network", try row.get("network_id"))
        answer.add("address", try await addresses(of: id))
        answer.add("MAC", try row.get("mac_address"))
        answer.add(
            "device", "\(try row.get("device_owner", as: String.self)) \(try row.get("device_id", as: String.self))")
        answer.add(
            "binding", host.isEmpty ? "to no host" : "\(try row.get("binding_vnic_type", as: String.self)) on \(host)")
        let ovn = await ovnState(id)
        answer.add("OVN", ovn)
        try await addPending("port/\(id)", to: &answer)
        if answer.state == "DOWN", !host.isEmpty {
            answer.waitsFor.append("the interface on \(host) to be plugged and bound by ovn-controller there")
            answer.owner = "ovn-controller on \(host)"
        }
        for event in try await rows(
            "network", "SELECT name, server_id, attempts FROM compute_events WHERE tag = \(id) ORDER BY id LIMIT 5")
        {
            answer.waitsFor.append(
                "compute to take the event \(try event.get("name", as: String.self)), tried \(try event.get("attempts", as: Int.self)) times"
            )
        }
        for floating in try await rows(
            "network", "SELECT floating_ip_address FROM floating_ips WHERE fixed_port_id = \(id) LIMIT 20")
        {
            answer.add("floating IP", try floating.get("floating_ip_address"))
        }
        for group in try await rows(
            "network", "SELECT security_group_id FROM port_security_groups WHERE port_id = \(id) LIMIT 20")
        {
            answer.add("security group", try group.get("security_group_id"))
        }
        return answer
    }

    func network(_ object: FoundObject) async throws -> Explanation {
        let row = try await row("network", "SELECT * FROM networks WHERE id = \(object.id)")
        var answer = try stated(object, row, "status")
        answer.add(
            "segment", "\(try row.get("network_type", as: String.self)) \(try row.get("segmentation_id", as: Int.self))"
        )
        for subnet in try await rows("network", "SELECT id, cidr FROM subnets WHERE network_id = \(object.id) LIMIT 50")
        {
            answer.add("subnet", "\(try subnet.get("id", as: String.self)) \(try subnet.get("cidr", as: String.self))")
        }
        answer.add("ports", try await count("SELECT COUNT(*) AS number FROM ports WHERE network_id = \(object.id)"))
        try await addPending("network/\(object.id)", to: &answer)
        return answer
    }

    func subnet(_ object: FoundObject) async throws -> Explanation {
        let row = try await row("network", "SELECT *, 'defined' AS status FROM subnets WHERE id = \(object.id)")
        var answer = try stated(object, row, "status")
        answer.add("range", try row.get("cidr"))
        answer.add("gateway", try row.get("gateway_ip"))
        answer.add("network", try row.get("network_id"))
        answer.add(
            "addresses taken",
            try await count("SELECT COUNT(*) AS number FROM ip_allocations WHERE subnet_id = \(object.id)"))
        try await addPending("network/\(try row.get("network_id", as: String.self))", to: &answer)
        return answer
    }

    func router(_ object: FoundObject) async throws -> Explanation {
        let row = try await row("network", "SELECT * FROM routers WHERE id = \(object.id)")
        var answer = try stated(object, row, "status")
        answer.add("gateway network", try row.get("external_network_id"))
        answer.add("gateway port", try row.get("gateway_port_id"))
        for leg in try await rows(
            "network", "SELECT subnet_id, port_id FROM router_interfaces WHERE router_id = \(object.id) LIMIT 50")
        {
            answer.add(
                "interface",
                "subnet \(try leg.get("subnet_id", as: String.self)) by port \(try leg.get("port_id", as: String.self))"
            )
        }
        try await addPending("router/\(object.id)", to: &answer)
        return answer
    }

    func floatingIP(_ object: FoundObject) async throws -> Explanation {
        let row = try await row("network", "SELECT * FROM floating_ips WHERE id = \(object.id)")
        var answer = try stated(object, row, "status")
        answer.add("port", try row.get("fixed_port_id"))
        answer.add("fixed address", try row.get("fixed_ip_address"))
        let router: String? = try row.get("router_id")
        answer.add("router", router)
        if let router { try await addPending("router/\(router)", to: &answer) }
        return answer
    }

    func securityGroup(_ object: FoundObject) async throws -> Explanation {
        let row = try await row("network", "SELECT *, 'defined' AS status FROM security_groups WHERE id = \(object.id)")
        var answer = try stated(object, row, "status")
        answer.add(
            "rules",
            try await count(
                "SELECT COUNT(*) AS number FROM security_group_rules WHERE security_group_id = \(object.id)"))
        answer.add(
            "ports",
            try await count(
                "SELECT COUNT(*) AS number FROM port_security_groups WHERE security_group_id = \(object.id)"))
        try await addPending("security-group/\(object.id)", to: &answer)
        return answer
    }

    /// Whether the network service still has to bring it to OVN.
    private func addPending(_ subject: String, to answer: inout Explanation) async throws {
        for change in try await rows(
            "network", "SELECT queued_at, attempts FROM ovn_changes WHERE subject = \(subject)")
        {
            let queued: Date = try change.get("queued_at")
            answer.waitsFor.append(
                "network to bring \(subject) to OVN, for \(age(queued, now: now)), tried \(try change.get("attempts", as: Int.self)) times"
            )
            answer.owner = "network"
        }
    }

    private func addresses(of port: String) async throws -> String {
        try await rows(
            "network", "SELECT ip_address FROM ip_allocations WHERE port_id = \(port) ORDER BY position LIMIT 20"
        )
        .map { try $0.get("ip_address", as: String.self) }.joined(separator: ", ")
    }

    private func count(_ sql: SQL) async throws -> String? {
        try await rows("network", sql).first.map { String(try $0.get("number", as: Int.self)) }
    }
}
