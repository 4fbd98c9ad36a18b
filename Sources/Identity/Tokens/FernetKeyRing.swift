package import Core
import FoundationEssentials
package import Logging

/// The keys in use, read again when the folder changes (rotation is done by another process).
package final class FernetKeyRing: Sendable {
    private struct Loaded {
        var fernet: Fernet
        var fingerprint: String
        var checkedAt: Date
    }

    private let folder: FernetKeyFolder
    private let clock: WallClock
    private let logger: Logger
    private let loaded: Locked<Loaded>
    /// How long a rotated key may go unnoticed. Keys are staged one rotation ahead, so that this may lag.
    private let interval = 2.0

    /// - Throws: when the folder holds no usable key.
    package init(folder: FernetKeyFolder, clock: WallClock, logger: Logger) throws {
        self.folder = folder
        self.clock = clock
        self.logger = logger
        loaded = Locked(
            Loaded(
                fernet: try folder.load(), fingerprint: try folder.fingerprint(), checkedAt: clock.now()))
    }

    /// The current keys. A folder that has become unreadable keeps the last good ones in use.
    package func current() -> Fernet {
        let now = clock.now()
        return loaded.withLock { state in
            guard abs(now.timeIntervalSince(state.checkedAt)) >= interval else { return state.fernet }
            state.checkedAt = now
            do {
                let fingerprint = try folder.fingerprint()
                if fingerprint != state.fingerprint {
                    state.fernet = try folder.load()
                    state.fingerprint = fingerprint
                    logger.info("Fernet keys read again", metadata: ["folder": "\(folder.path)"])
                }
            } catch {
                logger.error(
                    "Fernet keys cannot be read again; the last good ones stay in use",
                    metadata: ["folder": "\(folder.path)", "error": "\(error)"])
            }
            return state.fernet
        }
    }
}
