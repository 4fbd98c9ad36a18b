import ComputeModel
import ComputeStore
import Core
import WebAPI

/// Turns a create request into a plan: finds what it names, as the caller may see it, and checks that it fits.
///
/// Reads only; nothing is reserved yet.
struct ServerPlanner: Sendable {
    let env: ComputeEnvironment
    let request: APIRequest

    init(_ environment: ComputeEnvironment, _ request: APIRequest) {
        env = environment
        self.request = request
    }

    var context: RequestContext { request.context }
    private var body: JSONValue { request.body["server"] ?? .null }

    func plan() async throws -> ServerPlan {
        let owner = try request.owner()
        let count = try count()
        let hints = schedulerHints
        try refuseUnbuilt()
        let flavor = try await flavor(owner.project)
        let devicePlanner = BlockDevicePlanner(env, request)
        let imageID = body["imageRef"]?.string.flatMap { Self.imageID($0) }
        let image = try await imageID.asyncMap {
            try await env.images.bootable($0, for: context, isAdmin: request.isAdmin)
        }
        let devices = try await devicePlanner.devices(body, image: image, flavor: flavor, count: count)
        let isLocalRoot = devices.contains { $0.destination == .local && $0.bootIndex == 0 }
        if let image { try checkFits(image, flavor, isLocalRoot: isLocalRoot) }
        let interfaces = try await InterfacePlanner(env, request).interfaces(body["networks"], count: count)
        let group = try await group(hints, owner.project)
        let placement = try await placement()
        let name = ServerNames.trimmed(body["name"]?.string ?? "")
        return ServerPlan(
            name: name, description: request.version >= "2.19" ? body["description"]?.string : name,
            hostname: body["hostname"]?.string, count: count, flavor: flavor, image: isLocalRoot ? image : nil,
            devices: devices, interfaces: interfaces, securityGroups: try await securityGroups(owner.project),
            metadata: try metadata(), tags: (body["tags"]?.array ?? []).compactMap(\.string),
            keypair: try await keypair(owner.user), userData: body["user_data"]?.string,
            configDrive: Self.bool(body["config_drive"]),
            diskConfig: diskConfig(image), accessIPv4: body["accessIPv4"]?.string,
            accessIPv6: body["accessIPv6"]?.string.map { AddressText.canonical($0) }, zone: placement.zone,
            requestedHost: placement.host, hints: hints,
            group: group, adminPassword: body["adminPass"]?.string ?? ServerNames.password(),
            returnsReservation: Self.bool(body["return_reservation_id"]))
    }

    /// An image's id, also from a URL that ends in one (clients of old send these).
    private static func imageID(_ reference: String) -> ImageID? {
        reference.isEmpty ? nil : ImageID(String(reference.split(separator: "/").last ?? ""))
    }

    static func bool(_ value: JSONValue?) -> Bool {
        switch value {
        case .bool(let value): value
        case .string(let text): ["true", "1", "on", "yes", "t"].contains(text.lowercased())
        case .integer(let value): value == 1
        default: false
        }
    }

    static func integer(_ value: JSONValue?) -> Int? { value?.int ?? value?.string.flatMap { Int($0) } }

    private func count() throws -> Int {
        let minimum = Self.integer(body["min_count"]) ?? 1
        let maximum = Self.integer(body["max_count"]) ?? minimum
        guard minimum <= maximum else { throw ServiceError(.badRequest, "min_count must be <= max_count") }
        guard maximum <= env.options.maxServersPerRequest else {
            throw ServiceError(
                .badRequest, "At most \(env.options.maxServersPerRequest) servers can be asked for at once.")
        }
        return maximum
    }

    private func refuseUnbuilt() throws {
        if let files = body["personality"]?.array, !files.isEmpty {
            throw ServiceError(.badRequest, "File injection (personality) is not supported; use user_data.")
        }
        if let certificates = body["trusted_image_certificates"]?.array, !certificates.isEmpty {
            throw ServiceError(.badRequest, "Image signature certificate validation is not supported.")
        }
    }

    private func flavor(_ project: ProjectID) async throws -> Flavor {
        let reference = body["flavorRef"]?.string ?? body["flavorRef"]?.int.map(String.init) ?? ""
        let id = FlavorID(String(reference.split(separator: "/").last ?? ""))
        let missing = ServiceError(.badRequest, "Flavor \(id) could not be found.")
        guard let flavor = try await FlavorStore.find(id, in: env.database), !flavor.isDisabled else { throw missing }
        if !flavor.isPublic, !request.isAdmin {
            guard try await FlavorStore.hasAccess(project, to: id, in: env.database) else { throw missing }
        }
        return flavor
    }

