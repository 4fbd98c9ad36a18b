public import HTTPTypes

/// Operations under one prefix, with the versions and the fault style they share.
public final class Mount: Sendable {
    /// `/v2.1`, `/v3/{project_id}`, or empty for version documents and other bare paths.
    public let prefix: String
    public let operations: [Operation]
    public let microversions: MicroversionPolicy?
    public let faults: any FaultStyle
    /// Whether `/servers/` is `/servers`. Glance's routes tell them apart.
    public let ignoresTrailingSlash: Bool
    /// Whether HEAD is answered by every GET operation (Keystone). Otherwise only where it is declared.
    public let headFollowsGet: Bool

    public init(
        _ prefix: String, _ operations: [Operation], microversions: MicroversionPolicy? = nil,
        faults: any FaultStyle, ignoresTrailingSlash: Bool = true, headFollowsGet: Bool = false
    ) {
        self.prefix = prefix == "/" ? "" : prefix
        self.operations = operations
        self.microversions = microversions
        self.faults = faults
        self.ignoresTrailingSlash = ignoresTrailingSlash
        self.headFollowsGet = headFollowsGet
    }
}

/// A whole API: what `APIServer` serves.
public struct APIDescription: Sendable {
    /// The catalogue's type, which application credentials' access rules name: `compute`, `image`.
    public let serviceType: String
    public let mounts: [Mount]
    /// For paths that belong to no mount.
    public let faults: any FaultStyle
    /// Response headers that carry the request id, in addition to `X-Openstack-Request-Id`.
    public let requestIDHeaders: [String]
    /// Where clients get tokens; named in `WWW-Authenticate`. Empty for identity, which names itself.
    public let identityURL: String
    /// Headers of every answer that has not set them otherwise.
    public let commonHeaders: HTTPFields

    public init(
        serviceType: String, mounts: [Mount], faults: any FaultStyle, requestIDHeaders: [String] = [],
        identityURL: String = "", commonHeaders: HTTPFields = [:]
    ) {
        self.serviceType = serviceType
        self.mounts = mounts
        self.faults = faults
        self.requestIDHeaders = requestIDHeaders
        self.identityURL = identityURL
        self.commonHeaders = commonHeaders
    }
}
