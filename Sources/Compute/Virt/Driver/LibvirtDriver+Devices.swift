package import Core

extension LibvirtDriver: VolumeHotPlug {
    package func plug(_ disk: GuestDisk, into server: ServerID) async throws {
        guard let alias = disk.alias else {
            throw ServiceError(.internal, "A disk without a name cannot be plugged.")
        }
        try await plug(xml: DeviceXML.disk(disk), alias: alias, into: server)
    }

    package func unplugDisk(alias: String, from server: ServerID, timeout: Duration) async throws {
        try await unplug(alias: alias, from: server, timeout: timeout)
    }

    package func hasDevice(alias: String, _ server: ServerID) async throws -> Bool {
        try await call("looking for a device") { session in
            guard let domain = try session.domain(server.rawValue) else { return false }
            return try !Self.scopes(of: alias, domain).isEmpty
        }
    }
}

extension LibvirtDriver: NICHotPlug {
    package func plug(_ nic: GuestNIC, into server: ServerID) async throws {
        try await plug(xml: DeviceXML.nic(nic), alias: GuestNIC.alias(nic.port), into: server)
    }

    package func unplugNIC(alias: String, from server: ServerID, timeout: Duration) async throws {
        try await unplug(alias: alias, from: server, timeout: timeout)
    }
}

extension LibvirtDriver: VolumeSecrets {
    package func setSecret(_ id: String, usage: String, value: Secret) async throws {
        let xml = DeviceXML.secret(uuid: id, usage: usage)
        try await call("setting a volume's secret") { session in
            try session.setSecret(id, xml: xml, value: value.reveal())
        }
    }

    package func removeSecret(_ id: String) async throws {
        try await call("removing a volume's secret") { session in try session.removeSecret(id) }
    }
}

extension LibvirtDriver {
    /// How long a guest may take over one request to release a device, before it is asked again.
    private static let patience = Duration.seconds(10)

    private func plug(xml: String, alias: String, into server: ServerID) async throws {
        try await withDomain(server, "plugging a device") { domain in
            let present = try Self.scopes(of: alias, domain)
            let wanted: LibvirtDomain.Scope = domain.isActive ? [.live, .persistent] : .persistent
            let missing = wanted.subtracting(present)
            if !missing.isEmpty { try domain.attachDevice(xml, missing) }
        }
    }

    /// Unplugs in the persistent description at once, then live, asking again until the guest has
    /// answered: a guest that still boots ignores the first request.
    private func unplug(alias: String, from server: ServerID, timeout: Duration) async throws {
        var waited = Duration.zero
        while true {
            let events = connection.events.subscribe()
            let isGone = try await call("unplugging a device") { session in
                guard let domain = try session.domain(server.rawValue) else { return true }
                return try Self.askToRelease(alias, domain)
            }
            if isGone { return }
            guard waited < timeout else {
                throw ServiceError(
                    .conflict, "The server did not release the device.",
                    detail: "device \(alias) of \(server) is still there after \(timeout)")
            }
            let patience = min(Self.patience, timeout - waited)
            await waitForRemoval(of: alias, from: server, in: events, at: patience)
            waited += patience
        }
    }

    /// - Returns: whether neither description has the device any more.
    private static func askToRelease(_ alias: String, _ domain: LibvirtDomain) throws -> Bool {
        let present = try scopes(of: alias, domain)
        if present.contains(.persistent) {
            do throws(VirtError) {
                try domain.detachDevice(alias: alias, .persistent)
            } catch {
                guard error.isDeviceMissing else { throw error }
            }
        }
        guard present.contains(.live) else { return true }
        do {
            try domain.detachDevice(alias: alias, .live)
        } catch {
            // Refused while an earlier request is pending; whether it is gone is looked at next.
            guard domain.isActive else { return true }
        }
        return try !scopes(of: alias, domain).contains(.live)
    }

    private func waitForRemoval(
        of alias: String, from server: ServerID, in events: AsyncStream<LibvirtEvent>, at most: Duration
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in events {
                    switch event {
                    case .deviceRemoved(server.rawValue, alias), .deviceRemovalFailed(server.rawValue, alias):
                        return
                    default: continue
                    }
                }
            }
            group.addTask { [clock] in
                // Ends early only by cancellation, which ends the wait as well.
                _ = try? await clock.sleep(for: most)
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Which of a domain's descriptions have a device with this alias.
    static func scopes(of alias: String, _ domain: LibvirtDomain) throws -> LibvirtDomain.Scope {
        var scopes: LibvirtDomain.Scope = []
        if try hasAlias(alias, in: domain.xml(persistent: true)) { scopes.insert(.persistent) }
        if domain.isActive, try hasAlias(alias, in: domain.xml()) { scopes.insert(.live) }
        return scopes
    }

    private static func hasAlias(_ alias: String, in xml: String) throws -> Bool {
        let devices = try XMLElement(parsing: xml)["devices"]
        return devices?.children.contains { $0["alias"]?.attributes["name"] == alias } ?? false
    }
}