    private func checkFits(_ image: ImageSpec, _ flavor: Flavor, isLocalRoot: Bool) throws {
        guard image.minMemoryMiB <= flavor.memoryMiB else {
            throw ServiceError(.badRequest, "Flavor's memory is too small for requested image.")
        }
        guard isLocalRoot, flavor.rootGiB > 0 else { return }
        let size = Int64(flavor.rootGiB) << 30
        guard image.sizeBytes <= size else {
            throw ServiceError(
                .badRequest,
                "Flavor's disk is too small for requested image. Flavor disk is \(size) bytes, image is \(image.sizeBytes) bytes."
            )
        }
        guard image.minDiskGiB <= flavor.rootGiB else {
            throw ServiceError(
                .badRequest,
                "The created instance's disk would be too small: the image needs \(image.minDiskGiB) GiB, the flavor has \(flavor.rootGiB)."
            )
        }
    }

    private func diskConfig(_ image: ImageSpec?) -> Server.DiskConfig {
        if let asked = body["OS-DCF:diskConfig"]?.string.flatMap({ Server.DiskConfig(rawValue: $0) }) { return asked }
        return ["true", "1"].contains(image?.properties["auto_disk_config"]?.lowercased() ?? "") ? .auto : .manual
    }

    private func keypair(_ user: UserID) async throws -> Keypair? {
        guard let name = body["key_name"]?.string else { return nil }
        guard let keypair = try await KeypairStore.find(name, of: user, in: env.database) else {
            throw ServiceError(.badRequest, "Invalid key_name provided.")
        }
        return keypair
    }

    private func metadata() throws -> [String: String] {
        let items = (body["metadata"]?.object ?? [:]).compactMapValues(\.string)
        let limit = env.quotas.value("metadata_items")
        guard limit < 0 || items.count <= limit else {
            throw ServiceError(.overQuota, "Maximum number of metadata items exceeds \(limit)")
        }
        return items
    }

    private func securityGroups(_ project: ProjectID) async throws -> [String] {
        let names = (body["security_groups"]?.array ?? []).compactMap { $0["name"]?.string }
        var unique: [String] = []
        for name in names where !unique.contains(name) { unique.append(name) }
        guard !unique.isEmpty, unique != ["default"] else { return ["default"] }
        let known = try await env.networks.securityGroups([("project_id", project.rawValue)], context)
        for name in unique where name != "default" {
            _ = try NetworkClient.securityGroupID(name, of: project, among: known)
        }
        return unique
    }

    private var schedulerHints: JSONValue {
        for holder in [request.body, body] {
            for name in ["os:scheduler_hints", "OS-SCH-HNT:scheduler_hints"] {
                if let hints = holder[name], hints.object != nil { return hints }
            }
        }
        return [:]
    }

    private func group(_ hints: JSONValue, _ project: ProjectID) async throws -> String? {
        guard let id = hints["group"]?.string else { return nil }
        guard let group = try await ServerGroupStore.find(id, in: env.database),
            group.project == project || request.isAdmin
        else { throw ServiceError(.badRequest, "Instance group \(id) could not be found.") }
        return id
    }

    /// Where the server is asked to be: `ZONE`, or for administrators `ZONE:HOST`, or `host` by name.
    private func placement() async throws -> (zone: String?, host: String?) {
        let parts = (body["availability_zone"]?.string ?? "").split(separator: ":", omittingEmptySubsequences: false)
        let zone = parts.first.map(String.init).flatMap { $0.isEmpty ? nil : $0 }
        var host = parts.count > 1 && !parts[1].isEmpty ? String(parts[1]) : nil
        if parts.count > 1 { try request.authorize(ComputePolicy.serverForcedHost) }
        if let named = body["host"]?.string ?? body["hypervisor_hostname"]?.string {
            try request.authorize(ComputePolicy.serverRequestedDestination)
            host = named
        }
        if let host {
            let known = try await HostStore.nodes(in: env.database)
            guard known.contains(where: { $0.report.host == host || $0.report.node == host }) else {
                throw ServiceError(.badRequest, "Compute host \(host) could not be found.")
            }
        }
        if let zone {
            guard try await ZonesController.names(env).contains(zone) else {
                throw ServiceError(.badRequest, "The requested availability zone is not available")
            }
        }
        return (zone ?? env.options.defaultScheduleZone, host)
    }
}

extension Optional where Wrapped: Sendable {
    func asyncMap<T: Sendable>(_ body: (Wrapped) async throws -> T) async rethrows -> T? {
        if let value = self { try await body(value) } else { nil }
    }
}
