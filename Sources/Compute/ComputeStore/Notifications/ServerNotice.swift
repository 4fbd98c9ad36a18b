package import ComputeModel
package import Core

/// What is to be told of a server: an event of Nova's, such as `instance.power_off.end`.
package struct ServerNotice: Sendable {
    package enum Phase: String, Sendable { case start, end, error }
    /// Which of Nova's daemons would have told it.
    package enum Source: Sendable { case api, compute }

    /// What an action is about, besides the server.
    package enum About: Sendable {
        case server
        case volume(VolumeID)
        case image(ImageID)
    }

    /// Why something failed, for `.error`.
    package struct Fault: Sendable {
        package var type: String
        package var message: String
        package var function: String

        package init(type: String, message: String, function: String) {
            self.type = type
            self.message = message
            self.function = function
        }
    }

    package let event: String
    package let phase: Phase?
    package let context: RequestContext
    package var source = Source.compute
    /// The host that did it; the server's own when nil.
    package var host: String?
    package var fault: Fault?
    package var volume: VolumeID?
    package var image: ImageID?
    /// What asks for it, such as a saga's id: when it asks again, the message has the same id again.
    package var cause: String?

    package init(_ event: String, _ phase: Phase?, _ context: RequestContext, about: About = .server) {
        self.event = event
        self.phase = phase
        self.context = context
        switch about {
        case .server: break
        case .volume(let id): volume = id
        case .image(let id): image = id
        }
    }

    /// `instance.EVENT.PHASE`.
    package var eventType: String { "instance.\(event)" + (phase.map { ".\($0.rawValue)" } ?? "") }
    package var priority: String { phase == .error ? "ERROR" : "INFO" }
}

extension ServerAction {
    /// The name of the action's notifications; nil for what Nova does not tell as an action.
    package var noticeEvent: String? {
        switch self {
        case .create, .delete, .reboot, .pause, .unpause, .suspend, .resume, .lock, .unlock: rawValue
        case .rebootHard: "reboot"
        case .start: "power_on"
        case .stop: "power_off"
        case .createImage: "snapshot"
        case .attachVolume: "volume_attach"
        case .detachVolume: "volume_detach"
        case .attachInterface: "interface_attach"
        case .detachInterface: "interface_detach"
        case .rebuild, .resize, .rescue, .unrescue, .shelve, .unshelve, .migrate, .changeSecurityGroups,
            .updateMetadata:
            nil
        }
    }
}
