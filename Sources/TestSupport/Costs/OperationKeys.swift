import HTTPTypes
package import WebAPI

extension APIDescription {
    /// An operation and where it is mounted.
    package struct Entry: Sendable {
        /// Unique in the API: `GET /v2.1/servers/{id}`, `POST /v2.1/servers/{id}/action reboot`, and the versions
        /// where several operations share the rest.
        package let key: String
        package let operation: WebAPI.Operation
        package let mount: Mount
    }

    /// All operations by unique, lasting names: what tests that must name every route go through.
    package var entries: [Entry] {
        let all = mounts.flatMap { mount in mount.operations.map { (mount, $0) } }
        let names = all.map { mount, operation in
            "\(operation.method.rawValue) \(mount.prefix)\(operation.path)" + (operation.action.map { " \($0)" } ?? "")
        }
        let counts = names.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        return zip(names, all).map { name, place in
            let (mount, operation) = place
            let versions = operation.versions
            let isShared = counts[name, default: 0] > 1
            let suffix = " (\(versions.min.map { "\($0)" } ?? "")...\(versions.max.map { "\($0)" } ?? ""))"
            return Entry(key: isShared ? name + suffix : name, operation: operation, mount: mount)
        }
    }
}
