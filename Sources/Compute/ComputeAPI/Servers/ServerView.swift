import ComputeModel
import Core
import Crypto
import WebAPI

/// A server as the API shows it, at every microversion.
struct ServerView: Sendable {
    /// Before 2.75 the answers to update and rebuild leave most attributes out.
    enum Extent { case list, full, brief }

    let details: ServerDetails
    let request: APIRequest
    var extent = Extent.full

    private var server: Server { details.server }
    private var version: Microversion { request.version }

    private static let progressStatuses: Set<String> = ["ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE"]

    func write(_ json: inout JSONWriter) {
        let isAdmin = request.isAllowed(ComputePolicy.serverExtendedAttributes)
        json.object { json in
            json.field("id", server.id)
            json.field("name", server.name)
            json.field("status", server.status)
            json.field("tenant_id", server.project)
            json.field("user_id", server.user)
            json.field("metadata", details.metadata)
            json.field("hostId", hostID)
            writeImage(&json)
            json.field("flavor") { FlavorView.embedded(&$0, server.flavor, request) }
            json.field("created", server.createdAt.iso8601)
            json.field("updated", (server.updatedAt ?? server.createdAt).iso8601)
            json.field("addresses") {
                AddressesView.write(&$0, server.networkInfo, isExtended: extent != .brief)
            }
            json.field("accessIPv4", server.accessIPv4 ?? "")
            json.field("accessIPv6", server.accessIPv6 ?? "")
            json.field("links") { Links.write(&$0, request, "servers/\(server.id)") }
            json.field("OS-DCF:diskConfig", server.diskConfig.rawValue)
            if Self.progressStatuses.contains(server.status) { json.field("progress", server.progress) }
            writeFault(&json)
            if version >= "2.9" { json.field("locked", server.isLocked) }
            if version >= "2.19" { json.field("description", server.description) }
            if version >= "2.26" { json.field("tags", details.tags) }
            if version >= "2.63" { json.field("trusted_image_certificates", JSONValue.null) }
            if version >= "2.73" { json.field("locked_reason", server.lockedReason) }
            if version >= "2.71", extent != .list {
                json.field("server_groups", details.group.map { [$0] } ?? [])
            }
            if extent != .brief || version >= "2.75" { writeExtensions(&json, isAdmin: isAdmin) }
        }
    }

    private func writeImage(_ json: inout JSONWriter) {
        guard let image = server.image else { return json.field("image", "") }
        json.field("image") {
            $0.object { json in
                json.field("id", image.id)
                json.field("links") { Links.write(&$0, request, bookmark: "images/\(image.id)") }
            }
        }
    }

    private func writeFault(_ json: inout JSONWriter) {
        guard let (fault, time) = details.fault, server.status == "ERROR" || server.status == "DELETED" else { return }
        json.field("fault") {
            $0.object {
                $0.field("code", fault.code)
                $0.field("created", time.iso8601)
                $0.field("message", fault.message)
                if let text = fault.details, request.isAdmin || fault.code != 500 { $0.field("details", text) }
            }
        }
    }

    private func writeExtensions(_ json: inout JSONWriter, isAdmin: Bool) {
        json.field("key_name", server.keyName)
        json.field("config_drive", server.configDrive ? "True" : "")
        json.field("OS-EXT-AZ:availability_zone", server.zone ?? "")
        json.field("OS-SRV-USG:launched_at", server.launchedAt?.iso8601Micro)
        json.field("OS-SRV-USG:terminated_at", server.terminatedAt?.iso8601Micro)
        json.field("OS-EXT-STS:task_state", server.taskState?.rawValue)
        json.field("OS-EXT-STS:vm_state", server.vmState.rawValue)
        json.field("OS-EXT-STS:power_state", server.powerState.rawValue)
        if let groups = details.securityGroups, !groups.isEmpty {
            json.field("security_groups") {
                $0.array(groups) { json, name in json.object { $0.field("name", name) } }
            }
        }
        json.field("os-extended-volumes:volumes_attached") {
            $0.array(details.volumes) { json, device in
                json.object {
                    $0.field("id", device.volume)
                    if version >= "2.3" { $0.field("delete_on_termination", device.deleteOnTermination) }
                }
            }
        }
        if version >= "2.96" { json.field("pinned_availability_zone", server.requestedZone) }
        if version >= "2.16", request.isAllowed(ComputePolicy.serverHostStatus) {
            json.field("host_status", details.hostStatus)
        }
        if isAdmin {
            writeAdminAttributes(&json)
        } else if version >= "2.90" {
            json.field("OS-EXT-SRV-ATTR:hostname", server.hostname)
        }
    }

