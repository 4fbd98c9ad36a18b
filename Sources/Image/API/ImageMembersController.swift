import Core
import FoundationEssentials
import HTTPTypes
import WebAPI

/// `/images/{id}/members`: with whom a shared image is shared.
struct ImageMembersController: Sendable {
    let core: ImageCore
    let catalogue: ImageCatalogue

    var operations: [Operation] {
        [
            Operation(.get, "/images/{image_id}/members") { try await list($0) },
            Operation(.post, "/images/{image_id}/members") { try await add($0) },
            Operation(.get, "/images/{image_id}/members/{member_id}") { try await show($0) },
            Operation(.put, "/images/{image_id}/members/{member_id}") { try await update($0) },
            Operation(.delete, "/images/{image_id}/members/{member_id}", success: .noContent) { try await remove($0) },
        ]
    }

    private func list(_ request: APIRequest) async throws -> APIResponse {
        let found = try await find(request)
        try request.authorize(ImagePolicies.getMembers, target: found.target)
        let members = try await core.members.list(found.image.id).filter {
            found.member == nil || $0.member == found.member
        }
        return .json { json in
            json.object { json in
                json.field("members") { $0.array(members) { Self.write($1, to: &$0) } }
                json.field("schema", "/v2/schemas/members")
            }
        }
    }

    private func add(_ request: APIRequest) async throws -> APIResponse {
        guard let member = request.body["member"]?.string, !member.isEmpty else {
            throw ServiceError(.badRequest, "Member to be added not specified")
        }
        guard member.utf8.count <= 255 else {
            throw ServiceError(.badRequest, "Member can't be longer than 255 characters")
        }
        let found = try await find(request)
        try request.authorize(ImagePolicies.addMember, target: found.target)
        let added = try await core.members.insert(
            found.image.id, ProjectID(member), limit: core.options.maxMembers, now: core.clock.now())
        return .json { Self.write(added, to: &$0) }
    }

    private func show(_ request: APIRequest) async throws -> APIResponse {
        let found = try await find(request)
        let member = try await self.member(request, found)
        try request.authorizeOrHide(
            ImagePolicies.getMember, target: found.target, notFound: Self.notFound(found, member.member).message)
        return .json { Self.write(member, to: &$0) }
    }

    private func update(_ request: APIRequest) async throws -> APIResponse {
        guard let text = request.body["status"]?.string else {
            throw ServiceError(.badRequest, "Status not specified")
        }
        guard let status = MemberStatus(rawValue: text) else {
            throw ServiceError(
                .badRequest, "Status must be \"pending\", \"accepted\" or \"rejected\", not \(text).")
        }
        let found = try await find(request)
        let member = try await self.member(request, found)
        var target = found.target
        target["member_id"] = member.member.rawValue
        try request.authorize(ImagePolicies.modifyMember, target: target)
        guard let changed = try await core.members.update(found.image.id, member.member, status, now: core.clock.now())
        else { throw Self.notFound(found, member.member) }
        return .json { Self.write(changed, to: &$0) }
    }

    private func remove(_ request: APIRequest) async throws -> APIResponse {
        let found = try await find(request)
        try request.authorize(ImagePolicies.deleteMember, target: found.target)
        let member = ProjectID(try request.parameter("member_id"))
        guard try await core.members.delete(found.image.id, member) else { throw Self.notFound(found, member) }
        return .empty()
    }

    // MARK: Shared

    private func find(_ request: APIRequest) async throws -> VisibleImage {
        let found = try await catalogue.find(try request.parameter("image_id"), request.context)
        guard found.image.visibility == .shared else {
            throw ServiceError(.forbidden, "Only shared images have members.")
        }
        return found
    }

    /// The member in the path; a member sees itself alone.
    private func member(_ request: APIRequest, _ found: VisibleImage) async throws -> ImageMember {
        let id = ProjectID(try request.parameter("member_id"))
        guard found.member == nil || found.member == id, let member = try await core.members.find(found.image.id, id)
        else { throw Self.notFound(found, id) }
        return member
    }

    private static func notFound(_ found: VisibleImage, _ member: ProjectID) -> ServiceError {
        ServiceError(.notFound, "\(member) not found in the member list of the image \(found.image.id).")
    }

    private static func write(_ member: ImageMember, to json: inout JSONWriter) {
        json.object {
            $0.field("member_id", member.member)
            $0.field("image_id", member.image)
            $0.field("status", member.status.rawValue)
            $0.field("created_at", member.createdAt.iso8601)
            $0.field("updated_at", member.updatedAt.iso8601)
            $0.field("schema", "/v2/schemas/member")
        }
    }
}
