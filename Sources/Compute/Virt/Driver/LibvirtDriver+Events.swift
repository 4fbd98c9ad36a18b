import CLibvirt
import ComputeModel
import Core

extension LibvirtDriver {
    package func events() -> AsyncStream<GuestEvent> {
        let source = connection.events.subscribe()
        let (stream, continuation) = AsyncStream.makeStream(
            of: GuestEvent.self, bufferingPolicy: .bufferingNewest(1024))
        // Ends with the stream that it feeds.
        let task = Task {
            for await event in source {
                if let event = Self.guestEvent(event) { continuation.yield(event) }
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    private static func guestEvent(_ event: LibvirtEvent) -> GuestEvent? {
        switch event {
        case .connected: .compare
        case .lifecycle(let uuid, let event, let detail):
            change(event: event, detail: detail).map { .changed(ServerID(uuid), $0.0, $0.1) }
        case .closed, .deviceRemoved, .deviceRemovalFailed: nil
        }
    }

    /// A lifecycle event's meaning; nil for those that change no power state.
    private static func change(event: Int, detail: Int) -> (PowerState, ReportPowerState.Event)? {
        switch virDomainEventType(UInt32(event)) {
        case VIR_DOMAIN_EVENT_STARTED: return (.running, .started)
        case VIR_DOMAIN_EVENT_SUSPENDED: return (.paused, .paused)
        case VIR_DOMAIN_EVENT_RESUMED: return (.running, .resumed)
        case VIR_DOMAIN_EVENT_SHUTDOWN: return nil
        case VIR_DOMAIN_EVENT_CRASHED: return (.crashed, .crashed)
        case VIR_DOMAIN_EVENT_PMSUSPENDED: return (.suspended, .suspended)
        case VIR_DOMAIN_EVENT_STOPPED:
            switch virDomainEventStoppedDetailType(UInt32(detail)) {
            case VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN: return (.shutdown, .shutdown)
            case VIR_DOMAIN_EVENT_STOPPED_CRASHED, VIR_DOMAIN_EVENT_STOPPED_FAILED: return (.crashed, .crashed)
            case VIR_DOMAIN_EVENT_STOPPED_SAVED: return (.suspended, .suspended)
            case VIR_DOMAIN_EVENT_STOPPED_MIGRATED: return nil
            default: return (.shutdown, .stopped)
            }
        default: return nil
        }
    }
}
