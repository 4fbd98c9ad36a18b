import Core
import HTTPTypes
import WebAPI

/// Names of traits and resource classes.
struct NamesController: Sendable {
    let store: NameStore

    var operations: [WebAPI.Operation] {
        [
            Operation(.get, "/traits", .since("1.6"), policy: PlacementPolicies.listTraits, handler: traits),
            Operation(.get, "/traits/{name}", .since("1.6"), policy: PlacementPolicies.listTraits, success: .noContent)
            {
                let name = try $0.parameter("name")
                guard try await store.traits().contains(name) else {
                    throw ServiceError(.notFound, "No such trait(s): \(name).")
                }
                return .empty()
            },
            Operation(.put, "/traits/{name}", .since("1.6"), policy: PlacementPolicies.updateTraits) {
                let name = try custom($0.parameter("name"))
                return .empty(try await store.addTrait(name) ? .created : .noContent)
            },
            Operation(
                .delete, "/traits/{name}", .since("1.6"), policy: PlacementPolicies.deleteTraits, success: .noContent
            ) {
                let name = try custom($0.parameter("name"))
                guard try await store.deleteTrait(name) else {
                    throw ServiceError(.notFound, "No such trait(s): \(name).")
                }
                return .empty()
            },
            Operation(
                .get, "/resource_classes", .since("1.2"), policy: PlacementPolicies.listClasses, handler: classes),
            Operation(.post, "/resource_classes", .since("1.2"), policy: PlacementPolicies.updateClasses) {
                let name = try custom($0.body["name"]?.string ?? "")
                guard try await store.addClass(name) else {
                    throw ServiceError(.conflict, "Conflicting resource class already exists: \(name)")
                }
                return .empty(.created)
            },
            Operation(.get, "/resource_classes/{name}", .since("1.2"), policy: PlacementPolicies.listClasses) {
                let name = try $0.parameter("name")
                guard try await store.classes().contains(name) else { throw Self.noClass(name) }
                return .json { write(name, &$0) }
            },
            Operation(.put, "/resource_classes/{name}", .since("1.7"), policy: PlacementPolicies.updateClasses) {
                let name = try custom($0.parameter("name"))
                return .empty(try await store.addClass(name) ? .created : .noContent)
            },
            Operation(
                .delete, "/resource_classes/{name}", .since("1.2"), policy: PlacementPolicies.deleteClasses,
                success: .noContent
            ) {
                let name = try custom($0.parameter("name"))
                guard try await store.deleteClass(name) else { throw Self.noClass(name) }
                return .empty()
            },
        ]
    }

    private func traits(_ request: APIRequest) async throws -> APIResponse {
        var names = try await store.traits()
        if let filter = request.query.first("name") {
            if filter.hasPrefix("startswith:") {
                names.removeAll { !$0.hasPrefix(filter.dropFirst(11)) }
            } else if filter.hasPrefix("in:") {
                let wanted = Set(filter.dropFirst(3).split(separator: ",").map(String.init))
                names.removeAll { !wanted.contains($0) }
            }
        }
        return .json { json in json.object { $0.field("traits", names) } }
    }

    private func classes(_ request: APIRequest) async throws -> APIResponse {
        let names = try await store.classes()
        return .json { json in
            json.object { $0.field("resource_classes") { $0.array(names) { write($1, &$0) } } }
        }
    }

    private func write(_ name: String, _ json: inout JSONWriter) {
        json.object {
            $0.field("name", name)
            $0.field("links") {
                $0.array([name]) { json, name in
                    json.object {
                        $0.field("rel", "self")
                        $0.field("href", "/placement/resource_classes/\(name)")
                    }
                }
            }
        }
    }

    private static func noClass(_ name: String) -> ServiceError {
        ServiceError(.notFound, "No such resource class \(name).")
    }

    /// Only names that begin with `CUSTOM_` are clients' to make.
    private func custom(_ name: String) throws -> String {
        let allowed = name.utf8.allSatisfy {
            (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
        }
        guard name.hasPrefix("CUSTOM_"), name.utf8.count > 7, name.utf8.count <= 255, allowed else {
            throw ServiceError(
                .badRequest, "The name must begin with CUSTOM_ and have only upper-case letters, digits and _.")
        }
        return name
    }
}
