package import Core
package import Database

/// Subnet pools: blocks that subnets may be cut from.
package struct SubnetPools: ResourceBehaviour {
    package var type: ResourceType { .subnetPools }

    package init() {}

    package func visible(to caller: Caller) -> SQL {
        caller.isAdmin ? "TRUE" : "(r.project_id = \(caller.projectID) OR r.shared)"
    }

    package func create(_ input: [String: JSONValue], given: Set<String>, _ change: NetworkChange) throws -> String {
        var record = change.begin(input)
        try QuotaLedger.claim("subnetpool", project: record.projectID, change)
        let prefixes = try Self.checkPrefixes(record.strings("prefixes"))
        let version = prefixes[0].version
        record["ip_version"] = .integer(Int64(version.rawValue))
        record["prefixes"] = .strings(Self.compacted(prefixes).map(\.description))
        let low = record.int("min_prefixlen") ?? (version == .v4 ? 8 : 64)
        let high = record.int("max_prefixlen") ?? version.bits
        let usual = record.int("default_prefixlen") ?? low
        try Self.checkBounds(low, usual, high, version)
        record["min_prefixlen"] = .integer(Int64(low))
        record["max_prefixlen"] = .integer(Int64(high))
        record["default_prefixlen"] = .integer(Int64(usual))
        try checkScope(record, change)
        if record.flag("is_default") { try checkOnlyDefault(record, change) }
        try change.insert(type, record)
        return record.id
    }

    package func update(_ record: Record, _ changes: [String: JSONValue], _ change: NetworkChange) throws {
        var merged = record
        for (name, value) in changes { merged[name] = value }
        var changes = changes
        guard let version = IPAddress.Version(rawValue: record.int("ip_version") ?? 4) else { return }
        if let asked = changes["prefixes"]?.array {
            let prefixes = try Self.checkPrefixes(asked.compactMap(\.string))
            let old = record.strings("prefixes").compactMap { IPNetwork($0) }
            for block in old where !prefixes.contains(where: { $0.contains(block) }) {
                throw ServiceError.network(
                    .badRequest, "IllegalSubnetPoolPrefixUpdate",
                    "Illegal update to prefixes: Existing prefixes must be a subset of the new prefixes.")
            }
            changes["prefixes"] = .strings(Self.compacted(prefixes).map(\.description))
        }
        try Self.checkBounds(
            merged.int("min_prefixlen") ?? 8, merged.int("default_prefixlen") ?? 8,
            merged.int("max_prefixlen") ?? version.bits, version)
        if changes["address_scope_id"] != nil { try checkScope(merged, change) }
        if changes["is_default"] == true, !record.flag("is_default") { try checkOnlyDefault(merged, change) }
        try change.update(type, record.id, changes)
    }

    package func delete(_ record: Record, _ change: NetworkChange) throws {
        if try change.transaction.first("SELECT id FROM subnets WHERE subnetpool_id = \(record.id) LIMIT 1") != nil {
            throw ServiceError.network(
                .badRequest, "SubnetPoolDeleteError",
                "Unable to delete subnet pool: Subnet pool has existing allocations.")
        }
        try RecordStore.delete(type, record.id, change.transaction)
    }

    // MARK: Rules

    private static func checkPrefixes(_ texts: [String]) throws -> [IPNetwork] {
        let prefixes = texts.compactMap { IPNetwork($0) }
        guard let first = prefixes.first else {
            throw ServiceError.network(.badRequest, "EmptySubnetPoolPrefixList", "Empty subnet pool prefix list.")
        }
        guard prefixes.allSatisfy({ $0.version == first.version }) else {
            throw ServiceError.network(
                .badRequest, "PrefixVersionMismatch", "Cannot mix IPv4 and IPv6 prefixes in a subnet pool.")
        }
        return prefixes
    }

    /// The prefixes without those inside another.
    private static func compacted(_ prefixes: [IPNetwork]) -> [IPNetwork] {
        Set(prefixes).filter { one in !prefixes.contains { $0 != one && $0.contains(one) } }.sorted {
            $0.base < $1.base
        }
    }

    private static func checkBounds(_ low: Int, _ usual: Int, _ high: Int, _ version: IPAddress.Version) throws {
        func refuse(_ kind: String, _ length: Int, _ base: String, _ bound: Int) -> ServiceError {
            .network(
                .badRequest, "IllegalSubnetPoolPrefixBounds",
                "Illegal prefix bounds: \(kind)=\(length), \(base)=\(bound).")
        }
        if low < (version == .v4 ? 8 : 1) {
            throw ServiceError.network(
                .badRequest, "UnsupportedMinSubnetPoolPrefix",
                "Prefix '\(low)' not supported in IPv\(version.rawValue) pool.")
        }
        if high > version.bits { throw refuse("max_prefixlen", high, "ip_version_max", version.bits) }
        if low > high { throw refuse("min_prefixlen", low, "max_prefixlen", high) }
        if usual < low { throw refuse("default_prefixlen", usual, "min_prefixlen", low) }
        if usual > high { throw refuse("default_prefixlen", usual, "max_prefixlen", high) }
    }

    private func checkScope(_ record: Record, _ change: NetworkChange) throws {
        guard let id = record.optional("address_scope_id") else { return }
        guard let scope = try RecordStore.find(.addressScopes, id, change.transaction),
            change.caller.owns(scope) || scope.flag("shared")
        else { throw NetworkObject.addressScope.notFound(id) }
        guard scope.int("ip_version") == record.int("ip_version") else {
            throw ServiceError.network(
                .badRequest, "IllegalSubnetPoolIpVersionAssociationToAddressScope",
                "Illegal subnetpool association: subnetpool \(record.id) cannot associate with address scope \(id) "
                    + "because subnetpool ip_version is not \(scope.int("ip_version") ?? 0).")
        }
    }

    private func checkOnlyDefault(_ record: Record, _ change: NetworkChange) throws {
        let other = try change.transaction.first(
            "SELECT id FROM subnetpools WHERE is_default AND ip_version = \(record.int("ip_version") ?? 4) FOR UPDATE")
        if let other {
            throw ServiceError.invalidInput(
                "A default subnetpool for this IP family has already been set. Only one default may exist per IP "
                    + "family: \(try other.get("id", as: String.self))")
        }
    }

    // MARK: Cutting

    /// The block of a subnet to be: as given, or cut from its pool.
    static func block(for record: inout Record, given: Set<String>, _ change: NetworkChange) throws -> IPNetwork {
        if record.flag("use_default_subnetpool"), record["subnetpool_id"].isNull {
            let row = try change.transaction.first(
                "SELECT id FROM subnetpools WHERE is_default AND ip_version = \(record.int("ip_version") ?? 4)")
            guard let row else {
                throw ServiceError.network(
                    .notFound, "NoDefaultSubnetpoolFound", "No default subnetpool found for this IP version.")
            }
            record["subnetpool_id"] = .string(try row.get("id"))
        }
        let cidr = record.optional("cidr").flatMap { IPNetwork($0) }
        guard let poolID = record.optional("subnetpool_id") else {
            guard let cidr else {
                throw ServiceError.network(
                    .badRequest, "BadRequest",
                    "Bad subnets request: a subnetpool must be specified in the absence of a cidr.")
            }
            return cidr
        }
        guard let pool = try RecordStore.find(.subnetPools, poolID, locked: true, change.transaction),
            change.caller.owns(pool) || pool.flag("shared")
        else { throw NetworkObject.subnetpool.notFound(poolID) }
        let length = cidr?.prefixLength ?? record.int("prefixlen") ?? pool.int("default_prefixlen") ?? 26
        try checkLength(length, pool)
        let used = try change.transaction.query("SELECT cidr FROM subnets WHERE subnetpool_id = \(poolID)")
            .compactMap { IPNetwork(try $0.get("cidr", as: String.self)) }
        let prefixes = pool.strings("prefixes").compactMap { IPNetwork($0) }
        if let cidr {
            guard prefixes.contains(where: { $0.contains(cidr) }), !used.contains(where: { $0.overlaps(cidr) }) else {
                throw ServiceError.network(
                    .conflict, "SubnetAllocationError",
                    "Failed to allocate subnet: Cannot allocate requested subnet from the available set of prefixes.")
            }
            return cidr
        }
        return try cut(length, prefixes, used)
    }

    private static func checkLength(_ length: Int, _ pool: Record) throws {
        if let low = pool.int("min_prefixlen"), length < low {
            throw ServiceError.network(
                .badRequest, "MinPrefixSubnetAllocationError",
                "Unable to allocate subnet with prefix length \(length), minimum allowed prefix is \(low).")
        }
        if let high = pool.int("max_prefixlen"), length > high {
            throw ServiceError.network(
                .badRequest, "MaxPrefixSubnetAllocationError",
                "Unable to allocate subnet with prefix length \(length), maximum allowed prefix is \(high).")
        }
    }

    /// The first free block: behind every taken one that is met, the search goes on after its end.
    private static func cut(_ length: Int, _ prefixes: [IPNetwork], _ used: [IPNetwork]) throws -> IPNetwork {
        for prefix in prefixes.sorted(by: { $0.base < $1.base }) where prefix.prefixLength <= length {
            var candidate = IPNetwork(prefix.base, prefixLength: length)
            while prefix.contains(candidate) {
                guard let obstacle = used.first(where: { $0.overlaps(candidate) }) else { return candidate }
                let end = max(obstacle.last, candidate.last)
                if end >= prefix.last { break }
                candidate = IPNetwork(end.advanced(by: 1), prefixLength: length)
            }
        }
        throw ServiceError.network(
            .conflict, "SubnetAllocationError",
            "Failed to allocate subnet: Insufficient prefix space to allocate subnet size /\(length).")
    }
}

