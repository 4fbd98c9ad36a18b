import ComputeModel
import Core
import FoundationEssentials
import Notifications
import Testing

@testable import ComputeStore

/// The keys, names and versions that Nova's `doc/notification_samples` have.
@Suite struct ServerPayloadTests {
    private static let common: Set<String> = [
        "architecture", "availability_zone", "block_devices", "created_at", "deleted_at", "display_name",
        "display_description", "host", "host_name", "ip_addresses", "kernel_id", "key_name", "launched_at",
        "image_uuid", "metadata", "locked", "node", "os_type", "progress", "ramdisk_id", "reservation_id", "state",
        "task_state", "power_state", "tenant_id", "terminated_at", "auto_disk_config", "flavor", "updated_at",
        "user_id", "uuid", "request_id", "action_initiator_user", "action_initiator_project", "locked_reason",
        "shares",
    ]
    private let context = RequestContext(requestID: "req-1", userID: UserID("u1"), projectID: ProjectID("p1"))

    private var payload: ServerPayload {
        var server = sampleServer()
        server.keyName = "my-key"
        server.publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4OrVZRtyYxbfhYaBR8CXvGRbqPUNVZBfMFSxHbcBZJ me"
        server.networkInfo = [
            InterfaceInfo(
                port: PortID("ce531f90-199f-48c0-816c-13e38010b442"), mac: "fa:16:3e:4c:2c:30",
                network: NetworkID("n"), networkName: "private", addresses: [.init(address: "192.168.1.3", version: 4)])
        ]
        var device = BlockDevice(id: "d", server: server.id, source: .volume, destination: .volume)
        device.volume = VolumeID("a07f71dc-8151-4e7d-a0cc-cd24a3f11113")
        return ServerPayload(server: server, devices: [device], metadata: ["a": "b"], context: context)
    }

    private func expect(
        _ object: JSONValue?, _ name: String, _ version: String, _ keys: Set<String>,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(object?["nova_object.name"]?.string == name, sourceLocation: location)
        #expect(object?["nova_object.namespace"]?.string == "nova", sourceLocation: location)
        #expect(object?["nova_object.version"]?.string == version, sourceLocation: location)
        let has = Set((object?["nova_object.data"]?.object ?? [:]).keys)
        #expect(has.subtracting(keys).isEmpty && keys.subtracting(has).isEmpty, sourceLocation: location)
    }

    @Test func anActionHasNovasKeys() {
        let made = payload.action(ServerNotice("power_off", .end, context), tags: [])
        expect(made, "InstanceActionPayload", "1.9", Self.common.union(["fault"]))
        let data = made["nova_object.data"]
        expect(
            data?["flavor"], "FlavorPayload", "1.4",
            [
                "flavorid", "name", "root_gb", "vcpus", "ephemeral_gb", "memory_mb", "disabled", "rxtx_factor",
                "extra_specs", "projects", "swap", "is_public", "vcpu_weight", "description",
            ])
        expect(
            data?["ip_addresses"]?[0], "IpPayload", "1.0",
            ["mac", "address", "port_uuid", "meta", "version", "label", "device_name"])
        #expect(data?["ip_addresses"]?[0]?["nova_object.data"]?["device_name"]?.string == "tapce531f90-19")
        expect(
            data?["block_devices"]?[0], "BlockDevicePayload", "1.0",
            ["boot_index", "delete_on_termination", "device_name", "tag", "volume_id"])
        #expect(data?["power_state"]?.string == "pending" && data?["state"]?.string == "building")
    }

    @Test func aCreationTellsKeyTagsAndName() {
        let made = payload.action(ServerNotice("create", .end, context), tags: ["tag"])
        expect(
            made, "InstanceCreatePayload", "1.13",
            Self.common.union(["fault", "keypairs", "tags", "trusted_image_certificates", "instance_name"]))
        expect(
            made["nova_object.data"]?["keypairs"]?[0], "KeypairPayload", "1.0",
            ["user_id", "name", "fingerprint", "public_key", "type"])
    }

    @Test func whatAnActionIsAboutIsTold() {
        var notice = ServerNotice("volume_attach", .error, context)
        notice.volume = VolumeID("v")
        notice.fault = .init(type: "conflict", message: "no", function: "attach")
        let made = payload.action(notice, tags: [])
        expect(made, "InstanceActionVolumePayload", "1.7", Self.common.union(["fault", "volume_id"]))
        expect(
            made["nova_object.data"]?["fault"], "ExceptionPayload", "1.1",
            ["function_name", "module_name", "exception", "exception_message", "traceback"])
        expect(
            payload.action(ServerNotice("snapshot", .end, context), tags: []), "InstanceActionSnapshotPayload", "1.10",
            Self.common.union(["fault", "snapshot_image_id"]))
    }

    @Test func anUpdateTellsBothStates() {
        var old = payload.server
        old.taskState = nil
        let now = Date(timeIntervalSince1970: 1_700_000_000)
        let made = payload.update(from: old, tags: [], showsTasks: true, at: now)
        expect(
            made, "InstanceUpdatePayload", "2.1",
            Self.common.union(["audit_period", "old_display_name", "state_update", "tags"]))
        let data = made["nova_object.data"]
        expect(
            data?["state_update"], "InstanceStateUpdatePayload", "1.0",
            ["old_state", "state", "old_task_state", "new_task_state"])
        #expect(data?["state_update"]?["nova_object.data"]?["new_task_state"]?.string == "scheduling")
        expect(
            data?["audit_period"], "AuditPeriodPayload", "1.0", ["audit_period_beginning", "audit_period_ending"])
        #expect(
            data?["audit_period"]?["nova_object.data"]?["audit_period_beginning"]?.string == "2023-11-01T00:00:00Z")
    }

    @Test func whatIsNotSupportedIsRefusedInClearWords() throws {
        let unversioned = try Configuration(text: "[notifications]\nnotification_format = both\n")
        let format = #expect(throws: ConfigurationError.self) { _ = try unversioned.read(NotificationOptions.self) }
        #expect(format?.message.contains("both is not supported, only versioned is") == true)
        let log = try Configuration(text: "[oslo_messaging_notifications]\ndriver = messagingv2, log\n")
        let driver = #expect(throws: ConfigurationError.self) { _ = try log.read(NotificationDriverOptions.self) }
        #expect(driver?.message.contains("'log' is not supported") == true)
        let silent = try Configuration(text: "")
        #expect(try silent.read(NotificationDriverOptions.self).isOn == false)
    }
}
