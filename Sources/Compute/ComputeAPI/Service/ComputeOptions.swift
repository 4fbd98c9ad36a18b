package import Core

/// The `[compute]` group of compute-api.
package struct ComputeOptions: OptionGroup {
    package static let group = "compute"

    package let defaultZone: String
    package let defaultScheduleZone: String?
    package let maxLimit: Int
    package let maxServersPerRequest: Int
    package let maxPolling: Duration

    package init(_ options: inout OptionReader) throws {
        defaultZone = try options.value(
            "default_availability_zone", default: "nova", help: "Zone of hosts that no aggregate puts into another.")
        defaultScheduleZone = try options.optional(
            "default_schedule_zone", String.self, help: "Zone for servers that ask for none. Unset: any.")
        maxLimit = try options.value("max_limit", default: 1000, in: 1...10_000, help: "Largest page of a list.")
        maxServersPerRequest = try options.value(
            "max_servers_per_request", default: 100, in: 1...1000, help: "Largest max_count of one create request.")
        maxPolling = try options.value(
            "agent_timeout", default: .seconds(15), help: "How long an agent may take to answer a question.")
    }
}

/// The `[quota]` group: what a project may have unless it was given limits of its own. -1 is no limit.
package struct QuotaOptions: OptionGroup {
    package static let group = "quota"

    /// By OpenStack's resource names, in the order in which views show them.
    package let defaults: [(String, Int)]

    package init(_ options: inout OptionReader) throws {
        func limit(_ name: String, _ fallback: Int, _ help: String) throws -> (String, Int) {
            (name, try options.value(name, default: fallback, in: -1...1_000_000_000, help: help))
        }
        defaults = [
            try limit("instances", 10, "Servers of a project."),
            try limit("cores", 20, "Virtual CPUs of a project's servers."),
            try limit("ram", 51_200, "Memory of a project's servers in MiB."),
            try limit("metadata_items", 128, "Metadata items of one server."),
            try limit("injected_files", 5, "Shown to clients; files are not injected."),
            try limit("injected_file_content_bytes", 10_240, "Shown to clients; files are not injected."),
            try limit("injected_file_path_bytes", 255, "Shown to clients; files are not injected."),
            try limit("key_pairs", 100, "Keypairs of a user."),
            try limit("server_groups", 10, "Server groups of a project."),
            try limit("server_group_members", 10, "Servers of one server group."),
        ]
    }

    package func value(_ name: String) -> Int { defaults.first { $0.0 == name }?.1 ?? -1 }
}
