import Core
import Logging
import Workflow

extension StorageEnvironment {
    /// Tells the user of a resource why it is in `error`. To be repeated at will: a saga has one message.
    func tell(
        _ action: UserMessage.Action, _ detail: UserMessage.Detail, _ resource: UserMessage.Resource, _ id: String,
        _ run: SagaRun
    ) async throws {
        logger.warning(
            "a request failed",
            metadata: [
                "resource": "\(resource.rawValue)", "id": "\(id)", "action": "\(action.text)",
                "reason": "\(run.failure?.message ?? "")",
            ])
        try await messages.add(
            MessageStore.New(resource: resource, resourceID: id, action: action, detail: detail), id: ids.id(),
            saga: run.id, request: run.context.requestID, now: clock.now())
    }
}
