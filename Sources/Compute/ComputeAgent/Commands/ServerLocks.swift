import Core

/// One thing at a time for each server, in the order of asking.
final class ServerLocks: Sendable {
    /// Held servers, with those who wait.
    private let state = Locked<[ServerID: [CheckedContinuation<Void, Never>]]>([:])

    func withLock<T: Sendable>(_ server: ServerID, _ body: () async throws -> T) async rethrows -> T {
        await acquire(server)
        defer { release(server) }
        return try await body()
    }

    private func acquire(_ server: ServerID) async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { held in
                if held[server] == nil {
                    held[server] = []
                    return true
                }
                held[server]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func release(_ server: ServerID) {
        let next = state.withLock { held -> CheckedContinuation<Void, Never>? in
            guard let waiting = held[server], !waiting.isEmpty else {
                held[server] = nil
                return nil
            }
            return held[server]?.removeFirst()
        }
        next?.resume()
    }
}

/// At most so many at a time; others wait in the order of asking.
final class Gate: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Locked<State>

    init(_ count: Int) { state = Locked(State(free: count)) }

    func pass<T: Sendable>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> T
    ) async rethrows -> T {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
        defer {
            let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
                state.free += 1
                return nil
            }
            next?.resume()
        }
        return try await body()
    }
}
