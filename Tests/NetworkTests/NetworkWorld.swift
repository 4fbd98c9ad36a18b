import Core
import Database
import Logging
import OVSDB
import TestSupport

@testable import Network

/// The service's operations on a fresh database, without HTTP.
struct NetworkWorld: Sendable {
    let database: Database
    let backend: NetworkBackend
    let options: NetworkOptions

    static func run(
        limits: String = "", _ body: @escaping @Sendable (NetworkWorld) async throws -> Void
    ) async throws {
        try await TestServices.withDatabase(service: "network", migrations: networkMigrations, poolSize: 8) {
            database in
            let configuration = try Configuration(text: "[quotas]\n\(limits)\n")
            let options = try configuration.read(NetworkOptions.self)
            let backend = NetworkBackend(
                database: database, ids: .random, clock: .system, options: options,
                quotas: try configuration.read(QuotaOptions.self), wake: {})
            try await body(NetworkWorld(database: database, backend: backend, options: options))
        }
    }

    func caller(_ project: String = "tenant", isAdmin: Bool = false) -> Caller {
        var context = RequestContext.system()
        context.projectID = ProjectID(project)
        return Caller(context, isAdmin: isAdmin)
    }

    @discardableResult
    func create(
        _ behaviour: any ResourceBehaviour, _ values: [String: JSONValue], isAdmin: Bool = false
    ) async throws -> Record {
        let caller = caller(isAdmin: isAdmin)
        let item = try BodyReader(type: behaviour.type).create(
            .object([behaviour.type.name: .object(values)]), project: "tenant"
        ).items[0]
        return try await backend.change("create", caller) { change in
            let id = try behaviour.create(item.values, given: item.given, change)
            return try ResourceReader.find(behaviour, id, for: self.caller(isAdmin: true), change.transaction)
        }
    }

    func update(_ behaviour: any ResourceBehaviour, _ id: String, _ changes: [String: JSONValue]) async throws {
        let caller = caller(isAdmin: true)
        try await backend.change("update", caller) { change in
            try behaviour.update(
                try ResourceReader.find(behaviour, id, for: caller, change.transaction), changes, change)
        }
    }

    func delete(_ behaviour: any ResourceBehaviour, _ id: String) async throws {
        let caller = caller(isAdmin: true)
        try await backend.change("delete", caller) { change in
            try behaviour.delete(try ResourceReader.find(behaviour, id, for: caller, change.transaction), change)
        }
    }

    var networks: Networks { Networks(options: options) }
    var ports: Ports { Ports(options: options) }
    var routers: Routers { Routers(options: options) }

    func network(_ cidr: String, name: String = "net", external: Bool = false) async throws -> (
        network: Record, subnet: Record
    ) {
        var values: [String: JSONValue] = ["name": .string(name)]
        if external {
            values["router:external"] = true
            values["provider:network_type"] = "flat"
            values["provider:physical_network"] = "public"
        }
        let network = try await create(networks, values, isAdmin: external)
        let subnet = try await create(
            Subnets(),
            [
                "network_id": .string(network.id), "cidr": .string(cidr), "ip_version": cidr.contains(":") ? 6 : 4,
                "enable_dhcp": .bool(!external),
            ])
        return (network, subnet)
    }

    func addInterface(_ router: Record, _ subnet: Record) async throws {
        try await backend.change("interface", caller(isAdmin: true)) { change in
            _ = try RouterInterfaces.add(["subnet_id": .string(subnet.id)], to: router, change)
        }
    }

    func removeInterface(_ router: Record, _ subnet: Record) async throws {
        try await backend.change("interface", caller(isAdmin: true)) { change in
            _ = try RouterInterfaces.remove(["subnet_id": .string(subnet.id)], from: router, change)
        }
    }
}

/// The name that Neutron gives an error.
func faultType(_ error: any Error) -> String? { ((error as? ServiceError)?.cause as? NetworkFault)?.faultType }
