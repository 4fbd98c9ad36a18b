/// The microversions at which an operation, a schema or a field exists. Both ends are included.
public struct VersionRange: Hashable, Sendable {
    public let min: Microversion?
    public let max: Microversion?

    private init(min: Microversion?, max: Microversion?) {
        self.min = min
        self.max = max
    }

    public static let all = VersionRange(min: nil, max: nil)

    public static func since(_ min: Microversion) -> VersionRange { VersionRange(min: min, max: nil) }

    public static func until(_ max: Microversion) -> VersionRange { VersionRange(min: nil, max: max) }

    public static func range(_ min: Microversion, _ max: Microversion) -> VersionRange {
        VersionRange(min: min, max: max)
    }

    public func contains(_ version: Microversion) -> Bool {
        if let min, version < min { return false }
        if let max, version > max { return false }
        return true
    }
}
