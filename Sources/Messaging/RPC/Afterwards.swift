import CTasks

/// Does what nobody waits for, such as counting: on a thread with a broker's connection when this round's messages are
/// written, elsewhere at once.
func afterwards(_ work: @escaping @Sendable () -> Void) {
    let kept = Unmanaged.passRetained(KeptWork(work))
    if ctasks_later({ context in KeptWork.run(context) }, kept.toOpaque()) == 0 { KeptWork.run(kept.toOpaque()) }
}

private final class KeptWork: Sendable {
    private let work: @Sendable () -> Void

    init(_ work: @escaping @Sendable () -> Void) { self.work = work }

    static func run(_ context: UnsafeMutableRawPointer?) {
        guard let context else { return }
        Unmanaged<KeptWork>.fromOpaque(context).takeRetainedValue().work()
    }
}
