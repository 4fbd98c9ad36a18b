import ComputeModel
import Core
import IdentityClient
import Virt

/// How a volume is reached, as its service says: the source of the disk, and the password that goes with it.
struct VolumeConnection: Sendable {
    var source: ISCSISource
    var password: Secret?
}

/// The block storage service's attachments.
protocol VolumeService: Sendable {
    /// Tells who will connect, as which device (`/dev/vdb`), and learns how.
    func connect(
        _ attachment: AttachmentID, device: String, _ context: RequestContext
    ) async throws -> VolumeConnection
    /// Tells that the guest has the volume.
    func complete(_ attachment: AttachmentID, _ context: RequestContext) async throws
}

/// Attachments by the block storage API (microversion 3.44).
struct RemoteVolumes: VolumeService {
    let session: ServiceSession
    let host: String
    let hostIP: String

    private static let microversion = "3.44"

    /// This host's initiator name: the same for all its guests.
    private var initiator: String { "iqn.2026-01.cloud.apus:\(host)" }

    func connect(
        _ attachment: AttachmentID, device: String, _ context: RequestContext
    ) async throws -> VolumeConnection {
        let connector: JSONValue = [
            "initiator": .string(initiator), "host": .string(host), "ip": .string(hostIP), "multipath": false,
            "platform": "x86_64", "os_type": "linux", "mountpoint": .string(device),
        ]
        let answer = try await session.request(
            .put, "/attachments/\(attachment)", json: ["attachment": ["connector": connector]],
            microversion: Self.microversion, context: context)
        guard let info = answer.json["attachment"]?["connection_info"] else {
            throw ServiceError(.badGateway, "The volume's connection is missing.", detail: "attachment \(attachment)")
        }
        return try Self.connection(info, attachment, initiator: initiator)
    }

    func complete(_ attachment: AttachmentID, _ context: RequestContext) async throws {
        _ = try await session.request(
            .post, "/attachments/\(attachment)/action", json: ["os-complete": .null],
            microversion: Self.microversion, context: context)
    }

    /// Reads a connection; `data` may be beside the type or inside, as Cinder's two APIs have it.
    static func connection(
        _ info: JSONValue, _ attachment: AttachmentID, initiator: String
    ) throws(ServiceError) -> VolumeConnection {
        let type = info["driver_volume_type"]?.string ?? ""
        guard type == "iscsi" else {
            throw ServiceError(.notImplemented, "Volumes reached by \(type) cannot be attached on this host.")
        }
        let data = info["data"] ?? info
        // Never attached as if it were plain: the guest would read and write past the encryption.
        guard data["encrypted"]?.bool != true else {
            throw ServiceError(.notImplemented, "Encrypted volumes cannot be attached on this host.")
        }
        guard let portal = data["target_portal"]?.string, let iqn = data["target_iqn"]?.string,
            let colon = portal.lastIndex(of: ":"), let port = Int(portal[portal.index(after: colon)...])
        else {
            throw ServiceError(
                .badGateway, "The volume's connection is incomplete.", detail: "attachment \(attachment)")
        }
        var host = String(portal[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        var source = ISCSISource(
            iqn: iqn, lun: data["target_lun"]?.int ?? 1, host: host, port: port, initiator: initiator,
            isReadOnly: data["access_mode"]?.string == "ro")
        var password: Secret?
        if data["auth_method"]?.string == "CHAP", let user = data["auth_username"]?.string,
            let text = data["auth_password"]?.string
        {
            source.chap = ISCSISource.CHAP(username: user, secret: attachment.rawValue)
            password = Secret(text)
        }
        return VolumeConnection(source: source, password: password)
    }
}

/// Connects volumes and gives the hypervisor their passwords.
///
/// The attachment's id is the secret's: connecting again replaces the same secret.
struct VolumeConnector: Sendable {
    let service: any VolumeService
    let driver: any Hypervisor

    /// - Parameter target: the device's name in the guest: `vdb`.
    func connect(_ volume: VolumeSpec, target: String, _ context: RequestContext) async throws -> ISCSISource {
        let connection = try await service.connect(volume.attachment, device: "/dev/\(target)", context)
        if let password = connection.password {
            guard let keeper = driver as? any VolumeSecrets else {
                throw ServiceError(.notImplemented, "Volumes with a password cannot be attached on this host.")
            }
            let usage = "\(connection.source.iqn)/\(volume.attachment)"
            try await keeper.setSecret(volume.attachment.rawValue, usage: usage, value: password)
        }
        return connection.source
    }

    func complete(_ volume: VolumeSpec, _ context: RequestContext) async throws {
        try await service.complete(volume.attachment, context)
    }

    func disconnect(_ attachment: AttachmentID) async throws {
        guard let keeper = driver as? any VolumeSecrets, isUUIDLike(attachment.rawValue) else { return }
        try await keeper.removeSecret(attachment.rawValue)
    }
}
