import Core
import HTTPTypes
import WebAPI

extension CaseDraft {
    private enum Family {
        case none, value, missing, unknown, foreign, path, bytes, query, token, headers, method, version, wire
    }

    /// Does one wrong thing, of a family that fits the operation.
    mutating func mutate() {
        // What is on the wire already is not changed any more.
        guard wire == nil else { return }
        var weights: [(Family, Int)] = [
            (.none, 6), (.path, parts.contains { $0.kind != nil } ? 14 : 1), (.token, 8), (.headers, 5),
            (.method, 4), (.wire, 6), (.query, operation.method == .get ? 30 : 3), (.foreign, 12),
        ]
        if route.mount.microversions != nil { weights.append((.version, 6)) }
        if body != nil { weights += [(.value, 45), (.missing, 8), (.unknown, 6), (.bytes, 14)] }
        if body == nil, operation.method == .post || operation.method == .put || operation.rawBody {
            weights.append((.bytes, 15))
        }
        var left = Int.random(in: 0..<weights.reduce(0) { $0 + $1.1 }, using: &generator)
        for (family, weight) in weights {
            left -= weight
            guard left < 0 else { continue }
            apply(family)
            return
        }
    }

    private mutating func apply(_ family: Family) {
        switch family {
        case .none: break
        case .value: changeValue()
        case .missing: removeMember()
        case .unknown: addMember()
        case .foreign: nameForeign()
        case .path: spoilPath()
        case .bytes: spoilBytes()
        case .query: spoilQuery()
        case .token: spoilToken()
        case .headers: addHeaders()
        case .method: changeMethod()
        case .version: spoilVersion()
        case .wire: spoilWire()
        }
    }

    // MARK: Bodies

    /// A body that the operation's schema refuses must be refused; the server's own schema is what we have read.
    private mutating func judgeBody() {
        guard let schema, let body, !BodyText.isRaw(body), !schema.isValid(body) else { return }
        if case .answered = expectation { expectation = .refused }
    }

    private mutating func changeValue() {
        guard let body else { return }
        var value = NastyValues.any(&generator)
        guard let path = generator.pick(JSONPaths.all(body)) else {
            self.body = value
            return
        }
        // Half the time of the same type, so that it gets deeper.
        switch JSONPaths.get(body, path) {
        case .string? where generator.chance(50): value = .string(NastyValues.text(&generator))
        case .integer? where generator.chance(60), .number? where generator.chance(60):
            value = NastyValues.number(&generator)
        default: break
        }
        self.body = JSONPaths.set(body, path[...], value)
        mutations.append("value of \(JSONPaths.text(path))")
        judgeBody()
    }

    private mutating func removeMember() {
        guard let body, let path = generator.pick(JSONPaths.all(body)) else { return }
        self.body = JSONPaths.set(body, path[...], nil)
        mutations.append("without \(JSONPaths.text(path))")
        judgeBody()
    }

    private mutating func addMember() {
        guard let body else { return }
        let objects = [[]] + JSONPaths.all(body).filter { JSONPaths.get(body, $0)?.object != nil }
        guard let path = generator.pick(objects) else { return }
        let names: [String] = [
            "fuzz", "", "id", "project_id", "tenant_id", "user_id", "status", "created_at", "__proto__", "\u{0}",
            "is_admin",
            "roles", String(repeating: "k", count: 300), "provider:physical_network", "os-extended-volumes", "deleted",
        ]
        let name = generator.pick(names) ?? "fuzz"
        self.body = JSONPaths.set(body, (path + [.member(name)])[...], NastyValues.any(&generator))
        mutations.append("member \(name.prefix(30)) in \(JSONPaths.text(path))")
        judgeBody()
    }

    // MARK: Foreign ids

    /// Names an object of the victim, in the body or the path, as the attacker.
    private mutating func nameForeign() {
        guard isAttacker else { return }
        var places: [(inout CaseDraft) -> Void] = []
        let kinds = world.allIDs
        if let body {
            for path in JSONPaths.all(body) {
                guard let text = JSONPaths.get(body, path)?.string, let kind = kinds[text],
                    let foreign = world.victim.first(kind), foreign != text
                else { continue }
                places.append { draft in
                    draft.body = JSONPaths.set(body, path[...], .string(foreign))
                    draft.mutations.append("foreign \(kind) at \(JSONPaths.text(path))")
                    if !Kinds.nameable.contains(kind) { draft.expectation = .refused }
                }
            }
        }
        // A target that is spoiled already is sent as it is.
        for (index, part) in parts.enumerated() where !mutations.contains("target") {
            guard let kind = part.kind, let foreign = world.victim.first(kind), foreign != part.text else { continue }
            places.append { draft in
                draft.parts[index].text = foreign
                draft.mutations.append("foreign \(kind) in path")
                if !Kinds.nameable.contains(kind) || draft.operation.method != .get { draft.expectation = .refused }
            }
        }
        guard let place = generator.pick(places) else { return }
        place(&self)
    }

