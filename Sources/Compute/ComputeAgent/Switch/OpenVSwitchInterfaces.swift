import ComputeModel
import Core
import OVSDB

/// Guests' interfaces in this host's Open vSwitch database, as libvirt describes them there: the guest in
/// `vm-id`, the port in `iface-id`.
///
/// Names are no proof of whose an interface is: a tap is named after its port, and the port may be another
/// guest's by now. Rows are therefore found by guest and removed by their ids.
struct OpenVSwitchInterfaces: GuestInterfaces {
    let database: OVSDBClient

    private static let guestKey = "vm-id"
    private static let portKey = "iface-id"

    /// A session that copies no tables: what is asked is asked of the server.
    static func options(_ remote: OVSDBRemote) -> OVSDBClientOptions {
        var options = OVSDBClientOptions(remotes: [remote], database: "Open_vSwitch", tables: [])
        options.transactionTimeout = .seconds(10)
        options.backoff = .milliseconds(100) ... .seconds(1)
        return options
    }

    func list() async throws -> [GuestInterface] {
        let rows = try await commit([.select(table: "Interface", where: [], columns: ["external_ids"])])[0].rows
        return rows.compactMap { row in
            let ids = row.map("external_ids")
            guard let server = ids[Self.guestKey], let port = ids[Self.portKey] else { return nil }
            return GuestInterface(server: ServerID(server), port: PortID(port))
        }
    }

    func remove(_ port: PortID?, of server: ServerID) async throws {
        var ids = [Self.guestKey: server.rawValue]
        if let port { ids[Self.portKey] = port.rawValue }
        let condition = OVSDBCondition("external_ids", .includes, .stringMap(ids))
        let interfaces = try await commit([.select(table: "Interface", where: [condition], columns: ["_uuid"])])[0].rows
        if interfaces.isEmpty { return }
        let ports = try await commit(
            interfaces.map { row in
                .select(
                    table: "Port", where: [OVSDBCondition("interfaces", .includes, .atom(.uuid(row.uuid)))],
                    columns: ["_uuid"])
            }
        ).flatMap(\.rows).map(\.uuid)
        // A port is there for as long as a bridge has it.
        try await commit([
            .mutate(table: "Bridge", where: [], [OVSDBMutation("ports", .delete, .uuids(ports))]),
            .comment("apus: unplugged from server \(server)"),
        ])
    }

    @discardableResult
    private func commit(_ operations: [OVSDBOperation]) async throws(ServiceError) -> [OVSDBResult] {
        do {
            return try await database.transact(operations)
        } catch let error as OVSDBError {
            switch error {
            case .notConnected, .timeout:
                throw ServiceError(.unavailable, "The host's network switch cannot be reached.", cause: error)
            case .malformed, .refused, .operation:
                throw ServiceError(.internal, "The host's network switch refused a change.", cause: error)
            }
        } catch {
            throw ServiceError(.internal, "The host's network switch could not be asked.", cause: error)
        }
    }
}
