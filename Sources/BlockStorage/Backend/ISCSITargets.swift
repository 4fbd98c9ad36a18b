package import Core
package import Logging

/// CHAP credentials of one attachment.
package struct ISCSIAccount: Sendable, Hashable {
    package let user: String
    package let password: String
}

/// The targets of one tgtd: a target per volume, with an account per attachment.
///
/// An actor: number and name of a target are chosen and used without another call between.
package actor ISCSITargets {
    package static let prefix = "iqn.2010-10.org.openstack:volume-"
    /// tgtd's LUN 0 is the controller.
    package static let lun = 1

    private let controlPort: Int
    private let control: TargetControl
    private let logger: Logger
    /// Told the arguments of every `tgtadm` that is run.
    private let watch: @Sendable ([String]) -> Void
    private var busy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package init(controlPort: Int, logger: Logger, watch: @escaping @Sendable ([String]) -> Void = { _ in }) {
        self.controlPort = controlPort
        control = TargetControl(controlPort: controlPort)
        self.logger = logger
        self.watch = watch
    }

    package static func name(of volume: VolumeID) -> String { prefix + volume.rawValue }

    /// Makes the volume's target, if it is not there, and lets exactly these accounts in.
    package func ensure(_ volume: VolumeID, path: String, accounts: [ISCSIAccount]) async throws {
        guard !accounts.isEmpty else { return try await remove(volume) }
        try await alone {
            var target = try await self.find(volume)
            if let found = target, found.files[Self.lun] != path {
                try await self.remove(found)
                target = nil
            }
            let number: Int
            if let target {
                number = target.number
            } else {
                number = try await self.create(volume, path)
            }
            let present = target?.accounts ?? []
            // New ones first: a target without any account would ask nobody for a password.
            for account in accounts where !present.contains(account.user) {
                try await self.addAccount(account, to: number)
            }
            for user in present where !accounts.contains(where: { $0.user == user }) {
                try await self.run("account", "delete", ["--user", user])
            }
            // Initiators are let in last, when they need a password.
            if target?.allowed.isEmpty ?? true {
                try await self.run("target", "bind", ["--tid", "\(number)", "--initiator-address", "ALL"])
            }
        }
    }

    /// Removes the volume's target with its accounts; sessions that are open are cut.
    package func remove(_ volume: VolumeID) async throws {
        try await alone {
            guard let target = try await self.find(volume) else { return }
            try await self.remove(target)
        }
    }

    /// The volumes that have a target of ours.
    package func exported() async throws -> [VolumeID] {
        try await list().targets.compactMap { target in
            target.name.hasPrefix(Self.prefix) ? VolumeID(String(target.name.dropFirst(Self.prefix.count))) : nil
        }
    }

    /// Where tgtd listens, as `ADDRESS:PORT`.
    package func portal() async throws -> String {
        let text = try await run("portal", "show", []).output
        for line in text.split(separator: "\n") where line.hasPrefix("Portal: ") {
            let portal = line.dropFirst("Portal: ".count).prefix { $0 != "," }
            if !portal.hasPrefix("0.0.0.0:"), !portal.hasPrefix("[::]:") { return String(portal) }
        }
        throw ServiceError(
            .unavailable, "The iSCSI target listens on no particular address: set [block_storage] iscsi_portal.")
    }

    // MARK: Steps

    private func find(_ volume: VolumeID) async throws -> TargetListing.Target? {
        try await list().targets.first { $0.name == Self.name(of: volume) }
    }

    private func list() async throws -> TargetListing { TargetListing(try await run("target", "show", []).output) }

    private func create(_ volume: VolumeID, _ path: String) async throws -> Int {
        let used = Set(try await list().targets.map(\.number))
        guard let number = (1...65_535).first(where: { !used.contains($0) }) else {
            throw ServiceError(.unavailable, "The iSCSI target has no number left.")
        }
        try await run("target", "new", ["--tid", "\(number)", "--targetname", Self.name(of: volume)])
        do {
            try await run(
                "logicalunit", "new",
                ["--tid", "\(number)", "--lun", "\(Self.lun)", "--backing-store", path, "--device-type", "disk"])
        } catch {
            try await run("target", "delete", ["--tid", "\(number)", "--force"])
            throw error
        }
        return number
    }

    private func addAccount(_ account: ISCSIAccount, to number: Int) async throws {
        // An account of this name may be left from a target that is gone.
        let accounts = try await run("account", "show", []).output
        let names = accounts.split(separator: "\n").map { $0.drop { $0 == " " } }
        if !names.contains(where: { $0 == account.user }) {
            try await control.addAccount(account)
        }
        try await run("account", "bind", ["--tid", "\(number)", "--user", account.user])
    }

    private func remove(_ target: TargetListing.Target) async throws {
        if !target.allowed.isEmpty {
            for allowed in target.allowed {
                try await run("target", "unbind", ["--tid", "\(target.number)", "--initiator-address", allowed])
            }
        }
        try await run("target", "delete", ["--tid", "\(target.number)", "--force"])
        for user in target.accounts { try await run("account", "delete", ["--user", user]) }
    }

    @discardableResult
    private func run(_ mode: String, _ operation: String, _ arguments: [String]) async throws -> CommandResult {
        var all = ["--lld", "iscsi", "--mode", mode, "--op", operation] + arguments
        if controlPort != 0 { all = ["--control-port", "\(controlPort)"] + all }
        var command = Command("tgtadm", all)
        command.timeout = .seconds(20)
        watch(all)
        let result = try await command.run()
        guard result.succeeded else {
            throw ServiceError(
                .unavailable, "The iSCSI target does not do as it is told.",
                detail: "tgtadm \(mode) \(operation): status \(result.status): \(result.errorOutput)")
        }
        return result
    }

    /// Runs `body` without another in between, since an actor is entered again at each await.
    private func alone<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        while busy { await withCheckedContinuation { waiting.append($0) } }
        busy = true
        defer {
            busy = false
            if !waiting.isEmpty { waiting.removeFirst().resume() }
        }
        return try await body()
    }
}