    // MARK: Paths, queries, versions, methods

    private mutating func spoilPath() {
        let parameters = parts.indices.filter { parts[$0].kind != nil }
        if let index = generator.pick(parameters), generator.chance(85) {
            let old = parts[index].text
            parts[index].text = generator.chance(30) ? generator.uuid() : NastyValues.pathPart(&generator)
            mutations.append("path \(old.prefix(12)) -> \(parts[index].text.prefix(40))")
            return
        }
        let targets: [String] = [
            target + "/", target + "//", "/" + target, target + "/.", target + "/..", target + ".json", target + "%00",
            target + "#x", target + ";x=y", target.uppercased(), "http://\(service.endpoint.authority)" + target,
            "//example.org" + target, "/./" + target.dropFirst(), "/x/.." + target, target + "?", target + "?%",
            target.replacing("/", with: "%2F"), "*", "", target + String(repeating: "/a", count: 2000),
        ]
        request.target = generator.pick(targets) ?? target
        mutations.append("target")
    }

    private static let filters = [
        "limit", "marker", "offset", "sort_key", "sort_dir", "sort", "page_reverse", "fields", "all_tenants", "name",
        "id",
        "status", "project_id", "tenant_id", "user_id", "changes-since", "changes-before", "created_at", "updated_at",
        "deleted", "metadata", "host", "ip", "image", "flavor", "tags", "not-tags", "tags-any", "is_public",
        "visibility",
        "owner", "size_min", "size_max", "member_status", "tag", "os_hidden", "resources", "required", "member_of",
        "in_tree",
        "uuid", "enabled", "domain_id", "parent_id", "type", "service_id", "region_id", "interface", "scope.project.id",
        "effective", "include_names", "role.id", "user.id", "group.id", "scope.system", "network_id", "device_id",
        "fixed_ips",
        "mac_address", "admin_state_up", "router:external", "shared", "start", "end", "detailed", "minRam", "minDisk",
        "availability_zone", "consumer_type", "with_count", "since", "name__contains", "name__startswith",
        "password_expires_at", "include_subtree", "parents_as_ids", "subtree_as_ids", "allow_expired", "nocatalog",
        "revision_number", "protocol", "hypervisor_hostname_pattern", "with_servers", "usage", "bootable",
        "glance_metadata",
    ]

