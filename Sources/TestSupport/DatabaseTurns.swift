/// Lets so many tests at a time use the database server: each opens several connections, of which a server has few
/// hundred, and Swift Testing begins all tests at once.
actor DatabaseTurns {
    static let shared = DatabaseTurns(24)
    /// A test that has a turn opens further databases within it.
    @TaskLocal static var isHeld = false

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func giveBack() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}

extension TestServices {
    /// Runs `body`, which uses databases, when it is its turn.
    public nonisolated(nonsending) static func inTurn<T>(
        _ body: nonisolated(nonsending) () async throws -> T
    ) async throws -> T {
        if DatabaseTurns.isHeld { return try await body() }
        await DatabaseTurns.shared.take()
        do {
            let result = try await DatabaseTurns.$isHeld.withValue(true) { try await body() }
            await DatabaseTurns.shared.giveBack()
            return result
        } catch {
            await DatabaseTurns.shared.giveBack()
            throw error
        }
    }
}
