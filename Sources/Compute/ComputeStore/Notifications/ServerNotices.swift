package import ComputeModel
package import Core
import Crypto
package import Database
import FoundationEssentials
import Workflow

/// Puts notifications of servers into the outbox, in the transaction that makes true what they tell.
package struct ServerNotices: Sendable {
    /// The topic of their rows in the outbox.
    package static let topic = "notifications"
    /// Tells nothing.
    package static let off = ServerNotices(nil, daemonHost: "")

    private struct Settings: Sendable {
        let stateChanges: NotificationOptions.StateChanges
        let includesDevices: Bool
    }

    private let settings: Settings?
    private let daemonHost: String
    private let ids: IDGenerator
    private let clock: WallClock
    private let committed: @Sendable () -> Void

    /// - Parameter committed: called when rows have been written and committed.
    package init(
        _ options: NotificationOptions?, daemonHost: String, ids: IDGenerator = .random, clock: WallClock = .system,
        committed: @escaping @Sendable () -> Void = {}
    ) {
        settings = options.map { Settings(stateChanges: $0.stateChanges, includesDevices: $0.includesDevices) }
        self.daemonHost = daemonHost
        self.ids = ids
        self.clock = clock
        self.committed = committed
    }

    package var isOn: Bool { settings != nil }
    /// Whether changes of state are told, which takes a look at the server before.
    package var tellsChanges: Bool { settings.map { $0.stateChanges != .none } ?? false }

    /// To be called after the commit.
    package func wake() { if isOn { committed() } }

    /// What happened to a server, by one of Nova's events.
    package func write(_ notice: ServerNotice, of server: Server, in transaction: Transaction) throws {
        guard isOn else { return }
        let tags = notice.event == "create" ? try ServerTagStore.tags(of: server.id, in: transaction) : []
        let payload = try payload(server, notice.context, in: transaction).action(notice, tags: tags)
        let isUnplaced = server.host == nil && notice.host == nil
        let publisher =
            notice.source == .api || isUnplaced
            ? "nova-api:\(daemonHost)" : "nova-compute:\(notice.host ?? server.host ?? daemonHost)"
        try add(
            Envelope(
                publisher: publisher, event: notice.eventType, priority: notice.priority, payload: payload,
                context: notice.context, cause: notice.cause), of: server.id, in: transaction)
    }

    /// A server that no host was found for.
    package func writeUnbuilt(
        _ server: ServerID, _ fault: ServerNotice.Fault, _ context: RequestContext, cause: String,
        in transaction: Transaction
    ) throws {
        guard isOn else { return }
        let payload = NovaObject.make(
            "ComputeTaskPayload", "1.0",
            [
                "instance_uuid": .string(server.rawValue), "request_spec": .null, "state": "error",
                "reason": ServerPayload.fault(fault),
            ])
        try add(
            Envelope(
                publisher: "nova-conductor:\(daemonHost)", event: "compute_task.build_instances.error",
                priority: "ERROR", payload: payload, context: context, cause: cause), of: server, in: transaction)
    }

    /// A state, a name or tags that changed, as `instance.update`.
    package func writeChange(
        from old: Server, to server: Server, always: Bool = false, _ context: RequestContext,
        source: ServerNotice.Source = .compute, in transaction: Transaction
    ) throws {
        guard let settings, tellsChanges else { return }
        let showsTasks = settings.stateChanges == .vmAndTaskState
        let isChanged =
            always || old.vmState != server.vmState || old.name != server.name
            || showsTasks && old.taskState != server.taskState
        guard isChanged else { return }
        let tags = try ServerTagStore.tags(of: server.id, in: transaction)
        let payload = try payload(server, context, in: transaction).update(
            from: old, tags: tags, showsTasks: showsTasks, at: clock.now())
        let publisher = source == .api ? "nova-api:\(daemonHost)" : "nova-compute:\(server.host ?? daemonHost)"
        try add(
            Envelope(
                publisher: publisher, event: "instance.update", priority: "INFO", payload: payload, context: context),
            of: server.id, in: transaction)
    }

    // MARK: Parts

    private func payload(
        _ server: Server, _ context: RequestContext, in transaction: Transaction
    ) throws -> ServerPayload {
        ServerPayload(
            server: server,
            devices: settings?.includesDevices == true
                ? try BlockDeviceStore.list(of: server.id, in: transaction) : [],
            metadata: try ServerMetadataStore.metadata(of: server.id, in: transaction), context: context)
    }

    private struct Envelope {
        let publisher: String
        let event: String
        let priority: String
        let payload: JSONValue
        let context: RequestContext
        var cause: String?
    }

    private func add(_ envelope: Envelope, of server: ServerID, in transaction: Transaction) throws {
        let message: JSONValue = [
            "message_id": .string(envelope.cause.map { Self.id($0, envelope.event) } ?? ids.uuid()),
            "publisher_id": .string(envelope.publisher), "event_type": .string(envelope.event),
            "priority": .string(envelope.priority), "payload": envelope.payload,
            "timestamp": .string(clock.now().iso8601Micro.replacing("T", with: " ")),
            "_unique_id": .string(ids.uuid().replacing("-", with: "")),
            "_context_request_id": .string(envelope.context.requestID),
            "_context_global_request_id": .text(envelope.context.globalRequestID),
            "_context_user_id": .text(envelope.context.userID?.rawValue),
            "_context_project_id": .text(envelope.context.projectID?.rawValue),
        ]
        try Outbox.add(topic: Self.topic, subject: server.rawValue, message, in: transaction)
    }

    /// The same id for the same cause and event (RFC 9562 §5.5, of a name).
    private static func id(_ cause: String, _ event: String) -> String {
        var bytes = Array(Insecure.SHA1.hash(data: Array("\(cause)/\(event)".utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0f | 0x50
        bytes[8] = bytes[8] & 0x3f | 0x80
        let hex = Hex.encode(bytes)
        let ends = [8, 12, 16, 20, 32]
        return zip([0] + ends, ends).map { start, end in
            String(hex.dropFirst(start).prefix(end - start))
        }.joined(separator: "-")
    }
}