/// Address scopes: within one, addresses are unique across pools.
package struct AddressScopes: ResourceBehaviour {
    package var type: ResourceType { .addressScopes }

    package init() {}

    package func visible(to caller: Caller) -> SQL {
        caller.isAdmin ? "TRUE" : "(r.project_id = \(caller.projectID) OR r.shared)"
    }

    package func create(_ input: [String: JSONValue], given: Set<String>, _ change: NetworkChange) throws -> String {
        let record = change.begin(input)
        try change.insert(type, record)
        return record.id
    }

    package func update(_ record: Record, _ changes: [String: JSONValue], _ change: NetworkChange) throws {
        if changes["shared"] == false, record.flag("shared") {
            throw ServiceError.network(
                .badRequest, "AddressScopeUpdateError",
                "Unable to update address scope \(record.id) : Shared address scope can't be unshared.")
        }
        try change.update(type, record.id, changes)
    }

    package func delete(_ record: Record, _ change: NetworkChange) throws {
        if try change.transaction.first("SELECT id FROM subnetpools WHERE address_scope_id = \(record.id) LIMIT 1")
            != nil
        {
            throw ServiceError.network(
                .conflict, "AddressScopeInUse",
                "Unable to complete operation on address scope \(record.id). There are one or more subnet pools in use "
                    + "on the address scope.")
        }
        try RecordStore.delete(type, record.id, change.transaction)
    }
}

