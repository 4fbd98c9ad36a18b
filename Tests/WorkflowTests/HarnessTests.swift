import Core
import TestSupport
import Testing
import Workflow

/// A set of things that exist: creating and removing are idempotent by name.
final class Shelf: Sendable {
    let things = Locked<Set<String>>([])
    func put(_ name: String) { things.withLock { _ = $0.insert(name) } }
    func take(_ name: String) { things.withLock { _ = $0.remove(name) } }
    var names: Set<String> { things.withLock { $0 } }
}

enum Good: Saga {
    struct State: Codable, Sendable { var name = "" }
    static let name = "good"
    static let version = 1
    static let steps: [SagaStep<State, Shelf>] = [
        SagaStep("name") { state, _, _ in state.name = "book" },
        SagaStep("put", wait: .seconds(1)) { state, shelf, _ in
            shelf.put(state.name)
        } finish: { state, shelf, run in
            shelf.put("label \(run.report?.string ?? "")")
        } undo: { state, shelf, _ in
            shelf.take(state.name)
            shelf.take("label red")
        },
    ]
}

/// Forgets its effect when a step fails halfway.
enum Careless: Saga {
    struct State: Codable, Sendable { var done = false }
    static let name = "careless"
    static let version = 1
    static let steps: [SagaStep<State, Shelf>] = [
        SagaStep("put") { state, shelf, _ in
            shelf.put("book")
            state.done = true
        } undo: { state, shelf, _ in
            if state.done { shelf.take("book") }
        }
    ]
}

struct HarnessTests {
    @Test func aGoodSagaPasses() async throws {
        try await SagaHarness(
            Good.self, prepare: { .init(environment: Shelf(), state: .init()) }, report: { _, _ in "red" },
            done: { #expect($0.names == ["book", "label red"]) }, nothingLeft: { #expect($0.names.isEmpty) }
        ).runAll()
    }

    @Test func anUndoThatTrustsALostStateIsFound() async throws {
        let left = Locked(false)
        try await SagaHarness(
            Careless.self, prepare: { .init(environment: Shelf(), state: .init()) }, done: { _ in },
            nothingLeft: { shelf in if !shelf.names.isEmpty { left.withLock { $0 = true } } }
        ).runAll()
        #expect(left.withLock { $0 })
    }
}
