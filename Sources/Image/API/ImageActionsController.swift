import Core
import HTTPTypes
import WebAPI

/// `/images/{id}/actions/…` and `/images/{id}/tags/{tag}`.
struct ImageActionsController: Sendable {
    let core: ImageCore
    let catalogue: ImageCatalogue

    var operations: [Operation] {
        [
            Operation(.post, "/images/{image_id}/actions/deactivate", success: .noContent) { request in
                let found = try await find(request, ImagePolicies.deactivate)
                try await catalogue.move(found.image.id, from: [.active], to: .deactivated, doing: "deactivate")
                return .empty()
            },
            Operation(.post, "/images/{image_id}/actions/reactivate", success: .noContent) { request in
                let found = try await find(request, ImagePolicies.reactivate)
                try await catalogue.move(found.image.id, from: [.deactivated], to: .active, doing: "reactivate")
                return .empty()
            },
            Operation(.put, "/images/{image_id}/tags/{tag}", success: .noContent) { request in
                let tag = try request.parameter("tag")
                guard tag.unicodeScalars.count <= 255 else {
                    throw ServiceError(.badRequest, "Tags may have at most 255 characters.")
                }
                let found = try await find(request, ImagePolicies.modifyImage)
                _ = try await catalogue.update(found.image.id) { image in
                    if !image.tags.contains(tag) { image.tags.append(tag) }
                }
                return .empty()
            },
            Operation(.delete, "/images/{image_id}/tags/{tag}", success: .noContent) { request in
                let tag = try request.parameter("tag")
                let found = try await find(request, ImagePolicies.modifyImage)
                _ = try await catalogue.update(found.image.id) { image in
                    guard let index = image.tags.firstIndex(of: tag) else {
                        throw ServiceError(.notFound, "Failed to find tag \(tag) of image \(image.id).")
                    }
                    image.tags.remove(at: index)
                }
                return .empty()
            },
        ]
    }

    private func find(_ request: APIRequest, _ rule: PolicyRule) async throws -> VisibleImage {
        let found = try await catalogue.find(try request.parameter("image_id"), request.context)
        try request.authorize(rule, target: found.target)
        return found
    }
}
