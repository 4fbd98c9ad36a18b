import ComputeModel
import Core
import Virt

/// Makes a server's local disks. What is there already is kept: its content is the guest's.
struct GuestDisks: Sendable {
    let paths: HostPaths
    let files: HostFiles
    let images: ImageCache
    let conductor: ConductorReports
    let rootFormat: AgentOptions.RootDiskFormat
    let tool = QemuImage()

    private static let rootName = "disk"
    private static let ephemeralName = "disk.eph0"
    private static let gibibyte = 1 << 30
    private static let mebibyte = 1 << 20

    /// Sees that the disks with the user's data are there. Swap and the config drive can be made again.
    /// - Throws: `.conflict` with the name of the disk that is missing.
    func requireAll(of spec: ServerSpec) async throws {
        let folder = paths.instance(spec.server)
        var needed: [(String, String)] = []
        if case .image = spec.rootDisk { needed.append(("root", Self.rootName)) }
        if spec.flavor.ephemeralGiB > 0 { needed.append(("ephemeral", Self.ephemeralName)) }
        for (role, name) in needed where try await !files.exists("\(folder)/\(name)") {
            throw ServiceError(
                .conflict,
                "The server's \(role) disk (\(name)) is missing from its host. It is not made anew from the image.",
                detail: "\(folder)/\(name)")
        }
    }

    /// Makes sure of all local disks of `spec`.
    /// - Returns: them in the order in which the guest has them.
    func ensure(_ spec: ServerSpec, _ context: RequestContext) async throws -> [GuestRecord.LocalDisk] {
        let folder = paths.instance(spec.server)
        try await files.makeFolder(folder, mode: HostPaths.passable)
        var layout = DiskLayout(spec)
        var disks: [GuestRecord.LocalDisk] = []
        if case .image = spec.rootDisk {
            let format = rootFormat.rawValue
            let path = "\(folder)/\(Self.rootName)"
            try await ensureRoot(path, spec, context)
            disks.append(GuestRecord.LocalDisk(role: .root, path: path, format: format, target: layout.root))
        }
        if spec.flavor.ephemeralGiB > 0 {
            let path = "\(folder)/\(Self.ephemeralName)"
            try await ensureEmpty(path, bytes: spec.flavor.ephemeralGiB * Self.gibibyte)
            disks.append(
                GuestRecord.LocalDisk(role: .ephemeral, path: path, format: "qcow2", target: layout.next()))
        }
        if spec.flavor.swapMiB > 0 {
            let path = "\(folder)/disk.swap"
            try await ensureSwap(path, bytes: spec.flavor.swapMiB * Self.mebibyte)
            disks.append(GuestRecord.LocalDisk(role: .swap, path: path, format: "raw", target: layout.next()))
        }
        if spec.configDrive {
            let path = "\(folder)/disk.config"
            try await ensureConfigDrive(path, spec.server, context)
            disks.append(
                GuestRecord.LocalDisk(role: .configDrive, path: path, format: "raw", target: layout.configDrive))
        }
        return disks
    }

    func remove(_ server: ServerID) async throws { try await files.removeFolder(paths.instance(server)) }

    private func ensureRoot(_ path: String, _ spec: ServerSpec, _ context: RequestContext) async throws {
        let isThere = try await files.exists(path)
        if isThere, rootFormat == .raw { return }
        guard let image = spec.image else {
            throw ServiceError(.badRequest, "The server has neither an image nor a volume to boot from.")
        }
        // A layer is of no use without what is below it, which goes once no guest is seen to need it.
        if isThere { return try await images.withImage(image, context) { _ in } }
        let temporary = "\(path).new"
        try await files.remove(temporary)
        let (tool, files, rootFormat) = (tool, files, rootFormat)
        try await images.withImage(image, context) { base in
            let wanted = spec.flavor.rootGiB * Self.gibibyte
            guard wanted == 0 || base.virtualBytes <= wanted else {
                throw ServiceError(
                    .badRequest, "Flavor's disk is too small for requested image.",
                    detail: "image has \(base.virtualBytes) bytes, flavor \(wanted)")
            }
            let bytes = max(wanted, base.virtualBytes)
            switch rootFormat {
            case .qcow2:
                try await tool.run(.overlay(temporary, base: base.path, bytes: bytes))
            case .raw:
                try await tool.run(.convert(base.path, from: "raw", to: temporary, as: "raw"))
                if bytes > base.virtualBytes { try await tool.run(.resize(temporary, format: "raw", bytes: bytes)) }
            }
            try await files.rename(temporary, path)
        }
    }

    private func ensureEmpty(_ path: String, bytes: Int) async throws {
        if try await files.exists(path) { return }
        let temporary = "\(path).new"
        try await files.remove(temporary)
        try await tool.run(.create(temporary, format: "qcow2", bytes: bytes))
        try await files.rename(temporary, path)
    }

    private func ensureSwap(_ path: String, bytes: Int) async throws {
        if try await files.exists(path) { return }
        let temporary = "\(path).new"
        try await files.remove(temporary)
        try await tool.run(.create(temporary, format: "raw", bytes: bytes))
        try await Command("mkswap", [temporary]).checked()
        try await files.rename(temporary, path)
    }

    private func ensureConfigDrive(_ path: String, _ server: ServerID, _ context: RequestContext) async throws {
        if try await files.exists(path) { return }
        let content = try await conductor.configDriveFiles(server, context)
        try await ConfigDrive(files: files).write(content, to: path)
    }
}

/// Which device name each of a server's disks has.
struct DiskLayout {
    let bus: GuestDisk.Bus
    let root: String
    /// The config drive is a CD, so that guests find it by its label and never take it for a disk.
    let configDrive = "hdd"
    private var taken: [String]

    init(_ spec: ServerSpec) {
        bus = Self.bus(spec)
        root = bus == .virtio ? "vda" : bus == .ide ? "hda" : "sda"
        taken = [root]
    }

    mutating func next() -> String {
        // 26 names are more than a flavor's three local disks.
        let name = GuestDisk.freeTarget(bus, taken: taken) ?? "\(root.dropLast())z"
        taken.append(name)
        return name
    }

    /// The image's `hw_disk_bus`; virtio unless it asks for one that is known.
    static func bus(_ spec: ServerSpec) -> GuestDisk.Bus {
        spec.image?.properties["hw_disk_bus"].flatMap(GuestDisk.Bus.init(rawValue:)) ?? .virtio
    }
}
