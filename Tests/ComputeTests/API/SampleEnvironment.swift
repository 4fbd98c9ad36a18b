import AsyncHTTPClient
import ComputeStore
import Core
import Database
import FoundationEssentials
import IdentityClient
import Logging
import Messaging

@testable import ComputeAPI

/// What compute-api's operations need, over a database and a broker in memory. Its clients of other services
/// lead nowhere.
func sampleEnvironment(_ database: Database, quota: [String: Int] = [:]) throws -> ComputeEnvironment {
    let text = "[quota]\n" + quota.map { "\($0.key) = \($0.value)\n" }.joined()
    let configuration = try Configuration(text: text)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let identity = try IdentityClient(
        IdentityOptions(authURL: "http://127.0.0.1:1/v3", username: "nova", password: Secret("x")),
        http: .shared, logger: logger)
    return ComputeEnvironment(
        database: database, rpc: RPCClient(InMemoryBroker()),
        images: ImageClient(ServiceSession(identity: identity, service: "image")),
        networks: NetworkClient(ServiceSession(identity: identity, service: "network")),
        volumes: VolumeClient(ServiceSession(identity: identity, service: "block-storage")),
        options: try configuration.read(), quotas: try configuration.read(), ids: .random, clock: .system,
        logger: logger)
}
