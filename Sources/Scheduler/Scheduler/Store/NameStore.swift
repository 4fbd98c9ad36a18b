import Core
import Database

/// Names of traits and resource classes: the custom ones are rows, the standard ones are known.
struct NameStore: Sendable {
    let database: Database

    /// The classes that this cloud's hosts have, and those that clients commonly name.
    static let standardClasses = [
        "VCPU", "MEMORY_MB", "DISK_GB", "PCI_DEVICE", "SRIOV_NET_VF", "NUMA_SOCKET", "NUMA_CORE", "NUMA_THREAD",
        "NUMA_MEMORY_MB", "IPV4_ADDRESS", "VGPU", "VGPU_DISPLAY_HEAD", "NET_BW_EGR_KILOBIT_PER_SEC",
        "NET_BW_IGR_KILOBIT_PER_SEC", "PCPU", "MEM_ENCRYPTION_CONTEXT", "FPGA", "PGPU",
        "NET_PACKET_RATE_KILOPACKET_PER_SEC", "NET_PACKET_RATE_EGR_KILOPACKET_PER_SEC",
        "NET_PACKET_RATE_IGR_KILOPACKET_PER_SEC",
    ]

    func classes() async throws -> [String] {
        try await Self.standardClasses
            + database.query("SELECT name FROM resource_classes ORDER BY name").map { try $0.get("name") }
    }

    /// - Returns: whether it is new.
    func addClass(_ name: String) async throws -> Bool {
        try await database.execute("INSERT IGNORE INTO resource_classes (name) VALUES (\(name))") == 1
    }

    func deleteClass(_ name: String) async throws -> Bool {
        try await database.execute("DELETE FROM resource_classes WHERE name = \(name)") > 0
    }

    /// Custom traits, and those that hosts report.
    func traits() async throws -> [String] {
        try await database.query(
            "SELECT name FROM traits UNION SELECT DISTINCT trait AS name FROM provider_traits ORDER BY name"
        ).map { try $0.get("name") }
    }

    func addTrait(_ name: String) async throws -> Bool {
        try await database.execute("INSERT IGNORE INTO traits (name) VALUES (\(name))") == 1
    }

    func deleteTrait(_ name: String) async throws -> Bool {
        guard try await database.first("SELECT 1 FROM provider_traits WHERE trait = \(name) LIMIT 1") == nil else {
            throw ServiceError(.conflict, "The trait \(name) is in use by a resource provider.")
        }
        return try await database.execute("DELETE FROM traits WHERE name = \(name)") > 0
    }
}
