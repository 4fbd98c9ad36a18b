import Core
package import WebAPI

/// The Block Storage API v3: its controllers on what they call.
package struct BlockStorageAPI: Sendable {
    package static let maxVersion: Microversion = "3.70"

    let volumes: VolumeOperations
    let attachments: AttachmentOperations
    let options: BlockStorageOptions
    let host: String

    package init(
        volumes: VolumeOperations, attachments: AttachmentOperations, options: BlockStorageOptions, host: String
    ) {
        self.volumes = volumes
        self.attachments = attachments
        self.options = options
        self.host = host
    }

    var storage: StorageEnvironment { volumes.storage }

    package var description: APIDescription {
        let operations =
            (volumeOperations + volumeActions + volumeMetadata + snapshotOperations + attachmentOperations
            + typeOperations + quotaOperations + serviceOperations + hostOperations + transferOperations
            + messageOperations + unsupported).map(Self.withinProject)
        let versions = MicroversionPolicy.volume(max: Self.maxVersion)
        return APIDescription(
            serviceType: "block-storage",
            mounts: [
                Mount("", VersionDocuments.operations, faults: .cinder),
                Mount(
                    "/v3", VersionDocuments.v3 + operations, microversions: versions, faults: .cinder,
                    ignoresTrailingSlash: false),
                Mount(
                    "/v3/{project_id}", operations, microversions: versions, faults: .cinder,
                    ignoresTrailingSlash: false),
            ],
            faults: .cinder, requestIDHeaders: ["x-compute-request-id"])
    }

    /// A path with a project's id is for tokens of that project only, as Cinder has it.
    private static func withinProject(_ operation: WebAPI.Operation) -> WebAPI.Operation {
        WebAPI.Operation(
            operation.method, operation.path, operation.versions, name: operation.name, action: operation.action,
            policy: operation.policy, query: operation.query, bodies: operation.bodies, success: operation.success,
            auth: operation.auth
        ) { request in
            if let project = request.parameters["project_id"], project != request.context.projectID?.rawValue {
                throw ServiceError(.badRequest, "Malformed request url")
            }
            return try await operation.handler(request)
        }
    }
}

// MARK: Parts of requests

extension APIRequest {
    /// Whose resources the caller may see.
    var scope: Scope {
        if isAllowed(VolumePolicy.isAdmin) { return .everything }
        // No project: no resource has this id.
        return .project(context.projectID ?? ID(""))
    }

    var isAdmin: Bool { isAllowed(VolumePolicy.isAdmin) }

    var project: ProjectID {
        get throws {
            guard let project = context.projectID else {
                throw ServiceError(.badRequest, "A project-scoped token is needed.")
            }
            return project
        }
    }

    /// The scope of a list: everything only for administrators who ask for it.
    var listScope: Scope {
        get throws {
            let wantsAll = Text.bool(query.last("all_tenants")) ?? false
            if wantsAll, isAdmin {
                if let project = query.last("project_id") { return .project(ID(project)) }
                return .everything
            }
            return .project(try project)
        }
    }

    func id<Kind>(_ name: String = "id", _: Kind.Type = Kind.self) throws -> ID<Kind> { ID(try parameter(name)) }

    func page(_ sortable: Set<String>) throws -> ListPage {
        let paging = try Paging(
            query, sortKeys: sortable, defaultDirection: .desc, maxLimit: 1000, sortStyle: .either)
        var offset = 0
        if let text = query.last("offset") {
            guard let value = Int(text), value >= 0, value <= Int(Int32.max) else {
                throw ServiceError(.badRequest, "offset param must be an integer")
            }
            offset = value
        }
        return ListPage(
            limit: paging.limit ?? 1000, offset: offset, marker: paging.marker,
            sort: paging.sort.map { (name: $0.name, isDescending: $0.direction == .desc) })
    }
}

/// Texts that stand for other values in this API.
enum Text {
    /// oslo's words for true and false.
    static func bool(_ text: String?) -> Bool? {
        switch text?.lowercased() {
        case "1", "t", "true", "on", "y", "yes": true
        case "0", "f", "false", "off", "n", "no": false
        default: nil
        }
    }

    static func bool(_ value: JSONValue?) -> Bool? { value?.bool ?? bool(value?.string) ?? value?.int.map { $0 != 0 } }

    static func map(_ value: JSONValue?) -> [String: String] { (value?.object ?? [:]).compactMapValues(\.string) }

    /// A dictionary in a query: JSON, or Python's way of writing one, which clients send.
    static func dictionary(_ text: String?) -> [String: String]? {
        guard let text else { return nil }
        if case .object(let members)? = parsed(text) ?? parsed(text.pythonToJSON) {
            return members.compactMapValues(\.string)
        }
        return nil
    }

    private static func parsed(_ text: String) -> JSONValue? {
        do { return try JSONValue(parsing: text) } catch { return nil }
    }
}

extension String {
    /// Python's quotes made JSON's, for a dictionary of plain strings (`{'key': 'value'}`, `u'…'`).
    fileprivate var pythonToJSON: String {
        var result = ""
        var previous: Character = " "
        for character in self {
            if character == "'" {
                if previous == "u", result.last == "u" { result.removeLast() }
                result.append("\"")
            } else {
                result.append(character)
            }
            previous = character
        }
        return result
    }
}
