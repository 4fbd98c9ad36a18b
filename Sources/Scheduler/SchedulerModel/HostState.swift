package import FoundationEssentials

/// A hypervisor host as the scheduler knows it.
package struct HostState: Codable, Sendable, Hashable {
    package var host: String
    package var node: String
    /// The resource provider's id.
    package var provider: String
    package var zone: String
    package var isDisabled: Bool
    package var hypervisorType: String
    /// (architecture, hypervisor, mode) triples.
    package var supportedInstances: [[String]]
    package var traits: [String]
    /// By resource class.
    package var inventory: [String: Inventory]
    /// Metadata of the host's aggregates; a key may have several values.
    package var aggregateMetadata: [String: [String]]
    /// Servers that are busy with something on the host.
    package var ioOperations: Int
    package var seenAt: Date

    package init(
        host: String, node: String, provider: String, zone: String = "nova", isDisabled: Bool = false,
        hypervisorType: String = "QEMU", supportedInstances: [[String]] = [], traits: [String] = [],
        inventory: [String: Inventory], aggregateMetadata: [String: [String]] = [:], ioOperations: Int = 0,
        seenAt: Date
    ) {
        self.host = host
        self.node = node
        self.provider = provider
        self.zone = zone
        self.isDisabled = isDisabled
        self.hypervisorType = hypervisorType
        self.supportedInstances = supportedInstances
        self.traits = traits
        self.inventory = inventory
        self.aggregateMetadata = aggregateMetadata
        self.ioOperations = ioOperations
        self.seenAt = seenAt
    }

    /// What a host has of one resource class.
    package struct Inventory: Codable, Sendable, Hashable {
        package var total: Int
        package var reserved: Int
        package var allocationRatio: Double
        package var minUnit: Int
        package var maxUnit: Int
        package var stepSize: Int

        package init(
            total: Int, reserved: Int = 0, allocationRatio: Double = 1, minUnit: Int = 1, maxUnit: Int? = nil,
            stepSize: Int = 1
        ) {
            self.total = total
            self.reserved = reserved
            self.allocationRatio = allocationRatio
            self.minUnit = minUnit
            self.maxUnit = maxUnit ?? max(1, total)
            self.stepSize = stepSize
        }

        /// What may be used of it in all.
        package var capacity: Int {
            // Beyond any Int a ratio means "no limit"; a conversion would end the process.
            let amount = Double(total - reserved) * allocationRatio
            return amount < Double(Int.max) ? Int(amount) : .max
        }

        /// Whether `amount` more fits beside what is used.
        package func fits(_ amount: Int, used: Int) -> Bool {
            // Subtracted rather than added: a request may ask for as much as an Int holds.
            amount >= 0 && amount <= capacity - used && amount >= minUnit && amount <= maxUnit && amount % stepSize == 0
        }
    }
}
