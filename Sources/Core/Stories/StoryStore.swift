/// A process's two rings of events: what changed something, and routine.
struct StoryStore: ~Copyable {
    private static let pieceSize = 64 << 10

    private let source: StorySource
    private var changes: StoryFile
    private var routine: StoryFile

    /// - Parameter limit: bytes for all segments of both.
    init(folder: String, limit: Int, source: StorySource) {
        self.source = source
        changes = StoryFile(path: "\(folder)/\(source.daemon).changes", limit: limit / 4 * 3)
        routine = StoryFile(path: "\(folder)/\(source.daemon).routine", limit: limit / 4)
    }

    /// - Returns: how many events could not be written.
    mutating func write(_ events: [StoryEvent]) -> Int {
        Self.write(events.lazy.filter { !$0.isRoutine }, to: &changes, source)
            + Self.write(events.lazy.filter(\.isRoutine), to: &routine, source)
    }

    private static func write(
        _ events: some Sequence<StoryEvent>, to file: inout StoryFile, _ source: StorySource
    ) -> Int {
        var unwritten = 0
        var count = 0
        var lines: [UInt8] = []
        func store(_ file: inout StoryFile) {
            if count > 0, !file.append(lines) { unwritten += count }
            count = 0
            lines.removeAll(keepingCapacity: true)
        }
        for event in events {
            var json = JSONWriter(capacity: 384)
            event.write(to: &json, from: source)
            lines += json.bytes
            lines.append(UInt8(ascii: "\n"))
            count += 1
            if lines.count >= pieceSize { store(&file) }
        }
        store(&file)
        return unwritten
    }
}
