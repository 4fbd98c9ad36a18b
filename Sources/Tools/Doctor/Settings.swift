import Core

/// A setting of another daemon that the doctor needs, with that daemon's default.
struct Setting<Group: SettingGroup>: OptionGroup {
    static var group: String { Group.group }
    let value: String

    init(_ options: inout OptionReader) throws {
        value = try options.value(Group.name, default: Group.fallback, help: "Read by the daemon.")
    }
}

protocol SettingGroup: Sendable {
    static var group: String { get }
    static var name: String { get }
    static var fallback: String { get }
}

enum AgentStatePath: SettingGroup {
    static let group = "compute_agent"
    static let name = "state_path"
    static let fallback = "/var/lib/apus/compute-agent"
}

enum LibvirtURI: SettingGroup {
    static let group = "libvirt"
    static let name = "uri"
    static let fallback = "qemu:///system"
}

enum BlockStorageState: SettingGroup {
    static let group = "block_storage"
    static let name = "state_path"
    static let fallback = "/var/lib/apus/block-storage"
}

enum BlockStorageVolumes: SettingGroup {
    static let group = "block_storage"
    static let name = "volumes_path"
    static let fallback = ""
}

enum TargetControlPort: SettingGroup {
    static let group = "block_storage"
    static let name = "tgt_control_port"
    static let fallback = "0"
}
