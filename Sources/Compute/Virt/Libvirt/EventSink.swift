import CLibvirt

/// What libvirt tells on its own, copied out of its callbacks.
package enum LibvirtEvent: Sendable, Hashable {
    /// `event` and `detail` are `virDomainEventType` and its detail.
    case lifecycle(uuid: String, event: Int, detail: Int)
    case deviceRemoved(uuid: String, alias: String)
    case deviceRemovalFailed(uuid: String, alias: String)
    case connected
    case closed
}

/// Where libvirt's callbacks put events. They copy and yield, nothing else.
final class EventSink: Sendable {
    private let yield: @Sendable (LibvirtEvent) -> Void

    init(_ yield: @escaping @Sendable (LibvirtEvent) -> Void) { self.yield = yield }

    func put(_ event: LibvirtEvent) { yield(event) }

    /// The callbacks with a retained reference to this sink, which libvirt gives back through `release`.
    func callbacks() -> apus_virt_callbacks {
        apus_virt_callbacks(
            context: Unmanaged.passRetained(self).toOpaque(), lifecycle: lifecycleCallback, device: deviceCallback,
            closed: closedCallback, release: releaseCallback)
    }

    fileprivate static func at(_ context: UnsafeMutableRawPointer?) -> EventSink? {
        context.map { Unmanaged<EventSink>.fromOpaque($0).takeUnretainedValue() }
    }
}

// Top-level functions: a closure in an isolated context would be checked for its actor on libvirt's thread.

private func lifecycleCallback(
    _ context: UnsafeMutableRawPointer?, _ uuid: UnsafePointer<CChar>?, _ event: Int32, _ detail: Int32
) {
    guard let uuid else { return }
    EventSink.at(context)?.put(.lifecycle(uuid: String(cString: uuid), event: Int(event), detail: Int(detail)))
}

private func deviceCallback(
    _ context: UnsafeMutableRawPointer?, _ uuid: UnsafePointer<CChar>?, _ alias: UnsafePointer<CChar>?,
    _ removed: Int32
) {
    guard let uuid, let alias else { return }
    let (domain, device) = (String(cString: uuid), String(cString: alias))
    EventSink.at(context)?.put(
        removed != 0 ? .deviceRemoved(uuid: domain, alias: device) : .deviceRemovalFailed(uuid: domain, alias: device))
}

private func closedCallback(_ context: UnsafeMutableRawPointer?, _ reason: Int32) {
    EventSink.at(context)?.put(.closed)
}

private func releaseCallback(_ context: UnsafeMutableRawPointer?) {
    if let context { Unmanaged<EventSink>.fromOpaque(context).release() }
}
