import Glibc
import Synchronization

/// Keeps what this process does for requests: a bounded buffer in memory, written to bounded files by a
/// thread of its own a tenth of a second later.
///
/// Recording appends to an array under a lock and never waits: when the writer is behind, events are dropped
/// and counted. A process that is killed loses its last tenth of a second.
public final class StoryRecorder: Sendable {
    /// The daemon's own, closed until `Daemon` opens it.
    public static let shared = StoryRecorder()

    /// Events that wait to be written, at most.
    static let bufferLimit = 4096
    private static let pause: useconds_t = 100_000

    private struct Buffer {
        var events: [StoryEvent] = []
        var dropped = 0
    }

    private struct Place {
        let source: StorySource
        let folder: String
        let wakeUp: ThreadSemaphore
    }

    private let isOpen = Atomic<Bool>(false)
    private let buffer = Locked(Buffer())
    private let place = Locked<Place?>(nil)
    private let store = Locked<StoryStore?>(nil)
    private let dropped = Metrics.shared.counter(
        "apus_story_events_dropped_total", help: "Events that were not kept: too many at once, or no space.")

    public init() {}

    /// Begins to keep events in `folder`, which is made if it is missing.
    /// - Parameter limit: bytes for all files together.
    /// - Throws: `.unavailable` when the folder cannot be made, or no thread be had.
    public func open(folder: String, limit: Int, source: StorySource) throws {
        for path in Self.parents(of: folder) where mkdir(path, 0o750) != 0 && errno != EEXIST {
            throw ServiceError(
                .unavailable, "The folder \(folder) cannot be made.", detail: "mkdir \(path): errno \(errno)")
        }
        guard access(folder, W_OK) == 0 else {
            throw ServiceError(.unavailable, "The folder \(folder) cannot be written.", detail: "errno \(errno)")
        }
        let semaphore = try ThreadSemaphore()
        store.withLock { $0 = StoryStore(folder: folder, limit: limit, source: source) }
        place.withLock { $0 = Place(source: source, folder: folder, wakeUp: semaphore) }
        isOpen.store(true, ordering: .releasing)
        try startThread("stories") { [self] in
            while isOpen.load(ordering: .acquiring) {
                semaphore.wait()
                usleep(Self.pause)
                flush()
            }
        }
    }

    /// Adds an event; costs nothing when nothing is kept.
    public func record(_ event: @autoclosure () -> StoryEvent) {
        guard isOpen.load(ordering: .relaxed) else { return }
        let event = event()
        let isFirst = buffer.withLock { buffer in
            guard buffer.events.count < Self.bufferLimit else {
                buffer.dropped += 1
                return false
            }
            buffer.events.append(event)
            return buffer.events.count == 1
        }
        if isFirst { place.withLock { $0?.wakeUp }?.signal() }
    }

    /// Writes what waits. Blocks on the disk: never called from a task.
    public func flush() {
        store.withLock { store in
            let (events, lost) = buffer.withLock { buffer in
                defer { buffer = Buffer() }
                return (buffer.events, buffer.dropped)
            }
            let unwritten = store?.write(events) ?? 0
            if lost + unwritten > 0 { dropped.add(lost + unwritten) }
        }
    }

    /// Writes what waits and ends the thread.
    public func close() {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        place.withLock { $0?.wakeUp }?.signal()
        flush()
    }

    /// What this process has kept about an id, as JSON: `{"daemon", "host", "oldest", "events": […]}`.
    /// Blocks; nil while nothing is kept.
    public func answer(id: String) -> [UInt8]? {
        flush()
        guard let place = place.withLock({ $0 }) else { return nil }
        var json = JSONWriter()
        json.object { json in
            json.field("daemon", place.source.daemon)
            json.field("host", place.source.host)
            json.field(
                "oldest",
                StoryReader.oldest(folder: place.folder, daemon: place.source.daemon).map {
                    $0.event.endedAt.iso8601MicroZ
                })
            json.field("events") { json in
                json.array(StoryReader.lines(folder: place.folder, daemon: place.source.daemon, id: id)) { json, line in
                    if let value = try? JSONValue.parse(line) { json.write(value) }
                }
            }
        }
        return json.bytes
    }

    private static func parents(of folder: String) -> [String] {
        let parts = folder.split(separator: "/")
        return parts.indices.map { "/" + parts[...$0].joined(separator: "/") }
    }
}
