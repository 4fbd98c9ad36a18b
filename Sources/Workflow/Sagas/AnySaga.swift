import Core
import FoundationEssentials

/// A saga with its state's type hidden: steps work on the stored bytes.
struct AnySaga<Environment: Sendable>: Sendable {
    typealias Work = @Sendable (_ state: String, Environment, SagaRun) async -> StepResult

    struct Step: Sendable {
        let name: String
        let wait: Duration?
        let run: Work
        let finish: Work?
        let undo: Work?
    }

    let name: String
    let version: Int
    let steps: [Step]

    init<S: Saga<Environment>>(_: S.Type) {
        name = S.name
        version = S.version
        steps = S.steps.map { step in
            Step(
                name: step.name, wait: step.wait, run: Self.erase(step.run), finish: step.finish.map(Self.erase),
                undo: step.undo.map(Self.erase))
        }
    }

    private static func erase<State: Codable & Sendable>(_ work: @escaping SagaStep<State, Environment>.Work) -> Work {
        { stored, environment, run in
            do {
                var state = try decodeState(State.self, stored)
                do {
                    try await work(&state, environment, run)
                    return StepResult(state: try encodeState(state), error: nil)
                } catch {
                    // What the step had already written into its state is kept: its undo needs it.
                    return StepResult(state: try encodeState(state), error: error)
                }
            } catch {
                return StepResult(state: stored, error: error)
            }
        }
    }
}

struct StepResult: Sendable {
    let state: String
    let error: (any Error)?
}

func encodeState(_ state: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(state), as: UTF8.self)
}

func decodeState<State: Decodable>(_: State.Type, _ stored: String) throws -> State {
    do {
        return try JSONDecoder().decode(State.self, from: Data(stored.utf8))
    } catch {
        throw ServiceError(
            .internal, "An unexpected error occurred.", detail: "stored \(State.self) cannot be read", cause: error)
    }
}
