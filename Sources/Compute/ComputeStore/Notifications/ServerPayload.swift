import ComputeModel
import Core
import FoundationEssentials

/// A server as Nova's versioned notifications show it: `InstancePayload` and what is made of it.
struct ServerPayload {
    let server: Server
    let devices: [BlockDevice]
    let metadata: [String: String]
    let context: RequestContext

    /// The data that all kinds of payload have.
    private var common: [String: JSONValue] {
        [
            "uuid": .string(server.id.rawValue), "user_id": .string(server.user.rawValue),
            "tenant_id": .string(server.project.rawValue), "reservation_id": .string(server.reservationID),
            "display_name": .string(server.name), "display_description": .text(server.description),
            "host_name": .string(server.hostname), "host": .text(server.host), "node": .text(server.node),
            "os_type": .text(server.image?.properties["os_type"]),
            "architecture": .text(server.image?.properties["architecture"]),
            "availability_zone": .text(server.zone), "flavor": flavor,
            "image_uuid": .text(server.image?.id.rawValue), "key_name": .text(server.keyName),
            "kernel_id": .string(server.image?.properties["kernel_id"] ?? ""),
            "ramdisk_id": .string(server.image?.properties["ramdisk_id"] ?? ""),
            "created_at": .time(server.createdAt), "launched_at": .time(server.launchedAt),
            "terminated_at": .time(server.terminatedAt), "deleted_at": .time(server.deletedAt),
            "updated_at": .time(server.updatedAt), "state": .string(server.vmState.rawValue),
            "power_state": .string(server.powerState.name), "task_state": .text(server.taskState?.rawValue),
            "progress": .integer(Int64(server.progress)),
            "ip_addresses": .array(server.deletedAt == nil ? server.networkInfo.flatMap(Self.addresses) : []),
            "block_devices": .array(devices.filter { $0.volume != nil }.map(Self.device)),
            "metadata": .object(metadata.mapValues { .string($0) }), "locked": .bool(server.isLocked),
            "locked_reason": .text(server.lockedReason), "auto_disk_config": .string(server.diskConfig.rawValue),
            "request_id": .string(context.requestID),
            "action_initiator_user": .text(context.userID?.rawValue),
            "action_initiator_project": .text(context.projectID?.rawValue), "shares": [],
        ]
    }

    /// What happens to a server, by the event that is told.
    func action(_ notice: ServerNotice, tags: [String]) -> JSONValue {
        var data = common
        data["fault"] = notice.fault.map(Self.fault) ?? .null
        switch notice.event {
        case "create":
            data["keypairs"] = .array(keypair.map { [$0] } ?? [])
            data["tags"] = .array(tags.map { .string($0) })
            data["trusted_image_certificates"] = .null
            data["instance_name"] = .string(server.instanceName)
            return NovaObject.make("InstanceCreatePayload", "1.13", data)
        case "volume_attach", "volume_detach":
            data["volume_id"] = .text(notice.volume?.rawValue)
            return NovaObject.make("InstanceActionVolumePayload", "1.7", data)
        case "snapshot":
            data["snapshot_image_id"] = .text(notice.image?.rawValue)
            return NovaObject.make("InstanceActionSnapshotPayload", "1.10", data)
        default:
            return NovaObject.make("InstanceActionPayload", "1.9", data)
        }
    }

    /// A changed state or attribute. `old` is the server before.
    func update(from old: Server, tags: [String], showsTasks: Bool, at now: Date) -> JSONValue {
        var data = common
        let calendar = CalendarTime(now)
        let month = String(calendar.text(fraction: false).prefix(7))
        data["audit_period"] = NovaObject.make(
            "AuditPeriodPayload", "1.0",
            ["audit_period_beginning": .string("\(month)-01T00:00:00Z"), "audit_period_ending": .time(now)])
        data["old_display_name"] = old.name == server.name ? .null : .string(old.name)
        data["tags"] = .array(tags.map { .string($0) })
        let task = JSONValue.text(server.taskState?.rawValue)
        data["state_update"] = NovaObject.make(
            "InstanceStateUpdatePayload", "1.0",
            [
                "old_state": .string(old.vmState.rawValue), "state": .string(server.vmState.rawValue),
                "old_task_state": showsTasks ? .text(old.taskState?.rawValue) : task, "new_task_state": task,
            ])
        return NovaObject.make("InstanceUpdatePayload", "2.1", data)
    }

    // MARK: Parts

    private var flavor: JSONValue {
        NovaObject.make(
            "FlavorPayload", "1.4",
            [
                "flavorid": .string(server.flavor.id), "name": .string(server.flavor.name),
                "memory_mb": .integer(Int64(server.flavor.memoryMiB)), "vcpus": .integer(Int64(server.flavor.vcpus)),
                "root_gb": .integer(Int64(server.flavor.rootGiB)),
                "ephemeral_gb": .integer(Int64(server.flavor.ephemeralGiB)),
                "swap": .integer(Int64(server.flavor.swapMiB)), "rxtx_factor": .number(1), "vcpu_weight": 0,
                "disabled": false, "is_public": true, "description": .null, "projects": .null,
                "extra_specs": .object(server.flavor.extraSpecs.mapValues { .string($0) }),
            ])
    }

    private var keypair: JSONValue? {
        guard let name = server.keyName, let key = server.publicKey else { return nil }
        let fingerprint: String?
        do { fingerprint = try SSHPublicKey(key).fingerprint } catch { fingerprint = nil }
        return NovaObject.make(
            "KeypairPayload", "1.0",
            [
                "user_id": .string(server.user.rawValue), "name": .string(name), "public_key": .string(key),
                "fingerprint": .text(fingerprint), "type": "ssh",
            ])
    }

    private static func addresses(_ interface: InterfaceInfo) -> [JSONValue] {
        interface.addresses.map { address in
            NovaObject.make(
                "IpPayload", "1.0",
                [
                    "label": .string(interface.networkName), "mac": .string(interface.mac), "meta": [:],
                    "port_uuid": .string(interface.port.rawValue), "version": .integer(Int64(address.version)),
                    "address": .string(address.address),
                    "device_name": .string("tap" + interface.port.rawValue.prefix(11)),
                ])
        }
    }

    private static func device(_ device: BlockDevice) -> JSONValue {
        NovaObject.make(
            "BlockDevicePayload", "1.0",
            [
                "boot_index": device.bootIndex.map { .integer(Int64($0)) } ?? .null,
                "delete_on_termination": .bool(device.deleteOnTermination), "device_name": .text(device.deviceName),
                "tag": .text(device.tag), "volume_id": .text(device.volume?.rawValue),
            ])
    }

    static func fault(_ fault: ServerNotice.Fault) -> JSONValue {
        NovaObject.make(
            "ExceptionPayload", "1.1",
            [
                "module_name": "apus.conductor", "function_name": .string(fault.function),
                "exception": .string(fault.type), "exception_message": .string(fault.message), "traceback": "",
            ])
    }
}
