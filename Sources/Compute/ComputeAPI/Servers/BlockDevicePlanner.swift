import ComputeModel
import Core
import WebAPI

/// Reads the disks of a create request, in both of its forms, and checks the volumes they name.
struct BlockDevicePlanner: Sendable {
    let env: ComputeEnvironment
    let request: APIRequest

    init(_ environment: ComputeEnvironment, _ request: APIRequest) {
        env = environment
        self.request = request
    }

    func devices(
        _ body: JSONValue, image: ImageSpec?, flavor: Flavor, count: Int
    ) async throws -> [BlockDevicePlan] {
        var plans = try (body["block_device_mapping_v2"]?.array ?? []).compactMap { try read($0) }
        if let legacy = body["block_device_mapping"]?.array, !legacy.isEmpty {
            guard plans.isEmpty else {
                throw ServiceError(
                    .badRequest, "Using different block_device_mapping syntaxes is not allowed in the same request.")
            }
            plans = try legacy.enumerated().compactMap { try readLegacy($1, isFirst: $0 == 0, hasImage: image != nil) }
        }
        if !plans.isEmpty { try request.authorize(ComputePolicy.serverAttachVolume) }
        if let image {
            let index = plans.firstIndex { $0.source == .image && $0.destination == .local && $0.bootIndex == 0 }
            if let index, plans[index].uuid != image.id.rawValue {
                throw ServiceError(.badRequest, "The image of the boot device does not match imageRef.")
            }
            if index == nil {
                guard !plans.contains(where: { $0.bootIndex == 0 }) else {
                    throw ServiceError(
                        .badRequest,
                        "Block Device Mapping is Invalid: Boot sequence for the instance and image/block device mapping combination is not valid."
                    )
                }
                var root = BlockDevicePlan(source: .image, destination: .local, uuid: image.id.rawValue, bootIndex: 0)
                root.deleteOnTermination = true
                plans.insert(root, at: 0)
            }
        }
        try checkBootOrder(plans, hasImage: image != nil)
        let checked = try await checkSources(plans, flavor, count)
        try checkLocalSpace(checked, flavor)
        return named(checked)
    }

    private func read(_ item: JSONValue) throws -> BlockDevicePlan? {
        if let none = item["no_device"], ServerPlanner.bool(none) { return nil }
        guard let source = item["source_type"]?.string.flatMap({ BlockDevice.Source(rawValue: $0) }) else {
            throw ServiceError(.badRequest, "Block Device Mapping is Invalid: source_type is missing.")
        }
        let destination = item["destination_type"]?.string.flatMap { BlockDevice.Destination(rawValue: $0) }
        var plan = BlockDevicePlan(
            source: source, destination: destination ?? (source == .image || source == .blank ? .local : .volume))
        plan.uuid = item["uuid"]?.string
        if source != .blank, plan.uuid == nil {
            throw ServiceError(.badRequest, "Block Device Mapping is Invalid: Missing device UUID.")
        }
        if source == .blank { plan.uuid = nil }
        guard plan.destination == .volume || source == .image || source == .blank else {
            throw ServiceError(
                .badRequest, "Block Device Mapping is Invalid: Mapping \(source.rawValue) to local is not supported.")
        }
        plan.bootIndex = ServerPlanner.integer(item["boot_index"])
        plan.sizeGiB = ServerPlanner.integer(item["volume_size"])
        plan.deviceName = item["device_name"]?.string
        plan.volumeType = item["volume_type"]?.string
        plan.deleteOnTermination = ServerPlanner.bool(item["delete_on_termination"]) || plan.destination == .local
        plan.tag = item["tag"]?.string
        plan.guestFormat = item["guest_format"]?.string
        plan.diskBus = item["disk_bus"]?.string
        plan.deviceType = item["device_type"]?.string
        return plan
    }

    /// The first API's form: a volume or snapshot by name of the device.
    private func readLegacy(_ item: JSONValue, isFirst: Bool, hasImage: Bool) throws -> BlockDevicePlan? {
        if let none = item["no_device"], ServerPlanner.bool(none) { return nil }
        let volume = item["volume_id"]?.string
        guard let uuid = volume ?? item["snapshot_id"]?.string else {
            throw ServiceError(.badRequest, "Block Device Mapping is Invalid: a volume or snapshot is needed.")
        }
        var plan = BlockDevicePlan(source: volume == nil ? .snapshot : .volume, destination: .volume, uuid: uuid)
        plan.bootIndex = isFirst && !hasImage ? 0 : nil
        plan.sizeGiB = ServerPlanner.integer(item["volume_size"])
        plan.deviceName = item["device_name"]?.string
        plan.deleteOnTermination = ServerPlanner.bool(item["delete_on_termination"])
        return plan
    }

    private func checkBootOrder(_ plans: [BlockDevicePlan], hasImage: Bool) throws {
        let order = plans.compactMap(\.bootIndex).filter { $0 >= 0 }.sorted()
        guard order.contains(0) else {
            throw ServiceError(
                .badRequest,
                hasImage || !plans.isEmpty
                    ? "Block Device Mapping is Invalid: Boot sequence for the instance and image/block device mapping combination is not valid."
                    : "Invalid imageRef provided.")
        }
        guard order == Array(0..<order.count) else {
            throw ServiceError(
                .badRequest,
                "Block Device Mapping is Invalid: Boot sequence for the instance and image/block device mapping combination is not valid."
            )
        }
        let tags = plans.compactMap(\.tag)
        guard Set(tags).count == tags.count else {
            throw ServiceError(.badRequest, "Block device tags must be unique.")
        }
    }

