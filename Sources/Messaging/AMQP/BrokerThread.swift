import CLinux
import CRabbitMQ
import Glibc

/// Starts a thread of its own for `body`, which decides itself when to end.
func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(ThreadBody(name: name, body: body))
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let status = pthread_create(&thread, &attributes, runThread, box.toOpaque())
    pthread_attr_destroy(&attributes)
    precondition(status == 0, "no thread for \(name): error \(status)")
}

private final class ThreadBody: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let box = Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue()
    crmq_name_thread(box.name)
    box.body()
    return nil
}