    private mutating func spoilQuery() {
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            guard let name = generator.pick(Self.filters) else { return }
            var value: String
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: value = NastyValues.pathPart(&generator)
            case 1: value = String(decoding: BodyText.write(NastyValues.number(&generator)), as: UTF8.self)
            case 2: value = PercentCoding.encode(NastyValues.text(&generator))
            default:
                let values: [String] = [
                    "1", "-1", "0", "name", "asc", "desc", "created_at:desc,id", "name:up", "in:a,b", "in:", "neq:x",
                    "gt:x",
                    "lt:2031-01-01T00:00:00Z", "gte:", "VCPU:1", "VCPU:9223372036854775807", "VCPU:0", "VCPU", ":",
                    "True", "maybe", "1,2,3", "%7B%22a%22:%22b%22%7D", "%7B'a':'b'%7D", "%5B1%5D", "a%3Db",
                    "2031-01-01T00:00:00Z", "1970-01-01", "0000-00-00T00:00:00", world.victim.first("project") ?? "x",
                ]
                value = generator.pick(values) ?? ""
            }
            value = String(
                String.UnicodeScalarView(
                    value.unicodeScalars.filter { $0.value > 0x20 && $0.value < 0x7F && $0 != "\"" && $0 != "#" }))
            query.append((name, value))
            if generator.chance(10) { query.append((name, "x")) }
            mutations.append("query \(name)=\(value.prefix(40))")
        }
        if generator.chance(5) {
            query += (0..<500).map { ("x\($0)", "y") }
            mutations.append("500 parameters")
        }
    }

    private mutating func spoilVersion() {
        guard let policy = route.mount.microversions else { return }
        let type = policy.serviceType
        let values: [String] = [
            "\(type) 99.99", "\(type) 0.0", "\(type) -1.2", "\(type) 2", "\(type) 2.", "\(type) .1", "\(type) 2.01",
            "\(type) 2.1.1", "\(type) latest", "\(type) LATEST", type, "\(type) ", " ", "nothing 2.1",
            "\(type) 2.1, \(type) 2.5",
            "\(type) 99999999999999999999.1", "\(type) x.y", "\(type),2.1", "\(type) 1.0",
        ]
        let value = generator.pick(values) ?? type
        request.set("OpenStack-API-Version", value)
        if generator.chance(30) { request.headers.append(("OpenStack-API-Version", "\(type) 2.1")) }
        if generator.chance(30) {
            request.headers.append(("X-OpenStack-Nova-API-Version", generator.oneOf("2.1", "x", "9.9")))
        }
        // What version it is now is not known here, and so not which schema.
        schema = nil
        mutations.append("version \(value.prefix(40))")
    }

    private mutating func changeMethod() {
        let methods: [String] = [
            "TRACE", "PROPFIND", "HEAD", "OPTIONS", "CONNECT", "get", "Post", "PATCH", "DELETE", "PUT", "GET", "POST",
            "M-SEARCH",
            "XYZZY", String(repeating: "A", count: 200),
        ]
        let method = generator.pick(methods) ?? "TRACE"
        // An administrator's DELETE in place of a GET would be just that.
        guard method != request.method, !(method == "DELETE" && !isAttacker) else { return }
        request.method = method
        schema = nil
        mutations.append("method \(method.prefix(20))")
    }

    // MARK: Tokens and headers

    private mutating func spoilToken() {
        let token = sender.session.token
        let choices: [(String, String?)] = [
            ("none", nil), ("empty", ""), ("expired", world.expiredToken), ("revoked", world.revokedToken),
            ("cut", String(token.dropLast(5))), ("flipped", Self.flipped(token)), ("upper case", token.uppercased()),
            ("uuid", "b1946ac9-2d2c-4d9a-9a0d-000000000000"),
            ("long", String(repeating: "A", count: 20_000)),
            ("gAAAAA", "gAAAAA"), ("binary", "gAAAAA\u{80}\u{FF}"), ("JSON", "{\"a\":1}"), ("admin", "admin"),
        ]
        let (name, value) = generator.pick(choices) ?? ("none", nil)
        guard name == "none" || name == "empty" || value?.isEmpty == false else { return }
        request.set("X-Auth-Token", value)
        if operation.auth == .required { expectation = .unauthorized }
        mutations.append("token \(name)")
    }

    private static func flipped(_ token: String) -> String {
        guard token.count > 60 else { return token + "x" }
        let middle = token.index(token.startIndex, offsetBy: 50)
        return token[..<middle] + (token[middle] == "A" ? "B" : "A") + token[token.index(after: middle)...]
    }

    private mutating func addHeaders() {
        let choices: [[(name: String, value: String)]] = [
            [
                ("X-Roles", "admin,service"), ("X-User-Id", "0"), ("X-Project-Id", world.victim.session.projectID),
                ("X-Is-Admin-Project", "True"), ("X-Identity-Status", "Confirmed"), ("X-Service-Roles", "service"),
            ],
            [
                ("X_ROLES", "admin"), ("x-tenant-id", world.victim.session.projectID), ("X-Role", "admin"),
                ("OpenStack-System-Scope", "all"),
            ],
            [("X-Service-Token", "gAAAAAnothing")], [("X-Service-Token", world.revokedToken)],
            [
                ("X-Forwarded-Proto", "javascript"), ("X-Forwarded-Host", "evil.example.org\""),
                ("X-Forwarded-For", "::1"),
            ],
            [
                ("Forwarded", "for=127.0.0.1;host=evil"), ("X-Original-URL", "/v3/users"),
                ("X-HTTP-Method-Override", "DELETE"),
            ],
            [("Accept", "text/html;q=0.1, application/xml")], [("Accept", String(repeating: "a/b,", count: 500))],
            [("If-Match", "revision_number=x")], [("If-Match", "revision_number=99999999999999999999")],
            [("Range", "bytes=9223372036854775807-")], [("Range", "bytes=-0,5-2")], [("Content-Range", "bytes 5-1/2")],
            [("Expect", "200-ok")],
            [("Connection", "Upgrade"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA")],
            [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Key", "x")],
            [("X-OpenStack-Request-ID", "req-1\u{1B}[31m")],
            [("X-OpenStack-Request-ID", String(repeating: "r", count: 5000))],
            [("traceparent", "00-zz-zz-01")],
            [("traceparent", "00-" + String(repeating: "f", count: 32) + "-ffffffffffffffff-ff")],
            [("x-image-meta-store", "x"), ("x-openstack-image-size", "-1")],
            [("x-openstack-image-size", "99999999999999999999")],
            [("Cookie", String(repeating: "c", count: 3000))], [("Host", "evil.example.org/\"><script>")],
            [("Host", "")],
            [("X-Subject-Token", "gAAAAA")], [("X-Subject-Token", world.expiredToken)],
            [("X-Auth-Key", "x"), ("Authorization", "Basic eDp5")],
        ]
        let added = generator.pick(choices) ?? []
        for (name, value) in added {
            if ["Host", "Accept", "X-Subject-Token"].contains(name) {
                request.set(name, value)
            } else {
                request.headers.append((name, value))
            }
        }
        mutations.append("headers \(added.map(\.name).joined(separator: ","))")
    }
}
