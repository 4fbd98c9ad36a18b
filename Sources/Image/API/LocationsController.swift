import Core
import FoundationEssentials
import HTTPTypes
import WebAPI

/// `/images/{id}/locations` and `/stores/{store}/{image}`: where an image's data is.
struct LocationsController: Sendable {
    let core: ImageCore
    let catalogue: ImageCatalogue
    let imports: LocationImports

    var operations: [Operation] {
        [
            Operation(.post, "/images/{image_id}/locations", success: .accepted) { try await add($0) },
            Operation(.get, "/images/{image_id}/locations") { try await list($0) },
            Operation(.delete, "/stores/{store_id}/{image_id}", success: .noContent) { try await deleteFromStore($0) },
        ]
    }

    private func add(_ request: APIRequest) async throws -> APIResponse {
        if let failure = Self.schema.firstMessage(request.body) {
            throw ServiceError(.badRequest, "Provided object does not match schema 'location': \(failure)")
        }
        guard let url = request.body["url"]?.string else { throw ServiceError(.badRequest, "A url is needed.") }
        let found = try await catalogue.find(try request.parameter("image_id"), request.context)
        guard found.image.status == .queued else {
            throw ServiceError(
                .conflict, "It's not allowed to add locations if image status is \(found.image.status.rawValue).")
        }
        try request.authorize(ImagePolicies.addLocation, target: found.target)
        guard core.stores.web != nil, url.hasPrefix("http") else {
            throw ServiceError(.forbidden, "http store must be enabled to use location API by normal user.")
        }
        let hash = try Self.hash(request.body["validation_data"])
        guard core.web.isAcceptable(url) else {
            throw ServiceError(.badRequest, "URI for add location does not pass filtering: \(url)")
        }
        try await imports.accept(url, hash: hash, body: request.body, for: found.image, request.context)
        return .empty()
    }

    private static func hash(_ data: JSONValue?) throws -> (algorithm: String, digest: String)? {
        guard let data = data?.object, !data.isEmpty else { return nil }
        guard let digest = data["os_hash_value"]?.string, let algorithm = data["os_hash_algo"]?.string else {
            throw ServiceError(.badRequest, "os_hash_value and os_hash_algo need each other.")
        }
        guard digest.allSatisfy(\.isHexDigit), digest.utf8.count.isMultiple(of: 2) else {
            throw ServiceError(.badRequest, "os_hash_value (\(digest)) is not a valid hexadecimal value")
        }
        guard let length = DataHasher.length(of: algorithm), digest.utf8.count == length else {
            throw ServiceError(
                .badRequest,
                "os_hash_value: (\(digest)) is not the correct size for (\(algorithm)) "
                    + "(should be (\((DataHasher.length(of: algorithm) ?? 0) / 2)) bytes)")
        }
        return (algorithm, digest)
    }

    private static let schema: JSONSchema = [
        "type": "object", "required": ["url"],
        "properties": [
            "url": ["type": "string", "maxLength": 2048],
            "validation_data": [
                "type": "object", "additionalProperties": false,
                "properties": [
                    "os_hash_algo": ["type": "string", "maxLength": 64, "enum": ["sha1", "sha256", "sha512", "md5"]],
                    "os_hash_value": ["type": "string", "maxLength": 128],
                ],
            ],
        ],
    ]

    private func list(_ request: APIRequest) async throws -> APIResponse {
        let found = try await catalogue.find(try request.parameter("image_id"), request.context)
        try request.authorize(ImagePolicies.fetchLocation, target: found.target)
        let locations = core.stores.sorted(found.image.locations)
        return .json { json in
            json.array(locations) { json, location in
                json.object {
                    $0.field("url", location.url)
                    $0.field("metadata", .object(location.shownMetadata))
                }
            }
        }
    }

    private func deleteFromStore(_ request: APIRequest) async throws -> APIResponse {
        let store = try request.parameter("store_id")
        guard core.stores.settings.contains(where: { $0.id == store }) else {
            throw ServiceError(.conflict, "The selected store \(store) is not available on this node.")
        }
        let found = try await catalogue.find(try request.parameter("image_id"), request.context)
        try request.authorize(ImagePolicies.getLocation, target: found.target)
        try request.authorize(ImagePolicies.deleteLocation, target: found.target)
        let image = found.image
        guard image.status == .active else {
            throw ServiceError(
                .conflict, "It's not allowed to remove image data from store if image status is not 'active'")
        }
        _ = try await ImageLocations(core: core).remove(
            from: image,
            last: "Cannot delete image data from the only store containing it. Consider deleting the image instead."
        ) { locations in
            guard let index = locations.firstIndex(where: { $0.store == store }) else {
                throw ServiceError(.notFound, "Image \(image.id) is not stored in store \(store).")
            }
            return index
        }
        return .empty()
    }
}
