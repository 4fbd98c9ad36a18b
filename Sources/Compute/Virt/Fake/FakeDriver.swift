import ComputeModel
package import Core

/// A hypervisor with no guests behind it, of the libvirt driver's whole surface: for scale tests and for
/// tests of the agent. It keeps everything in memory and does everything at once.
package final class FakeDriver: Hypervisor {
    /// One call that changed something, in the order they came.
    package enum Call: Sendable, Hashable {
        case define(ServerID)
        case start(ServerID)
        case stop(ServerID)
        case remove(ServerID)
        case powerButton(ServerID)
        case plug(String)
        case unplug(String)
        case setSecret(String)
        case removeSecret(String)
    }

    struct Domain {
        var definition: GuestDefinition
        var power = PowerState.shutdown
        var devices: Set<String>
    }

    struct State {
        var domains: [ServerID: Domain] = [:]
        var secrets: [String: String] = [:]
        var calls: [Call] = []
        /// Errors to throw, by the next call's name.
        var failures: [String: ServiceError] = [:]
        var obeysPowerButton = true
        var releasesDevices = true
    }

    package let driverName = "fake"
    let state = Locked(State())
    let hub = EventHub<GuestEvent>()
    private let capacity: HypervisorInventory

    package init(vcpus: Int = 64, memoryMiB: Int = 262_144, node: String = "fake") {
        capacity = HypervisorInventory(
            node: node, type: "fake", version: 1_000_000, vcpus: vcpus, memoryMiB: memoryMiB,
            cpuInfo: ["arch": "x86_64", "model": "fake", "vendor": "Apus", "features": [], "topology": [:]],
            cpuTraits: [], supportedInstances: [["x86_64", "fake", "hvm"]])
    }

    // MARK: For tests

    package var calls: [Call] { state.withLock { $0.calls } }
    package var secrets: [String: String] { state.withLock { $0.secrets } }

    /// The next call with this name fails once: `start`, `define`, `plug`…
    package func failNext(_ name: String, _ error: ServiceError) { state.withLock { $0.failures[name] = error } }
    package func setObeysPowerButton(_ obeys: Bool) { state.withLock { $0.obeysPowerButton = obeys } }
    package func setReleasesDevices(_ releases: Bool) { state.withLock { $0.releasesDevices = releases } }
    package func definition(_ server: ServerID) -> GuestDefinition? {
        state.withLock { $0.domains[server]?.definition }
    }

    /// As if the guest had shut itself down.
    package func guestPowersOff(_ server: ServerID) {
        state.withLock { $0.domains[server]?.power = .shutdown }
        hub.send(.changed(server, .shutdown, .shutdown))
    }

    // MARK: Hypervisor

    package func maintain() async throws {
        hub.send(.compare)
        try await ContinuousClock().sleep(for: .seconds(1_000_000))
    }

    package func events() -> AsyncStream<GuestEvent> { hub.subscribe() }

    package func checkReachable() async throws {}

    package func inventory() async throws -> HypervisorInventory { capacity }

    package func guests() async throws -> [Guest] {
        state.withLock { state in
            state.domains.map { Guest(server: $0.key, power: $0.value.power, record: $0.value.definition.record) }
                .sorted { $0.server < $1.server }
        }
    }

    package func guest(_ server: ServerID) async throws -> Guest? {
        state.withLock { state in
            state.domains[server].map { Guest(server: server, power: $0.power, record: $0.definition.record) }
        }
    }

    package func define(_ guest: GuestDefinition) async throws {
        let server = guest.record.spec.server
        try change("define", .define(server)) { state in
            let devices = Set(guest.disks.compactMap(\.alias) + guest.nics.map { GuestNIC.alias($0.port) })
            let power = state.domains[server]?.power ?? .shutdown
            state.domains[server] = Domain(definition: guest, power: power, devices: devices)
        }
    }

    package func setRecord(_ record: GuestRecord) async throws {
        try state.withLock { state in
            guard state.domains[record.spec.server] != nil else { throw Self.missing(record.spec.server) }
            state.domains[record.spec.server]?.definition.record = record
        }
    }

    package func start(_ server: ServerID) async throws {
        try move(server, "start", .start(server), to: .running, .started)
    }

    package func stop(_ server: ServerID) async throws {
        try move(server, "stop", .stop(server), to: .shutdown, .stopped)
    }

    package func remove(_ server: ServerID) async throws {
        try change("remove", .remove(server)) { $0.domains[server] = nil }
    }

    // MARK: Parts

    func change(_ name: String, _ call: Call, _ body: (inout State) throws -> Void) throws {
        try state.withLock { state in
            if let failure = state.failures.removeValue(forKey: name) { throw failure }
            state.calls.append(call)
            try body(&state)
        }
    }

    func move(
        _ server: ServerID, _ name: String, _ call: Call?, to power: PowerState, _ event: ReportPowerState.Event
    ) throws {
        let changed = try state.withLock { state in
            if let failure = state.failures.removeValue(forKey: name) { throw failure }
            guard let old = state.domains[server]?.power else { throw Self.missing(server) }
            if let call { state.calls.append(call) }
            state.domains[server]?.power = power
            return old != power
        }
        if changed { hub.send(.changed(server, power, event)) }
    }

    static func missing(_ server: ServerID) -> ServiceError {
        ServiceError(.notFound, "The server \(server) is not on this host.")
    }
}
