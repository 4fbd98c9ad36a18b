/// Says which workflow step a command to an agent belongs to, and how it is ordered among all
/// commands for the same server.
///
/// An agent remembers the newest ticket it acted upon, for each server as a whole and for each of its volumes and
/// ports, and refuses older ones, so that a redelivered command cannot undo what a later one did. The report that answers a command carries
/// the same ticket.
package struct StepTicket: Codable, Sendable, Hashable {
    /// The saga's id.
    package var saga: String
    /// The saga's step that waits for the report.
    package var step: String
    /// The order of this saga among the server's sagas: the server row's `version` in the transaction
    /// that created the saga. It only ever grows.
    package var order: Int64
    /// The saga's own generation: it grows when another conductor takes the saga over.
    package var generation: Int64

    package init(saga: String, step: String, order: Int64, generation: Int64) {
        self.saga = saga
        self.step = step
        self.order = order
        self.generation = generation
    }

    package var fence: CommandFence { CommandFence(order: order, generation: generation) }
}

/// The part of a ticket that orders commands for one server.
package struct CommandFence: Codable, Sendable, Hashable, Comparable {
    package var order: Int64
    package var generation: Int64

    package init(order: Int64, generation: Int64) {
        self.order = order
        self.generation = generation
    }

    /// Older than every command.
    package static let none = CommandFence(order: -1, generation: -1)

    package static func < (left: Self, right: Self) -> Bool {
        (left.order, left.generation) < (right.order, right.generation)
    }
}
