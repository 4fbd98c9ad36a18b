package import Core

/// What the database says should be on a host: a restarting agent compares its domains with it.
package struct ListServersOnHost: Codable, Sendable {
    package struct Entry: Codable, Sendable, Hashable {
        package var server: ServerID
        /// Nova's words: `active`, `stopped`, `paused`, `suspended`, `building`, `error`…
        package var vmState: String
        package var taskState: String?
        package var powerState: PowerState

        package init(server: ServerID, vmState: String, taskState: String?, powerState: PowerState) {
            self.server = server
            self.vmState = vmState
            self.taskState = taskState
            self.powerState = powerState
        }
    }

    package struct Reply: Codable, Sendable {
        /// Servers whose host this is, deleted ones left out.
        package var servers: [Entry]
        /// Of the ids asked about in `domains`, those the database knows as deleted, or placed on another host
        /// with no task in progress. Only these may be destroyed as orphans: an unknown id is left alone.
        package var orphans: [ServerID]

        package init(servers: [Entry], orphans: [ServerID]) {
            self.servers = servers
            self.orphans = orphans
        }
    }

    package var host: String
    /// The servers whose domains the host has.
    package var domains: [ServerID]

    package init(host: String, domains: [ServerID]) {
        self.host = host
        self.domains = domains
    }
}

/// The files of a server's config drive.
package struct ConfigDriveFiles: Codable, Sendable {
    package struct Reply: Codable, Sendable {
        /// Base64 content by path (`openstack/latest/meta_data.json`).
        package var files: [String: String]

        package init(files: [String: String]) { self.files = files }
    }

    package var server: ServerID

    package init(server: ServerID) { self.server = server }
}

/// There may be work: a saga was committed. Advisory, since conductors also poll.
package struct WakeConductor: Codable, Sendable {
    package init() {}
}
