import Core
import FoundationEssentials
import HTTPTypes
import WebAPI

/// `/images`: create, list, show, change, delete.
struct ImagesController: Sendable {
    let core: ImageCore
    let catalogue: ImageCatalogue
    let schemas: ImageSchemas
    let imports: LocationImports

    var operations: [Operation] {
        [
            Operation(.post, "/images", success: .created) { try await create($0) },
            Operation(.get, "/images", policy: ImagePolicies.getImages) { try await list($0) },
            Operation(.get, "/images/{image_id}") { try await show($0) },
            Operation(.patch, "/images/{image_id}", contentTypes: ImagePatch.contentTypes) { try await patch($0) },
            Operation(.delete, "/images/{image_id}", success: .noContent) { try await delete($0) },
        ]
    }

    private func create(_ request: APIRequest) async throws -> APIResponse {
        let image = try draft(request.body, request)
        try await catalogue.create(image)
        var headers: HTTPFields = [.location: "\(request.endpoint)/v2/images/\(image.id)"]
        if let name = HTTPField.Name("OpenStack-image-import-methods"), !core.options.importMethods.isEmpty {
            headers[name] = core.options.importMethods.joined(separator: ",")
        }
        if let name = HTTPField.Name("OpenStack-image-store-ids") {
            headers[name] = core.stores.settings.map(\.id).joined(separator: ",")
        }
        return .json(headers: headers) { view(image, request).write(to: &$0) }
    }

    /// The image that a document describes, to be created on the caller's behalf.
    func draft(_ document: JSONValue, _ request: APIRequest) throws -> Image {
        let now = core.clock.now()
        guard document.object != nil else { throw ServiceError(.badRequest, "Body expected in request.") }
        let id = document["id"]?.string?.lowercased() ?? core.ids.uuid()
        var image = Image(id: ImageID(id), owner: request.context.projectID, createdAt: now)
        try ImageDocument(schemas: schemas).fill(&image, from: document)
        if !request.context.hasRole("admin"), image.owner != request.context.projectID {
            throw ServiceError(
                .forbidden, "You are not permitted to create images owned by '\(image.owner?.rawValue ?? "None")'.")
        }
        for name in image.properties.keys.sorted() {
            try core.options.protections.check(.create, name, request.context)
        }
        let target = VisibleImage(image: image, member: nil).target
        try request.authorize(ImagePolicies.addImage, target: target)
        try checkVisibility(request, image, was: nil)
        return image
    }

    private func list(_ request: APIRequest) async throws -> APIResponse {
        let query = try ImageListQuery(request.query, context: request.context, options: core.options)
        var marker: Image?
        if let id = query.marker {
            do {
                marker = try await catalogue.find(id, request.context).image
            } catch let error as ServiceError where error.code == .notFound {
                throw ServiceError(.badRequest, "Marker \(id) could not be found.", cause: error)
            }
        }
        // A filter must not tell what the caller may not read.
        let isHidden = query.filter.properties.keys.contains {
            !core.options.protections.allows(.read, $0, request.context)
        }
        let images =
            query.limit == 0 || isHidden
            ? [] : try await core.images.list(query.filter, after: marker, limit: query.limit)
        let first = request.query.encoded(replacing: [("marker", nil)])
        return .json { json in
            json.object { json in
                json.field("images") { json in
                    json.array(images) { view($1, request).write(to: &$0) }
                }
                json.field("first", first.isEmpty ? "/v2/images" : "/v2/images?\(first)")
                json.field("schema", "/v2/schemas/images")
                if let last = images.last, images.count == query.limit {
                    json.field("next", "/v2/images?\(request.query.encoded(replacing: [("marker", last.id.rawValue)]))")
                }
            }
        }
    }

    private func show(_ request: APIRequest) async throws -> APIResponse {
        let found = try await find(request)
        return .json { view(found.image, request).write(to: &$0) }
    }

    private func patch(_ request: APIRequest) async throws -> APIResponse {
        let type = request.headers[.contentType]?.split(separator: ";").first.map {
            $0.filter { $0 != " " }.lowercased()
        }
        guard let type, ImagePatch.contentTypes.contains(type) else {
            throw ServiceError(
                .unsupportedMediaType,
                "Image PATCH expects Content-Type one of: \(ImagePatch.contentTypes.joined(separator: ", "))")
        }
        let patch = ImagePatch(schemas: schemas, protections: core.options.protections)
        let changes = try patch.parse(request.body, contentType: type)
        let found = try await find(request)
        try request.authorize(ImagePolicies.modifyImage, target: found.target)
        let locations = try await LocationPatch(core: core).prepare(changes, found, request)
        let isAdmin = request.context.hasRole("admin")
        var image = try await catalogue.update(found.image.id) { image in
            let before = image
            try patch.apply(changes, to: &image, locations: locations, isAdmin: isAdmin, request.context)
            try checkVisibility(request, image, was: before)
        } along: { before, image in
            imports.hashing(image, was: before, request.context)
        }
        if locations != nil { imports.wake() }
        for change in changes where change.name == "locations" && change.kind == .remove {
            image = try await LocationPatch(core: core).remove(change, from: image)
        }
        return .json { view(image, request).write(to: &$0) }
    }

    private func delete(_ request: APIRequest) async throws -> APIResponse {
        let found = try await find(request)
        try request.authorize(ImagePolicies.deleteImage, target: found.target)
        try await catalogue.delete(found.image.id)
        return .empty()
    }

    // MARK: Shared

    private func view(_ image: Image, _ request: APIRequest) -> ImageView {
        ImageView(image: core.options.protections.readable(image, request.context), core: core)
    }

    /// The image named in the path, if the caller may see it.
    private func find(_ request: APIRequest) async throws -> VisibleImage {
        let id = try request.parameter("image_id")
        let found = try await catalogue.find(id, request.context)
        try request.authorizeOrHide(
            ImagePolicies.getImage, target: found.target, notFound: ImageCatalogue.notFound(id).message)
        return found
    }

    private func checkVisibility(_ request: APIRequest, _ image: Image, was: Image?) throws {
        guard image.visibility != was?.visibility else { return }
        let target = VisibleImage(image: image, member: nil).target
        switch image.visibility {
        case .public: try request.authorize(ImagePolicies.publicizeImage, target: target)
        case .community: try request.authorize(ImagePolicies.communitizeImage, target: target)
        case .shared, .private: break
        }
    }
}
