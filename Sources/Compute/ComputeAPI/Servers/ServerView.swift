import ComputeModel
import Core
import Crypto
import WebAPI

/// Servers as the API shows them to one caller, at every microversion.
struct ServerView: Sendable {
    /// Before 2.75 the answers to update and rebuild leave most attributes out.
    enum Extent { case list, full, brief }

    private struct HostOfProject: Hashable {
        let project: ProjectID
        let host: String
    }

    private let request: APIRequest
    private let extent: Extent
    private let version: Microversion
    // What the caller may see is asked once for all servers.
    private let isAdmin: Bool
    private let seesAttributes: Bool
    private let seesHostStatus: Bool
    private let seesExtraSpecs: Bool
    private var hostIDs: [HostOfProject: String] = [:]

    private static let progressStatuses: Set<String> = ["ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE"]

    init(_ request: APIRequest, extent: Extent = .full) {
        self.request = request
        self.extent = extent
        version = request.version
        isAdmin = request.isAdmin
        seesAttributes = request.isAllowed(ComputePolicy.serverExtendedAttributes)
        seesHostStatus = version >= "2.16" && request.isAllowed(ComputePolicy.serverHostStatus)
        seesExtraSpecs = request.isAllowed(ComputePolicy.extraSpecsIndex)
    }

    mutating func write(_ details: ServerDetails, _ json: inout JSONWriter) {
        let server = details.server
        let hostID = hostID(server)
        json.object { json in
            json.field("id", server.id)
            json.field("name", server.name)
            json.field("status", server.status)
            json.field("tenant_id", server.project)
            json.field("user_id", server.user)
            json.field("metadata", details.metadata)
            json.field("hostId", hostID)
            writeImage(server, &json)
            json.field("flavor") {
                FlavorView.embedded(&$0, server.flavor, request, showsSpecs: seesExtraSpecs)
            }
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
            writeFault(details, &json)
            if version >= "2.9" { json.field("locked", server.isLocked) }
            if version >= "2.19" { json.field("description", server.description) }
            if version >= "2.26" { json.field("tags", details.tags) }
            if version >= "2.63" { json.field("trusted_image_certificates", JSONValue.null) }
            if version >= "2.73" { json.field("locked_reason", server.lockedReason) }
            if version >= "2.71", extent != .list {
                json.field("server_groups", details.group.map { [$0] } ?? [])
            }
            if extent != .brief || version >= "2.75" { writeExtensions(details, &json) }
        }
    }

    private func writeImage(_ server: Server, _ json: inout JSONWriter) {
        guard let image = server.image else { return json.field("image", "") }
        json.field("image") {
            $0.object { json in
                json.field("id", image.id)
                json.field("links") { Links.write(&$0, request, bookmark: "images/\(image.id)") }
            }
        }
    }

    private func writeFault(_ details: ServerDetails, _ json: inout JSONWriter) {
        guard let (fault, time) = details.fault, ["ERROR", "DELETED"].contains(details.server.status) else { return }
        json.field("fault") {
            $0.object {
                $0.field("code", fault.code)
                $0.field("created", time.iso8601)
                $0.field("message", fault.message)
                if let text = fault.details, isAdmin || fault.code != 500 { $0.field("details", text) }
            }
        }
    }

    private func writeExtensions(_ details: ServerDetails, _ json: inout JSONWriter) {
        let server = details.server
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
        if seesHostStatus { json.field("host_status", details.hostStatus) }
        if seesAttributes {
            writeAdminAttributes(server, &json)
        } else if version >= "2.90" {
            json.field("OS-EXT-SRV-ATTR:hostname", server.hostname)
        }
    }

    private func writeAdminAttributes(_ server: Server, _ json: inout JSONWriter) {
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
    private mutating func hostID(_ server: Server) -> String {
        guard let host = server.host else { return "" }
        let key = HostOfProject(project: server.project, host: host)
        if let known = hostIDs[key] { return known }
        let digest = SHA256.hash(data: Array("\(server.project)\(host)".utf8))
        let id = String(Hex.encode(digest).prefix(56))
        hostIDs[key] = id
        return id
    }
}

/// The `self` and `bookmark` links of a resource.
enum Links {
    static func write(_ json: inout JSONWriter, _ request: APIRequest, _ path: String) {
        json.array { json in
            json.object {
                $0.field("rel", "self")
                $0.field("href", "\(request.baseURL)/\(path)")
            }
            json.object {
                $0.field("rel", "bookmark")
                $0.field("href", "\(request.endpoint)/\(path)")
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
                    for floating in address.floating {
                        write(&json, floating, 4, "floating", interface.mac, isExtended)
                    }
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
