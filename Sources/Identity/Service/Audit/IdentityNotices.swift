package import Core
import Database
import FoundationEssentials
import Workflow

/// Puts notifications of changes into the outbox, in the transaction that makes true what they tell.
package struct IdentityNotices: Sendable {
    /// Keystone's `control_exchange`.
    package static let exchange = "keystone"
    /// The topic of their rows in the outbox.
    package static let topic = "notifications"
    /// Tells nothing.
    package static let off = IdentityNotices(nil, daemonHost: "", ids: .random)

    private let options: IdentityNotificationOptions?
    private let daemonHost: String
    private let ids: IDGenerator
    private let committed: @Sendable () -> Void

    /// - Parameter committed: called when rows may have been written and committed.
    package init(
        _ options: IdentityNotificationOptions?, daemonHost: String, ids: IDGenerator,
        committed: @escaping @Sendable () -> Void = {}
    ) {
        self.options = options
        self.daemonHost = daemonHost
        self.ids = ids
        self.committed = committed
    }

    /// To be called after the commit.
    func wake() { if options != nil { committed() } }

    func write(_ changes: [Change], by context: RequestContext, at now: Date, _ tx: Transaction) throws {
        guard let options else { return }
        let told = changes.flatMap(\.events).filter { !options.optOut.contains($0.eventType) }
        guard !told.isEmpty else { return }
        let observer = options.format == .cadf ? try AuditStore.observer(tx) : nil
        let messages = told.map { change -> (subject: String, payload: JSONValue) in
            let payload =
                switch options.format {
                case .basic: BasicNotice.payload(change, context)
                case .cadf: CADFNotice(ids: ids, observer: observer, now: now).payload(change, context)
                }
            return (
                change.id,
                [
                    "message_id": .string(ids.uuid()), "publisher_id": .string("identity.\(daemonHost)"),
                    "event_type": .string(change.eventType), "priority": "INFO", "payload": payload,
                    "timestamp": .string(now.iso8601Micro.replacing("T", with: " ")),
                    "_unique_id": .string(ids.hex()),
                ]
            )
        }
        for part in messages.statementParts { try Outbox.add(topic: Self.topic, Array(part), in: tx) }
    }
}

extension Change {
    /// What Keystone tells of it: a changed domain is a changed project too.
    var events: [Change] {
        guard resource.isTold else { return [] }
        guard resource == .domain, operation == .updated else { return [self] }
        var project = self
        project.resource = .project
        return [project, self]
    }

    /// Such as `identity.user.created`.
    var eventType: String { "identity.\(resource.rawValue).\(operation.rawValue)" }
}

/// Keystone's `basic` format.
enum BasicNotice {
    static func payload(_ change: Change, _ context: RequestContext) -> JSONValue {
        var payload = change.details
        payload["resource_info"] = .string(change.id)
        payload["request_id"] = .string(context.requestID)
        if let global = context.globalRequestID { payload["global_request_id"] = .string(global) }
        return .object(payload)
    }
}

/// Keystone's `cadf` format: an event of the Cloud Auditing Data Federation (DMTF DSP0262).
struct CADFNotice {
    let ids: IDGenerator
    let observer: String?
    let now: Date

    func payload(_ change: Change, _ context: RequestContext) -> JSONValue {
        var target: JSONObject = ["typeURI": .string(Self.type(of: change.resource)), "id": .string(change.id)]
        var event: JSONObject = [
            "typeURI": "http://schemas.dmtf.org/cloud/audit/1.0/event", "eventType": "activity",
            "id": .string(ids.uuid()), "eventTime": .string(now.iso8601Micro + "+0000"),
            "action": .string("\(change.operation.rawValue).\(change.resource.rawValue)"), "outcome": "success",
            "observer": ["typeURI": "service/security", "id": .string(observer ?? ids.uuid())],
            "initiator": initiator(context),
        ]
        if change.resource == .assignment {
            // Keystone tells the parties beside a target that stands for none of them.
            target = ["typeURI": "service/security/account/user", "id": .string(ids.uuid())]
            event.merge(change.details) { _, new in new }
        } else {
            event["resource_info"] = .string(change.id)
        }
        event["target"] = .object(target)
        return .object(event)
    }

    private func initiator(_ context: RequestContext) -> JSONValue {
        var initiator: JSONObject = [
            "typeURI": "service/security/account/user", "id": .string(context.userID?.rawValue ?? ids.uuid()),
            "host": .object(context.remoteAddress.map { ["address": .string($0)] } ?? [:]),
            "request_id": .string(context.requestID),
        ]
        initiator["global_request_id"] = context.globalRequestID.map { .string($0) }
        initiator["user_id"] = (context.userID?.rawValue).map { .string($0) }
        initiator["project_id"] = (context.projectID?.rawValue).map { .string($0) }
        initiator["domain_id"] = (context.domainID?.rawValue).map { .string($0) }
        if let name = context.userName {
            initiator["name"] = .string(name)
            initiator["username"] = .string(name)
        }
        return .object(initiator)
    }

    /// Keystone's `CADF_TYPE_MAP`.
    private static func type(of resource: Change.Resource) -> String {
        switch resource {
        case .group: "data/security/group"
        case .project: "data/security/project"
        case .role: "data/security/role"
        case .user: "data/security/account/user"
        case .domain: "data/security/domain"
        case .region: "data/security/region"
        case .endpoint: "data/security/endpoint"
        case .service: "data/security/service"
        case .policy: "data/security/policy"
        case .trust: "data/security/trust"
        case .accessToken, .requestToken, .applicationCredential: "data/security/credential"
        case .consumer: "data/security/account"
        default: "unknown"
        }
    }
}
