import ComputeModel
import ComputeStore
import Core
import WebAPI

/// `/openstack/VERSION/…`.
struct OpenStackMetadata: Sendable {
    static let versions = [
        "2012-08-10", "2013-04-04", "2013-10-17", "2015-10-15", "2016-06-30", "2016-10-06", "2017-02-22", "2018-08-27",
        "2020-10-14",
    ]

    private let documents: InstanceDocuments
    private let vendorData: JSONValue
    private let env: ComputeEnvironment

    init(_ documents: InstanceDocuments, vendorData: JSONValue, _ environment: ComputeEnvironment) {
        self.documents = documents
        self.vendorData = vendorData
        env = environment
    }

    private static let missing = ServiceError(.notFound, "There is no such document.")

    func answer(_ path: [String]) async throws -> APIResponse {
        guard let asked = path.first else { return .text((Self.versions + ["latest"]).joined(separator: "\n")) }
        guard asked == "latest" || Self.versions.contains(asked) else { throw Self.missing }
        let version = asked == "latest" ? Self.versions.last ?? asked : asked
        if path.count == 1 { return .text(names(version).joined(separator: "\n")) }
        guard path.count == 2, names(version).contains(path[1]) else { throw Self.missing }
        switch path[1] {
        case "meta_data.json": return .json(MetadataDocument(documents).json(version))
        case "network_data.json": return .json(documents.network.document)
        case "vendor_data.json": return .json(vendorData)
        case "vendor_data2.json": return .json([:])
        case "password":
            return .text(try await ServerChangeStore.password(of: documents.server.id, in: env.database))
        case "user_data":
            guard let data = documents.userData else { throw Self.missing }
            return .bytes(data, contentType: "application/octet-stream")
        default: throw Self.missing
        }
    }

    private func names(_ version: String) -> [String] {
        var names = ["meta_data.json"]
        if documents.userData != nil { names.append("user_data") }
        if version >= "2013-04-04" { names.append("password") }
        if version >= "2013-10-17" { names.append("vendor_data.json") }
        if version >= "2015-10-15" { names.append("network_data.json") }
        if version >= "2016-10-06" { names.append("vendor_data2.json") }
        return names
    }
}

extension InstanceDocuments {
    /// The user's data as given, decoded.
    var userData: [UInt8]? {
        server.userData.flatMap { Base64.decode($0.filter { $0 != "\n" && $0 != "\r" }) }
    }
}

/// `meta_data.json`.
struct MetadataDocument: Sendable {
    private let documents: InstanceDocuments

    init(_ documents: InstanceDocuments) { self.documents = documents }

    func json(_ version: String) -> JSONValue {
        let server = documents.server
        var json: [String: JSONValue] = [
            "uuid": .string(server.id.rawValue), "hostname": .string(server.hostname), "name": .string(server.name),
            "launch_index": .integer(Int64(server.launchIndex)),
            "availability_zone": server.zone.map { .string($0) } ?? .null,
        ]
        if !documents.metadata.isEmpty { json["meta"] = .object(documents.metadata.mapValues { .string($0) }) }
        if let key = server.publicKey, let name = server.keyName {
            json["public_keys"] = [name: .string(key)]
            if version >= "2013-10-17" {
                json["keys"] = [["name": .string(name), "type": "ssh", "data": .string(key + "\n")]]
            }
        }
        if version >= "2013-04-04" { json["random_seed"] = .string(seed()) }
        if version >= "2015-10-15" { json["project_id"] = .string(server.project.rawValue) }
        if version >= "2016-06-30" { json["devices"] = .array(documents.devices.compactMap(Self.device)) }
        if version >= "2020-10-14" { json["dedicated_cpus"] = [] }
        return .object(json)
    }

    /// 512 random bytes, to seed the guest's own generator.
    private func seed() -> String { Base64.encode((0..<512).map { _ in UInt8.random(in: .min ... .max) }) }

    private static func device(_ device: BlockDevice) -> JSONValue? {
        guard let tag = device.tag, let volume = device.volume else { return nil }
        return [
            "type": "disk", "bus": .string(device.diskBus ?? "virtio"), "serial": .string(volume.rawValue),
            "path": .string(device.deviceName ?? ""), "tags": [.string(tag)],
        ]
    }
}
