/// One comparison or test.
package protocol DoctorCheck: Sendable {
    /// For `--only`: lower case, words joined by hyphens.
    var name: String { get }
    /// What it looks at, in a line.
    var summary: String { get }
    /// - Throws: `CheckSkipped` when there is nothing to look at on this machine.
    func run(_ cloud: Cloud) async throws -> [Finding]
}

/// Why a check was not made. Not a finding, but said.
package struct CheckSkipped: Error {
    package let reason: String
}

/// Why a check could not be made although it should have been: exit status 2.
package struct CheckFailed: Error {
    package let reason: String
}

/// Every check, in the order in which they are listed. Add new ones here.
package let allDoctorChecks: [any DoctorCheck] = [
    // What the cloud needs
    MariaDBCheck(), RabbitMQCheck(), QueuesCheck(), MemcachedCheck(), OVNDaemonsCheck(), LibvirtCheck(),
    TargetDaemonCheck(), DaemonsCheck(), CatalogueCheck(), SchemasCheck(),
    // The machine
    ClockCheck(), HeartbeatsCheck(), DiskSpaceCheck(), CertificatesCheck(), FernetKeysCheck(), SecretsCheck(),
    // The rows and the engines
    SagasCheck(), TasksCheck(), OutboxesCheck(), AllocationsCheck(), InventoriesCheck(), DomainsCheck(),
    GuestDisksCheck(), ImageCacheCheck(), OVNCheck(), InterfacesCheck(), PortsCheck(), ImageFilesCheck(),
    VolumeFilesCheck(), TargetsCheck(), AttachmentsCheck(), QuotasCheck(),
]