    /// Apart from the rest, and one plan at a time: the compiler's optimizer crashes on a list that is changed in place
    /// between suspensions, or on closures beside them (Swift 6.3.1, release builds).
    private func checkSources(
        _ plans: [BlockDevicePlan], _ flavor: Flavor, _ count: Int
    ) async throws -> [BlockDevicePlan] {
        var checked: [BlockDevicePlan] = []
        for plan in plans { checked.append(try await checkedSource(plan, flavor, count)) }
        return checked
    }

    private func checkedSource(
        _ plan: BlockDevicePlan, _ flavor: Flavor, _ count: Int
    ) async throws -> BlockDevicePlan {
        guard plan.destination == .volume || plan.source == .blank else { return plan }
        let size = try await checkedSize(of: plan, flavor, count)
        var sized = plan
        sized.sizeGiB = size
        return sized
    }

    private func checkLocalSpace(_ plans: [BlockDevicePlan], _ flavor: Flavor) throws {
        let localBlank = plans.filter { $0.source == .blank && $0.destination == .local && $0.guestFormat != "swap" }
        guard localBlank.reduce(0, { $0 + ($1.sizeGiB ?? 0) }) <= flavor.ephemeralGiB else {
            throw ServiceError(.badRequest, "Ephemeral disks requested are larger than the instance type allows.")
        }
    }

    /// Checks what a device is made from.
    private func checkedSize(of plan: BlockDevicePlan, _ flavor: Flavor, _ count: Int) async throws -> Int? {
        let uuid = plan.uuid ?? ""
        switch plan.source {
        case .volume:
            try await checkVolume(VolumeID(uuid), isBooted: plan.bootIndex == 0, count)
            return plan.sizeGiB
        case .snapshot:
            try await checkSnapshot(uuid, isBooted: plan.bootIndex == 0)
            return plan.sizeGiB
        case .image:
            let image = try await env.images.bootable(ImageID(uuid), for: request.context, isAdmin: request.isAdmin)
            guard let size = plan.sizeGiB ?? (flavor.rootGiB > 0 ? flavor.rootGiB : nil) else {
                throw ServiceError(
                    .badRequest,
                    "Block Device Mapping is Invalid: Images with destination_type 'volume' need to have a non-zero size specified"
                )
            }
            guard size >= image.minDiskGiB else {
                throw ServiceError(.badRequest, "Volume is smaller than the minimum size specified in image metadata.")
            }
            return size
        case .blank:
            if plan.destination != .local, plan.sizeGiB == nil {
                throw ServiceError(
                    .badRequest,
                    "Block Device Mapping is Invalid: Blank volumes (source: 'blank', dest: 'volume') need to have non-zero size"
                )
            }
            return plan.sizeGiB
        }
    }

    private func checkSnapshot(_ id: String, isBooted: Bool) async throws {
        let origin = try await env.volumes.volume(ofSnapshot: id, for: request.context, isAdmin: request.isAdmin)
        guard let origin else {
            throw ServiceError(.badRequest, "Block Device Mapping is Invalid: failed to get snapshot \(id).")
        }
        if isBooted { try checkBootable(try await volume(origin)) }
    }

    private func volume(_ id: VolumeID) async throws -> VolumeClient.Volume {
        do {
            return try await env.volumes.volume(id, for: request.context, isAdmin: request.isAdmin)
        } catch let error as ServiceError where error.code == .notFound {
            throw ServiceError(
                .badRequest, "Block Device Mapping is Invalid: failed to get volume \(id).", cause: error)
        }
    }

    private func checkBootable(_ volume: VolumeClient.Volume) throws {
        guard volume.isBootable else {
            throw ServiceError(.badRequest, "Block Device \(volume.id) is not bootable.")
        }
    }

    private func checkVolume(_ id: VolumeID, isBooted: Bool, _ count: Int) async throws {
        let volume = try await volume(id)
        if isBooted { try checkBootable(volume) }
        guard volume.status == "available" || volume.isMultiattach && volume.status == "in-use" else {
            throw ServiceError(
                .badRequest,
                "Invalid volume: Volume \(id) status must be available or downloading to reserve, but the current status is \(volume.status)."
            )
        }
        guard count == 1 || volume.isMultiattach else {
            throw ServiceError(.badRequest, "Cannot attach one or more volumes to multiple instances")
        }
    }

    /// Gives names to the devices that have none, the root disk first.
    private func named(_ plans: [BlockDevicePlan]) -> [BlockDevicePlan] {
        var plans = plans.enumerated().sorted {
            let left = $0.element.bootIndex.map { $0 < 0 ? Int.max : $0 } ?? Int.max
            let right = $1.element.bootIndex.map { $0 < 0 ? Int.max : $0 } ?? Int.max
            return (left, $0.offset) < (right, $1.offset)
        }.map(\.element)
        var used = Set(plans.compactMap(\.deviceName).map { $0.hasPrefix("/dev/") ? $0 : "/dev/\($0)" })
        var next = 0
        for index in plans.indices {
            if let name = plans[index].deviceName {
                plans[index].deviceName = name.hasPrefix("/dev/") ? name : "/dev/\(name)"
                continue
            }
            while used.contains(ServerNames.disk(next)) { next += 1 }
            plans[index].deviceName = ServerNames.disk(next)
            used.insert(ServerNames.disk(next))
        }
        return plans
    }
}
