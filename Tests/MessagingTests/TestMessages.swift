import Core
import Messaging

/// Each test uses its own instance name, so that one topic serves all.
enum TestTopic: Topic { static let name = "contract" }

struct Twice: RPCCall {
    typealias Destination = TestTopic
    typealias Reply = Int
    static let name = "double"
    static let timeout: Duration = .seconds(60)
    var number: Int
}

struct Store: RPCCast {
    typealias Destination = TestTopic
    static let name = "store"
    var text: String
}

struct Unknown: RPCCast {
    typealias Destination = TestTopic
    static let name = "unknown"
}

/// Fanouts reach every server of a topic, so each test has a topic of its own for them.
enum NewsTopic: Topic { static let name = "contract-news" }

struct News: RPCFanout {
    typealias Destination = NewsTopic
    static let name = "news"
    var text: String
}

/// What handlers saw.
final class Seen: Sendable {
    private let texts = Locked<[String]>([])
    var all: [String] { texts.withLock { $0 } }
    func add(_ text: String) -> Int {
        texts.withLock { texts in
            texts.append(text)
            return texts.count
        }
    }
}

/// Serves until the body ends.
func serving<Result: Sendable>(
    _ servers: RPCServer..., body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        for server in servers {
            group.addTask {
                try await server.run()
                return nil
            }
        }
        group.addTask { try await body() }
        while let result = try await group.next() {
            guard let result else { continue }
            group.cancelAll()
            return result
        }
        throw ServiceError(.internal, "the servers ended first")
    }
}

let someone = RequestContext(requestID: "req-1", userID: UserID("u"), projectID: ProjectID("p"), roles: ["member"])
