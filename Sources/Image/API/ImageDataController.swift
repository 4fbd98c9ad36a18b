import Core
import HTTPTypes
import NIOCore
import WebAPI

/// `/images/{id}/file` and `/stage`: the bytes.
struct ImageDataController: Sendable {
    let core: ImageCore
    let catalogue: ImageCatalogue
    let data: ImageDataService

    var operations: [Operation] {
        [
            Operation(.put, "/images/{image_id}/file", success: .noContent, rawBody: true) { try await upload($0) },
            Operation(.get, "/images/{image_id}/file") { try await download($0) },
            Operation(.put, "/images/{image_id}/stage", success: .noContent, rawBody: true) { try await stage($0) },
        ]
    }

    private func upload(_ request: APIRequest) async throws -> APIResponse {
        try checkType(request)
        let found = try await find(request, ImagePolicies.uploadImage)
        let store = try request.storeHeader.map { try core.stores.writable($0, else: .badRequest) }
        try await data.upload(found.image, request.bodyStream, announced: announced(request), to: store)
        return .empty()
    }

    private func stage(_ request: APIRequest) async throws -> APIResponse {
        guard core.options.importMethods.contains("glance-direct") else {
            throw ServiceError(.notFound, "'glance-direct' method is not available at this site.")
        }
        try checkType(request)
        let found = try await find(request, ImagePolicies.modifyImage)
        try await data.stage(found.image, request.bodyStream, announced: announced(request))
        return .empty()
    }

    private func download(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("image_id")
        let found = try await catalogue.find(id, request.context)
        let image = found.image
        if image.status == .deactivated, !request.context.hasRole("admin") {
            throw ServiceError(
                .forbidden, "The requested image has been deactivated. Image data download is forbidden.")
        }
        try request.authorize(ImagePolicies.downloadImage, target: found.target)
        guard image.status == .active || image.status == .deactivated, let content = try await data.download(image)
        else {
            return .empty(.noContent)
        }
        var headers: HTTPFields = [:]
        if let checksum = image.checksum, let name = HTTPField.Name("Content-MD5") { headers[name] = checksum }
        var part = 0..<content.size
        var status: HTTPResponse.Status = .ok
        if let text = request.headers[.range] {
            part = try ByteRange.parse(text, size: content.size)
            status = .partialContent
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(content.size)"
        }
        let range = part
        return .stream(
            contentType: "application/octet-stream", length: Int(part.upperBound - part.lowerBound), status: status,
            headers: headers
        ) { sink in
            try await data.send(content, of: image, range, to: sink)
        }
    }

    private func find(_ request: APIRequest, _ rule: PolicyRule) async throws -> VisibleImage {
        let found = try await catalogue.find(try request.parameter("image_id"), request.context)
        try request.authorize(rule, target: found.target)
        return found
    }

    private func checkType(_ request: APIRequest) throws {
        let type = request.headers[.contentType]?.split(separator: ";").first.map {
            $0.filter { $0 != " " }.lowercased()
        }
        guard type == "application/octet-stream" else {
            throw ServiceError(.unsupportedMediaType, "Invalid content type \(type ?? "None")")
        }
    }

    private func announced(_ request: APIRequest) throws -> Int? {
        if let name = HTTPField.Name("X-OpenStack-Image-Size"), let text = request.headers[name] {
            guard let size = Int(text), size >= 0 else {
                throw ServiceError(.badRequest, "Invalid or missing image size in request headers.")
            }
            return size
        }
        return request.contentLength
    }
}

extension APIRequest {
    /// The store that data is to go to, where the client says.
    var storeHeader: String? { HTTPField.Name("X-Image-Meta-Store").flatMap { headers[$0] } }
}

/// A single range of bytes (RFC 9110 §14).
enum ByteRange {
    static func parse(_ text: String, size: Int64) throws -> Range<Int64> {
        let refused = ServiceError(.rangeNotSatisfiable, "The requested range cannot be satisfied.")
        guard text.hasPrefix("bytes="), !text.contains(",") else { throw refused }
        let halves = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard halves.count == 2 else { throw refused }
        if halves[0].isEmpty {
            guard let count = Int64(halves[1]), count > 0, size > 0 else { throw refused }
            return max(0, size - count)..<size
        }
        guard let start = Int64(halves[0]), start >= 0, start < size else { throw refused }
        if halves[1].isEmpty { return start..<size }
        guard let end = Int64(halves[1]), end >= start else { throw refused }
        return start..<(min(end, size - 1) + 1)
    }
}