    private func writeAdminAttributes(_ json: inout JSONWriter) {
        json.field("OS-EXT-SRV-ATTR:host", server.host)
        json.field("OS-EXT-SRV-ATTR:instance_name", server.instanceName)
        json.field("OS-EXT-SRV-ATTR:hypervisor_hostname", server.node)
        guard version >= "2.3" else { return }
        json.field("OS-EXT-SRV-ATTR:reservation_id", server.reservationID)
        json.field("OS-EXT-SRV-ATTR:launch_index", server.launchIndex)
        json.field("OS-EXT-SRV-ATTR:hostname", server.hostname)
        json.field("OS-EXT-SRV-ATTR:kernel_id", server.image?.properties["kernel_id"] ?? "")
        json.field("OS-EXT-SRV-ATTR:ramdisk_id", server.image?.properties["ramdisk_id"] ?? "")
        json.field("OS-EXT-SRV-ATTR:root_device_name", server.rootDeviceName)
        json.field("OS-EXT-SRV-ATTR:user_data", server.userData)
    }

    /// Tells hosts apart without naming them, differently for each project.
    private var hostID: String {
        guard let host = server.host else { return "" }
        let digest = SHA256.hash(data: Array("\(server.project)\(host)".utf8))
        return String(Hex.encode(digest).prefix(56))
    }
}

/// The `self` and `bookmark` links of a resource.
enum Links {
    static func write(_ json: inout JSONWriter, _ request: APIRequest, _ path: String) {
        json.array([("self", "\(request.baseURL)/\(path)"), ("bookmark", "\(request.endpoint)/\(path)")]) {
            json, link in
            json.object {
                $0.field("rel", link.0)
                $0.field("href", link.1)
            }
        }
    }

    static func write(_ json: inout JSONWriter, _ request: APIRequest, bookmark path: String) {
        json.array { json in
            json.object {
                $0.field("rel", "bookmark")
                $0.field("href", "\(request.endpoint)/\(path)")
            }
        }
    }
}

/// Addresses by network name.
enum AddressesView {
    static func write(_ json: inout JSONWriter, _ interfaces: [InterfaceInfo], isExtended: Bool) {
        json.object { json in
            for name in networks(interfaces) {
                json.field(name) { write(&$0, interfaces, network: name, isExtended: isExtended) }
            }
        }
    }

    static func write(
        _ json: inout JSONWriter, _ interfaces: [InterfaceInfo], network: String, isExtended: Bool
    ) {
        json.array { json in
            for interface in interfaces where interface.networkName == network {
                for address in interface.addresses {
                    write(&json, address.address, address.version, "fixed", interface.mac, isExtended)
                    for floating in address.floating { write(&json, floating, 4, "floating", interface.mac, isExtended) }
                }
            }
        }
    }

    /// Names in the order of the interfaces.
    private static func networks(_ interfaces: [InterfaceInfo]) -> [String] {
        interfaces.reduce(into: []) { if !$0.contains($1.networkName) { $0.append($1.networkName) } }
    }

    private static func write(
        _ json: inout JSONWriter, _ address: String, _ version: Int, _ type: String, _ mac: String, _ isExtended: Bool
    ) {
        json.object {
            $0.field("version", version)
            $0.field("addr", address)
            if isExtended {
                $0.field("OS-EXT-IPS:type", type)
                $0.field("OS-EXT-IPS-MAC:mac_addr", mac)
            }
        }
    }
}
