package import AsyncHTTPClient
package import Core
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// A daemon that may remember a request.
package struct DaemonAddress: Sendable {
    package let name: String
    /// `http://127.0.0.1:9611`; nil when it has no admin port.
    package let url: String?
    /// Its stories folder on this machine, read when it does not answer; nil for a daemon elsewhere.
    package let folder: String?

    package init(name: String, url: String?, folder: String?) {
        self.name = name
        self.url = url
        self.folder = folder
    }
}

/// What one daemon remembers.
package struct DaemonMemory: Sendable {
    package let daemon: String
    package let events: [ToldEvent]
    /// It remembers nothing before this.
    package let oldest: String?
    /// Why its files were read instead, or why there is nothing.
    package let problem: String?
}

/// Asks daemons for what they kept about a request or an object.
package struct StorySources: Sendable {
    private let daemons: [DaemonAddress]
    private let http: HTTPClient

    package init(_ daemons: [DaemonAddress], http: HTTPClient) {
        self.daemons = daemons
        self.http = http
    }

    /// All daemons at once, in their order.
    package func about(_ id: String) async -> [DaemonMemory] {
        guard StoryReader.isSearchable(id) else { return [] }
        return await withTaskGroup(of: (Int, DaemonMemory).self) { group in
            for (index, daemon) in daemons.enumerated() {
                group.addTask { (index, await memory(of: daemon, id)) }
            }
            var found: [(Int, DaemonMemory)] = []
            for await one in group { found.append(one) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func memory(of daemon: DaemonAddress, _ id: String) async -> DaemonMemory {
        do {
            guard let url = daemon.url else {
                throw ServiceError(.unavailable, "\(daemon.name) has no admin port")
            }
            let value = try await AdminPort.get("\(url)/stories?id=\(id)", http)
            return DaemonMemory(
                daemon: daemon.name, events: (value["events"]?.array ?? []).compactMap { ToldEvent($0) },
                oldest: value["oldest"]?.string, problem: nil)
        } catch {
            let reason = (error as? ServiceError)?.message ?? "\(daemon.name) does not answer"
            guard let folder = daemon.folder else {
                return DaemonMemory(daemon: daemon.name, events: [], oldest: nil, problem: reason)
            }
            // This is a tool: it may block on its files.
            let lines = StoryReader.lines(folder: folder, daemon: daemon.name, id: id)
            let oldest = StoryReader.oldest(folder: folder, daemon: daemon.name)
            return DaemonMemory(
                daemon: daemon.name, events: lines.compactMap { ToldEvent(line: $0) },
                oldest: oldest?.event.endedAt.iso8601MicroZ, problem: "\(reason): its files were read")
        }
    }
}

/// A daemon's admin port.
package enum AdminPort {
    /// - Throws: `ServiceError(.unavailable)` when nobody answers, or not with JSON.
    package static func get(_ url: String, _ http: HTTPClient) async throws -> JSONValue {
        do {
            let response = try await http.execute(HTTPClientRequest(url: url), timeout: TimeAmount.seconds(3))
            let body = try await response.body.collect(upTo: 64 << 20)
            guard response.status.code == 200 else {
                throw ServiceError(.unavailable, "status \(response.status.code) at \(url)")
            }
            return try JSONValue.parse(Array(body.readableBytesView))
        } catch let error as ServiceError {
            throw error
        } catch {
            throw ServiceError(.unavailable, "no answer at \(url)", cause: error)
        }
    }
}
