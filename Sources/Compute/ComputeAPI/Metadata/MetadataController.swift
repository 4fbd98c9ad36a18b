import ComputeModel
import ComputeStore
import Core
package import Database
import HTTPTypes
import NIOCore
package import WebAPI

/// Answers guests: `/openstack/…` and EC2's `/latest/meta-data/…`.
package struct MetadataController: Sendable {
    private let database: Database
    private let options: MetadataOptions

    package init(database: Database, options: MetadataOptions) {
        self.database = database
        self.options = options
    }

    package var operations: [WebAPI.Operation] {
        [
            Operation(.get, "/", auth: .none) { _ in .text((EC2Metadata.versions).joined(separator: "\n")) },
            Operation(.get, "/openstack", auth: .none) { _ in
                .text(OpenStackMetadata.versions.joined(separator: "\n"))
            },
            Operation(.get, "/openstack/{version}", auth: .none) { request in
                let instance = try await instance(request)
                try Self.check(try request.parameter("version"), among: OpenStackMetadata.versions)
                var names = [
                    "meta_data.json", "password", "vendor_data.json", "network_data.json", "vendor_data2.json",
                ]
                if instance.server.userData != nil { names.append("user_data") }
                return .text(names.sorted().joined(separator: "\n"))
            },
            Operation(.get, "/openstack/{version}/{document}", auth: .none) { request in
                let instance = try await instance(request)
                try Self.check(try request.parameter("version"), among: OpenStackMetadata.versions)
                return try await openStack(try request.parameter("document"), instance)
            },
            Operation(.post, "/openstack/{version}/password", auth: .none, rawBody: true) { request in
                let instance = try await instance(request)
                return try await setPassword(request, instance)
            },
            Operation(.get, "/{version}", auth: .none) { request in
                _ = try await instance(request)
                try Self.check(try request.parameter("version"), among: EC2Metadata.versions)
                return .text("meta-data/\nuser-data")
            },
            Operation(.get, "/{version}/{rest*}", auth: .none) { request in
                let instance = try await instance(request)
                try Self.check(try request.parameter("version"), among: EC2Metadata.versions)
                return try ec2(try request.parameter("rest"), instance)
            },
        ]
    }

    private func instance(_ request: APIRequest) async throws -> InstanceMetadata {
        let caller = try MetadataCaller(request.headers, secret: options.sharedSecret)
        guard
            let instance = try await InstanceMetadata.load(caller.server, domain: options.domain, from: database),
            instance.server.project == caller.project
        else { throw Self.notFound }
        return instance
    }

    private func openStack(_ document: String, _ instance: InstanceMetadata) async throws -> APIResponse {
        switch document {
        case "meta_data.json":
            return .json(text: OpenStackMetadata.metaData(instance, seed: ConfigDrive.randomSeed()))
        case "network_data.json": return .json(text: OpenStackMetadata.networkData(instance))
        case "vendor_data.json": return .json(text: "{}")
        case "vendor_data2.json": return .json(text: #"{"static": {}}"#)
        case "user_data": return try userData(instance)
        case "password":
            let row = try await database.first(
                "SELECT password FROM server_passwords WHERE server_id = \(instance.server.id)")
            return .text(try row?.get("password") ?? "")
        default: throw Self.notFound
        }
    }

    private func ec2(_ path: String, _ instance: InstanceMetadata) throws -> APIResponse {
        let parts = path.split(separator: "/")
        switch parts.first {
        case "user-data" where parts.count == 1: return try userData(instance)
        case "meta-data":
            guard let text = EC2Metadata.answer(parts.dropFirst().joined(separator: "/"), instance) else {
                throw Self.notFound
            }
            return .text(text)
        default: throw Self.notFound
        }
    }

    private func userData(_ instance: InstanceMetadata) throws -> APIResponse {
        guard let text = instance.server.userData, let bytes = Base64.decode(text) else { throw Self.notFound }
        return .bytes(bytes, contentType: "application/octet-stream")
    }

    /// The guest's password, encrypted by itself for its owner; written once.
    private func setPassword(_ request: APIRequest, _ instance: InstanceMetadata) async throws -> APIResponse {
        var bytes: [UInt8] = []
        for try await buffer in request.bodyStream {
            bytes += buffer.readableBytesView
            guard bytes.count <= Self.maximumPassword else {
                throw ServiceError(.badRequest, "The password is longer than \(Self.maximumPassword) bytes.")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ServiceError(.badRequest, "The password is not text.")
        }
        do {
            try await database.execute(
                "INSERT INTO server_passwords (server_id, password) VALUES (\(instance.server.id), \(text))")
        } catch let error as ServiceError where error.code == .conflict {
            throw ServiceError(.conflict, "The password is set already.")
        }
        return .empty()
    }

    /// Four of Nova's system-metadata values of 255 characters.
    private static let maximumPassword = 1020

    private static func check(_ version: String, among versions: [String]) throws {
        guard versions.contains(version) else { throw notFound }
    }

    private static let notFound = ServiceError(.notFound, "The resource could not be found.")
}

extension APIResponse {
    fileprivate static func json(text: String) -> APIResponse {
        .text(text, contentType: "application/json")
    }
}
