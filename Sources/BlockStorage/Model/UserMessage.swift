package import Core
package import Database
package import FoundationEssentials

package enum UserMessageKind {}
package typealias UserMessageID = ID<UserMessageKind>

/// What went wrong with something that had been accepted, in words for its user. Cinder's codes and texts
/// (`cinder/message/message_field.py`): clients know them.
package struct UserMessage: Sendable {
    package enum Resource: String, Sendable {
        case volume = "VOLUME"
        case snapshot = "VOLUME_SNAPSHOT"
    }

    package enum Action: String, Sendable {
        case allocateVolume = "001"
        case copyVolumeToImage = "003"
        case copyImageToVolume = "005"
        case extendVolume = "007"
        case createVolume = "008"
        case createSnapshot = "009"
        case deleteSnapshot = "010"

        var text: String {
            switch self {
            case .allocateVolume: "schedule allocate volume"
            case .copyVolumeToImage: "copy volume to image"
            case .copyImageToVolume: "copy image to volume"
            case .extendVolume: "extend volume"
            case .createVolume: "create volume from backend storage"
            case .createSnapshot: "create snapshot"
            case .deleteSnapshot: "delete snapshot"
            }
        }
    }

    package enum Detail: String, Sendable {
        case unknown = "001"
        case noBackend = "003"
        case uploadFailed = "004"
        case imageTooBig = "007"
        case extendFailed = "010"
        case createFailed = "012"
        case snapshotFailed = "013"
        case snapshotDeleteFailed = "016"
        case imageFormat = "029"

        var text: String {
            switch self {
            case .unknown: "An unknown error occurred."
            case .noBackend: "Could not find any available weighted backend."
            case .uploadFailed: "Failed to upload volume to image at backend."
            case .imageTooBig: "Image used for creating volume exceeds available space."
            case .extendFailed: "Volume Driver failed to extend volume."
            case .createFailed: "Driver failed to create the volume."
            case .snapshotFailed: "Snapshot failed to create."
            case .snapshotDeleteFailed: "Snapshot failed to delete."
            case .imageFormat:
                "The image disk format must be the same as the volume format for the volume type you are requesting."
            }
        }
    }

    package var id: UserMessageID
    package var projectID: ProjectID
    package var requestID: String
    package var resource: Resource
    package var resourceID: String
    package var action: Action
    package var detail: Detail
    package var createdAt: Date
    package var expiresAt: Date

    package var eventID: String { "VOLUME_\(resource.rawValue)_\(action.rawValue)_\(detail.rawValue)" }
    package var text: String { "\(action.text):\(detail.text)" }

    package init(_ row: Row) throws {
        id = try row.get("id")
        projectID = try row.get("project_id")
        requestID = try row.get("request_id")
        resource = try row.get("resource_type")
        resourceID = try row.get("resource_id")
        action = try row.get("action")
        detail = try row.get("detail")
        createdAt = try row.get("created_at")
        expiresAt = try row.get("expires_at")
    }
}

extension UserMessage.Resource: SQLValue {}
extension UserMessage.Action: SQLValue {}
extension UserMessage.Detail: SQLValue {}
