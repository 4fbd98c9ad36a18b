/// An identifier of one kind of resource; ids of different kinds do not mix.
///
/// OpenStack's ids are strings: most are UUIDs with dashes, identity's are 32 hexadecimal digits
/// or names such as `default`, so no shape is imposed here. What comes from outside is checked at
/// the edge, where the API reference says which shape it wants.
public struct ID<Kind>: Hashable, Sendable, Codable, CustomStringConvertible, Comparable {
    public let rawValue: String

    public init(_ rawValue: String) { self.rawValue = rawValue }

    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    public var description: String { rawValue }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

public enum DomainKind {}
public enum ProjectKind {}
public enum UserKind {}
public enum ServerKind {}
public enum FlavorKind {}
public enum ImageKind {}
public enum VolumeKind {}
public enum AttachmentKind {}
public enum NetworkKind {}
public enum SubnetKind {}
public enum PortKind {}

public typealias DomainID = ID<DomainKind>
public typealias ProjectID = ID<ProjectKind>
public typealias UserID = ID<UserKind>
public typealias ServerID = ID<ServerKind>
public typealias FlavorID = ID<FlavorKind>
public typealias ImageID = ID<ImageKind>
public typealias VolumeID = ID<VolumeKind>
public typealias AttachmentID = ID<AttachmentKind>
public typealias NetworkID = ID<NetworkKind>
public typealias SubnetID = ID<SubnetKind>
public typealias PortID = ID<PortKind>
