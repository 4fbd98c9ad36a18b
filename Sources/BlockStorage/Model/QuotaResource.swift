package import Core

/// What a project may have so much of: Cinder's names.
package enum QuotaResource: String, CaseIterable, Sendable {
    case volumes, gigabytes, snapshots, backups, groups
    case backupGigabytes = "backup_gigabytes"
    case perVolumeGigabytes = "per_volume_gigabytes"

    var factoryDefault: Int {
        switch self {
        case .volumes, .snapshots, .backups, .groups: 10
        case .gigabytes, .backupGigabytes: 1000
        case .perVolumeGigabytes: -1
        }
    }
}

/// A project's limits and what it uses.
package struct Quota: Sendable {
    package var limits: [QuotaResource: Int]
    package var used: [QuotaResource: Int]

    package func limit(_ resource: QuotaResource) -> Int { limits[resource] ?? -1 }
    package func used(_ resource: QuotaResource) -> Int { used[resource] ?? 0 }

    /// Checks what one more volume, snapshot or extension would take.
    /// - Throws: `.overQuota` in Cinder's words.
    package func check(volumes: Int = 0, snapshots: Int = 0, gigabytes: Int, volumeSize: Int? = nil) throws {
        let largest = limit(.perVolumeGigabytes)
        if let volumeSize, largest >= 0, volumeSize > largest {
            throw ServiceError(
                .overQuota,
                "Requested volume size \(volumeSize)G is larger than maximum allowed limit \(largest)G.")
        }
        try check(
            .volumes, volumes, "Maximum number of volumes allowed (\(limit(.volumes))) exceeded for quota 'volumes'.")
        try check(
            .snapshots, snapshots,
            "Maximum number of snapshots allowed (\(limit(.snapshots))) exceeded for quota 'snapshots'.")
        try check(
            .gigabytes, gigabytes,
            """
            Requested volume or snapshot exceeds allowed gigabytes quota. Requested \(gigabytes)G, quota is \
            \(limit(.gigabytes))G and \(used(.gigabytes))G has been consumed.
            """)
    }

    private func check(_ resource: QuotaResource, _ more: Int, _ message: String) throws {
        guard more > 0, limit(resource) >= 0, used(resource) + more > limit(resource) else { return }
        throw ServiceError(.overQuota, message)
    }
}

/// Whose rows a caller may see.
package enum Scope: Sendable {
    case project(ProjectID)
    case everything
}
