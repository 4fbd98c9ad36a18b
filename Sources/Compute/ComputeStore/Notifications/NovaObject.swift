import Core
import FoundationEssentials

/// Nova's form of an object in a notification: name, namespace, version and data.
///
/// Names, versions and keys are those of Nova's `doc/notification_samples`.
enum NovaObject {
    static func make(_ name: String, _ version: String, _ data: [String: JSONValue]) -> JSONValue {
        [
            "nova_object.name": .string(name), "nova_object.namespace": "nova",
            "nova_object.version": .string(version), "nova_object.data": .object(data),
        ]
    }
}

extension JSONValue {
    static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    static func time(_ value: Date?) -> JSONValue { .text(value?.iso8601) }
}