/// RBAC policies: who else may see and use a network or a security group.
package struct RBACPolicies: ResourceBehaviour {
    package var type: ResourceType { .rbacPolicies }

    package init() {}

    package func create(_ input: [String: JSONValue], given: Set<String>, _ change: NetworkChange) throws -> String {
        let record = change.begin(input)
        let kind: ResourceType = record.string("object_type") == "network" ? .networks : .securityGroups
        let object = try change.find(kind, record.string("object_id"))
        guard change.caller.owns(object) else { throw kind.object.notFound(object.id) }
        if record.string("target_tenant") == "*" || record.string("action") == "access_as_external",
            !change.caller.isAdmin
        {
            throw ServiceError.network(
                .forbidden, "PolicyNotAuthorized", "rule:create_rbac_policy:target_tenant is disallowed by policy")
        }
        try QuotaLedger.claim("rbac_policy", project: record.projectID, change)
        do {
            try change.insert(type, record)
        } catch let error as ServiceError where error.duplicateKey == "uq_rbac" {
            throw ServiceError.network(
                .conflict, "DuplicateRbacPolicy", "An RBAC policy already exists with those values.")
        }
        if record.string("action") == "access_as_external" {
            try change.update(.networks, object.id, ["router:external": true])
        }
        return record.id
    }

    package func update(_ record: Record, _ changes: [String: JSONValue], _ change: NetworkChange) throws {
        try change.update(type, record.id, changes)
    }

    package func delete(_ record: Record, _ change: NetworkChange) throws {
        let target = record.string("target_tenant")
        if record.string("object_type") == "network", record.string("action") == "access_as_shared" {
            let network = try change.find(.networks, record.string("object_id"))
            let users: SQL =
                target == "*"
                ? "project_id NOT IN ('', \(network.projectID))" : "project_id = \(target)"
            let used = try change.transaction.first(
                "SELECT id FROM ports WHERE network_id = \(network.id) AND \(sql: users) LIMIT 1")
            if used != nil {
                throw ServiceError.network(
                    .conflict, "RbacPolicyInUse",
                    "RBAC policy on object \(network.id) cannot be removed because other objects depend on it.")
            }
        }
        try RecordStore.delete(type, record.id, change.transaction)
    }
}
