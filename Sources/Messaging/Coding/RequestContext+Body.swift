import Core
import FoundationEssentials

/// The context travels with every message, so it is written and read member by member: the same JSON as by `Codable`,
/// at a third of its time, but for the deadline, which is rounded to the microsecond. A test compares the two.
extension RequestContext {
    func write(to writer: BodyWriter) throws {
        let depth = writer.depth
        let place = writer.container(.object, at: depth)
        func text(_ name: StaticString, _ value: String?) throws {
            guard let value else { return }
            try writer.member(place, name)
            writer.quote(value)
        }
        func texts(_ name: StaticString, _ values: [String]) throws {
            try writer.member(place, name)
            let list = writer.container(.array, at: depth + 1)
            for value in values {
                try writer.element(list)
                writer.quote(value)
            }
            writer.close(to: depth + 1)
        }
        try text("requestID", requestID)
        try text("globalRequestID", globalRequestID)
        try text("userID", userID?.rawValue)
        try text("userName", userName)
        try text("userDomainID", userDomainID?.rawValue)
        try text("userDomainName", userDomainName)
        try text("projectID", projectID?.rawValue)
        try text("projectName", projectName)
        try text("projectDomainID", projectDomainID?.rawValue)
        try text("projectDomainName", projectDomainName)
        try text("domainID", domainID?.rawValue)
        try text("domainName", domainName)
        try text("systemScope", systemScope)
        try texts("roles", roles)
        try texts("serviceRoles", serviceRoles)
        if let deadline {
            try writer.member(place, "deadline")
            try writer.seconds(deadline.timeIntervalSinceReferenceDate)
        }
        try text("traceparent", traceparent)
        try text("remoteAddress", remoteAddress)
        writer.close(to: depth)
    }

    /// - Parameter node: an object of `document`.
    init(_ document: BodyDocument, _ node: Int) throws {
        guard document.nodes[node].kind == .object else { throw document.mismatch(RequestContext.self, node) }
        func text(_ name: StaticString) throws -> String? {
            if let member = document.present(name, of: node) { try document.string(member) } else { nil }
        }
        func id<Kind>(_ name: StaticString) throws -> ID<Kind>? {
            if let text = try text(name) { ID(text) } else { nil }
        }
        var fields = Fields(requestID: try document.string(try document.required("requestID", of: node)))
        fields.globalRequestID = try text("globalRequestID")
        fields.userID = try id("userID")
        fields.userName = try text("userName")
        fields.userDomainID = try id("userDomainID")
        fields.userDomainName = try text("userDomainName")
        fields.projectID = try id("projectID")
        fields.projectName = try text("projectName")
        fields.projectDomainID = try id("projectDomainID")
        fields.projectDomainName = try text("projectDomainName")
        fields.domainID = try id("domainID")
        fields.domainName = try text("domainName")
        fields.systemScope = try text("systemScope")
        fields.roles = try document.strings(try document.required("roles", of: node))
        fields.serviceRoles = try document.strings(try document.required("serviceRoles", of: node))
        if let deadline = document.present("deadline", of: node) {
            fields.deadline = Date(timeIntervalSinceReferenceDate: try document.double(deadline))
        }
        fields.traceparent = try text("traceparent")
        fields.remoteAddress = try text("remoteAddress")
        self.init(fields)
    }
}
