package import Core
package import FoundationEssentials

/// A size that servers can have.
package struct Flavor: Sendable {
    package var id: FlavorID
    package var name: String
    package var description: String?
    package var vcpus: Int
    package var memoryMiB: Int
    package var rootGiB: Int
    package var ephemeralGiB: Int
    package var swapMiB: Int
    package var rxtxFactor: Double
    package var isPublic: Bool
    package var isDisabled: Bool
    package var extraSpecs: [String: String]
    package var createdAt: Date
    package var updatedAt: Date?

    package init(
        id: FlavorID, name: String, vcpus: Int, memoryMiB: Int, rootGiB: Int, ephemeralGiB: Int = 0, swapMiB: Int = 0,
        rxtxFactor: Double = 1, isPublic: Bool = true, isDisabled: Bool = false, description: String? = nil,
        extraSpecs: [String: String] = [:], createdAt: Date
    ) {
        self.id = id
        self.name = name
        self.vcpus = vcpus
        self.memoryMiB = memoryMiB
        self.rootGiB = rootGiB
        self.ephemeralGiB = ephemeralGiB
        self.swapMiB = swapMiB
        self.rxtxFactor = rxtxFactor
        self.isPublic = isPublic
        self.isDisabled = isDisabled
        self.description = description
        self.extraSpecs = extraSpecs
        self.createdAt = createdAt
    }

    /// What a server keeps of its flavor.
    package var spec: FlavorSpec {
        FlavorSpec(
            id: id.rawValue, name: name, vcpus: vcpus, memoryMiB: memoryMiB, rootGiB: rootGiB,
            ephemeralGiB: ephemeralGiB, swapMiB: swapMiB, extraSpecs: extraSpecs)
    }
}
