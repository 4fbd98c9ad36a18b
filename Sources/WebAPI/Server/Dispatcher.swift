import Core
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore

/// Takes a request through everything that is the same for all operations: route, token, version,
/// policy, body, handler, fault.
///
/// Only a validated token fills the caller's identity. `X-User-Id`, `X-Roles` and their like, in any
/// spelling, are never read (OSSA-2026-001).
struct Dispatcher: Sendable {
    let description: APIDescription
    let authenticator: any Authenticator
    let policy: PolicyEngine
    let options: APIServerOptions
    let ids: IDGenerator
    let clock: WallClock
    let logger: Logger
    let publicURL: PublicURL
    private let requestIDHeaders: [HTTPField.Name]
    private let tree: RouteTree
    private let metrics = RequestMetrics()
    private let accessLog: AccessLog

    init(
        description: APIDescription, authenticator: any Authenticator, policy: PolicyEngine, options: APIServerOptions,
        ids: IDGenerator, clock: WallClock, logger: Logger
    ) {
        self.description = description
        self.authenticator = authenticator
        self.policy = policy
        self.options = options
        self.ids = ids
        self.clock = clock
        self.logger = logger
        publicURL = PublicURL(
            configured: options.publicEndpoint, trustsProxyHeaders: options.trustsProxyHeaders,
            isTLS: options.tlsCertificate != nil)
        requestIDHeaders = [.openStackRequestID] + description.requestIDHeaders.compactMap { HTTPField.Name($0) }
        let health = Healthcheck(options: options, clock: clock).mount(faults: description.faults)
        tree = RouteTree(description.mounts + [health])
        accessLog = AccessLog(logger)
    }

    func respond(to exchange: Exchange) async -> Outcome {
        var call = Call(exchange: exchange, context: startContext(exchange), faults: description.faults)
        do {
            let response = try await RequestCost.$current.withValue(exchange.cost) { try await run(&call) }
            return render(response, call)
        } catch {
            return render(error, call)
        }
    }

    /// Answers what could not be read as a request.
    func refuse(_ exchange: Exchange, _ fault: APIFault) -> Outcome {
        render(fault, Call(exchange: exchange, context: startContext(exchange), faults: description.faults))
    }

    // MARK: Steps

    /// What is known so far of a request in progress.
    private struct Call {
        let exchange: Exchange
        var context: RequestContext
        var faults: any FaultStyle
        var mount: Mount?
        var route: RouteTree.Route?
        var values: [String] = []
        var version: Microversion?
        var token: TokenInfo?
        var isHead = false
    }

    private func startContext(_ exchange: Exchange) -> RequestContext {
        var context = RequestContext(requestID: "req-\(ids.uuid())")
        context.change { fields in
            if let id = exchange.headers.value(.openStackRequestID), RequestIDs.isValid(id) {
                fields.globalRequestID = id
            }
            let parent = exchange.headers.value(.traceparent).flatMap { TraceParent(header: $0) }
            fields.traceparent = (parent?.child() ?? .new()).header
            fields.remoteAddress = exchange.remoteAddress
            let clients = options.trustsProxyHeaders ? exchange.headers.value(.forwardedFor) : nil
            if let client = clients?.split(separator: ",").first {
                fields.remoteAddress = String(client.trimmingSpaces())
            }
        }
        return context
    }

    private func run(_ call: inout Call) async throws -> APIResponse {
        let exchange = call.exchange
        let (path, query) = Self.split(exchange.target)
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            .map { PercentCoding.decode($0) }
        guard let match = tree.match(parts) else {
            call.mount = nearestMount(path)
            call.faults = call.mount?.faults ?? description.faults
            throw APIFault(.notFound, call.faults.routeNotFound, type: "HTTPNotFound")
        }
        call.mount = match.routes[0].mount
        call.values = match.values
        call.faults = match.routes[0].mount.faults
        let candidates = try self.candidates(match, &call)

        if !authenticateAtOnce(candidates, &call) { try await authenticate(candidates, &call) }
        if let microversions = call.mount?.microversions {
            call.version = try microversions.negotiate(exchange.headers)
        }
        let version = call.version ?? Microversion(0, 0)
        let versioned = candidates.filter { call.version == nil || $0.operation.versions.contains(version) }
        guard !versioned.isEmpty else { throw APIFault(.notFound, call.faults.routeNotFound) }

        let stream = RequestBodyStream(
            exchange.body, expected: exchange.contentLength, limit: nil, willRead: exchange.proceed)
        let enforcer = PolicyEnforcer(engine: policy, context: call.context, faults: call.faults)
        // The body of an action route decides which operation is meant; nearly all others are known without.
        let chosen = try chooseAtOnce(versioned, enforcer, call)
        let (route, body, isAuthorized) =
            if let chosen { chosen } else { try await choose(versioned, stream, call) }
        call.route = route
        let operation = route.operation
        try allowedByAccessRules(call, path)
        if let rule = operation.policy, !isAuthorized { try enforcer.authorize(rule) }
        let items = QueryItems(parsing: query)
        try operation.query?.validate(items)
        if let schema = operation.schema(at: call.version) { try schema.validate(body) }

        let parameters = match.parameters(of: route)
        let endpoint = publicURL.endpoint(exchange)
        let request = APIRequest(
            method: exchange.method, path: path, context: call.context, version: version, parameters: parameters,
            query: items, headers: exchange.headers, body: body, bodyStream: stream,
            contentLength: exchange.contentLength, endpoint: endpoint,
            baseURL: endpoint + Self.fill(route.mount.prefix, parameters), policy: enforcer, token: call.token,
            serviceLogger: logger)
        var response = try await operation.handler(request)
        response.status = response.status ?? operation.success
        return response
    }

    /// The operations at a path with the request's method.
    /// - Throws: 405 with `Allow` when there are only others.
    private func candidates(_ match: RouteTree.Match, _ call: inout Call) throws -> [RouteTree.Route] {
        let method = call.exchange.method
        call.isHead = method == .head
        let exact = match.routes.filter { $0.operation.method == method }
        if !exact.isEmpty { return exact }
        if method == .head {
            let gets = match.routes.filter { $0.operation.method == .get && $0.mount.headFollowsGet }
            if !gets.isEmpty { return gets }
        }
        var allowed = Set(match.routes.map(\.operation.method.rawValue))
        if allowed.contains("GET"), match.routes.contains(where: \.mount.headFollowsGet) { allowed.insert("HEAD") }
        throw APIFault(
            .methodNotAllowed, "The method \(method.rawValue) is not allowed for this resource.",
            headers: [.allow: allowed.sorted().joined(separator: ", ")])
    }

    /// Authenticates without waiting, as nearly every request can be.
    /// - Returns: false when nothing is known of the token yet, or there is more than it to ask about.
    private func authenticateAtOnce(_ candidates: [RouteTree.Route], _ call: inout Call) -> Bool {
        guard candidates.contains(where: { $0.operation.auth != .none }) else { return true }
        let headers = call.exchange.headers
        guard headers.value(.serviceToken) == nil, let token = headers.value(.authToken), token.utf8.count <= 16_384,
            let info = authenticator.known(token: token), info.expiresAt > clock.now()
        else { return false }
        info.apply(to: &call.context)
        call.token = info
        return true
    }

    private func authenticate(_ candidates: [RouteTree.Route], _ call: inout Call) async throws {
        guard candidates.contains(where: { $0.operation.auth != .none }) else { return }
        let isOptional = candidates.allSatisfy { $0.operation.auth != .required }
        guard let token = call.exchange.headers.value(.authToken), !token.isEmpty, token.utf8.count <= 16_384 else {
            if isOptional { return }
            throw unauthorized
        }
        do {
            let info = try await authenticator.authenticate(token: token, context: call.context)
            guard info.expiresAt > clock.now() else { throw ServiceError(.unauthorized, "The token has expired.") }
            info.apply(to: &call.context)
            call.token = info
        } catch let error as ServiceError where error.code == .unauthorized {
            if isOptional { return }
            throw unauthorized
        }
        if let service = call.exchange.headers.value(.serviceToken), !service.isEmpty {
            do {
                let info = try await authenticator.authenticate(token: service, context: call.context)
                guard info.expiresAt > clock.now() else { throw unauthorized }
                call.context.serviceRoles = info.roles
            } catch let error as ServiceError where error.code == .unauthorized {
                throw unauthorized
            }
        }
    }

    private var unauthorized: APIFault {
        APIFault(.unauthorized, "The request you have made requires authentication.")
    }

    private func allowedByAccessRules(_ call: Call, _ path: String) throws {
        guard let rules = call.token?.accessRules, call.route?.operation.auth != OperationAuth.none else { return }
        let method = call.exchange.method.rawValue
        guard rules.contains(where: { $0.allows(service: description.serviceType, method: method, path: path) })
        else { throw unauthorized }
    }

    /// The one operation meant, its body, and whether the caller is known to be allowed it.
    private typealias Choice = (route: RouteTree.Route, body: JSONValue, isAuthorized: Bool)

    /// - Returns: nil when the body has to be read.
    private func chooseAtOnce(
        _ routes: [RouteTree.Route], _ enforcer: PolicyEnforcer, _ call: Call
    ) throws -> Choice? {
        let first = routes[0]
        if first.operation.rawBody { return (first, .null, false) }
        // Refused before a byte of the body is read.
        if routes.count == 1, let rule = first.operation.policy { try enforcer.authorize(rule) }
        return call.exchange.hasBody || first.operation.action != nil ? nil : (first, .null, routes.count == 1)
    }

    /// Reads the body, which on action routes decides.
    private func choose(
        _ routes: [RouteTree.Route], _ stream: RequestBodyStream, _ call: Call
    ) async throws -> Choice {
        let first = routes[0]
        let isAuthorized = routes.count == 1
        let limit = routes.map { $0.operation.maxBody ?? options.maxBody }.max() ?? options.maxBody
        let types = routes.flatMap(\.operation.contentTypes)
        let body = try await BodyParser.parse(call.exchange, stream, contentTypes: types, limit: limit)
        guard first.operation.action != nil else { return (first, body, isAuthorized) }
        guard let members = body.object, !members.isEmpty else {
            throw ServiceError(.badRequest, "Malformed request body")
        }
        guard let route = routes.first(where: { $0.operation.action.map { members[$0] != nil } ?? false }) else {
            let name = members.keys.sorted().first ?? ""
            throw ServiceError(.badRequest, "There is no such action: \(name)")
        }
        return (route, body, isAuthorized)
    }

    // MARK: Answers

    private func render(_ response: APIResponse, _ call: Call) -> Outcome {
        let status = response.status ?? .ok
        var headers = response.headers
        addCommonHeaders(&headers, call)
        let hasNoBody = status == .noContent || status == .notModified || status.code < 200
        let body: ResponseBody
        switch response.body {
        case .empty: body = ResponseBody()
        case .bytes(let bytes): body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        case .buffer(let buffer): body = ResponseBody(byteBuffer: buffer)
        case .stream(let length, let write):
            let cost = call.exchange.cost
            let sendFile = call.exchange.sendFile
            body = ResponseBody(contentLength: length) { writer in
                let box = WriterBox(writer)
                try await RequestCost.$current.withValue(cost) {
                    try await write(ResponseBodySink({ try await box.write($0) }, file: sendFile))
                }
                try await box.finish()
            }
        }
        if !hasNoBody, let length = body.contentLength { headers.addUnlessThere(.contentLength, String(length)) }
        return Outcome(
            head: HTTPResponse(status: status, headerFields: headers),
            body: call.isHead || hasNoBody ? ResponseBody() : body, context: call.context,
            operation: call.route?.operation.name ?? "none", version: call.version, error: nil,
            pattern: call.route?.pattern, values: call.values, action: call.route?.operation.action)
    }

    private func render(_ error: any Error, _ call: Call) -> Outcome {
        let fault = call.faults.fault(for: error)
        let path = Self.split(call.exchange.target).path
        let body = call.faults.body(
            fault,
            FaultRequest(
                accept: call.exchange.headers.value(.accept), requestID: call.context.requestID, version: call.version,
                path: path))
        var headers = fault.headers
        headers[.contentType] = body.contentType
        headers[.contentLength] = String(body.bytes.count)
        // Every 401 says where to authenticate (RFC 9110, 11.6.1).
        if fault.status == .unauthorized { headers.addUnlessThere(.wwwAuthenticate, challenge(call)) }
        addCommonHeaders(&headers, call)
        return Outcome(
            head: HTTPResponse(status: fault.status, headerFields: headers),
            body: call.isHead ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: body.bytes)),
            context: call.context, operation: call.route?.operation.name ?? "none", version: call.version,
            error: fault.cause ?? error, pattern: call.route?.pattern, values: call.values,
            action: call.route?.operation.action)
    }

    private func challenge(_ call: Call) -> String {
        let url = description.identityURL
        return "Keystone uri=\"\(url.isEmpty ? publicURL.endpoint(call.exchange) + "/v3" : url)\""
    }

    private func addCommonHeaders(_ headers: inout HTTPFields, _ call: Call) {
        for name in requestIDHeaders { headers.addUnlessThere(name, call.context.requestID) }
        for field in description.commonHeaders { headers.addUnlessThere(field.name, field.value) }
        if let version = call.version, let microversions = call.mount?.microversions {
            microversions.describe(version, in: &headers)
        }
    }

    /// Counts and logs a request when its answer has been sent, or could not be.
    func finished(_ exchange: Exchange, _ outcome: Outcome, failure: (any Error)?) {
        let duration = ContinuousClock.now - exchange.started
        metrics.observe(exchange, outcome, duration)
        accessLog.write(exchange, outcome, duration, failure: failure)
        StoryRecorder.shared.record(
            StoryEvent(
                .request, outcome.context, verb: exchange.method.rawValue, name: outcome.pattern ?? "no such route",
                outcome: failure == nil ? String(outcome.head.status.code) : "interrupted", endedAt: clock.now(),
                took: duration, ids: outcome.values,
                detail: outcome.head.status.code < 400 ? outcome.action : outcome.error.flatMap(storyDetail)))
    }

    // MARK: Paths

    static func split(_ target: String) -> (path: String, query: String) {
        guard let mark = target.firstIndex(of: "?") else { return (target, "") }
        return (String(target[..<mark]), String(target[target.index(after: mark)...]))
    }

    private static func fill(_ prefix: String, _ parameters: [String: String]) -> String {
        guard prefix.utf8.contains(UInt8(ascii: "{")) else { return prefix }
        return prefix.split(separator: "/").map { part in
            guard part.hasPrefix("{") else { return "/\(part)" }
            return "/" + PercentCoding.encode(parameters[String(part.dropFirst().dropLast())] ?? "")
        }.joined()
    }

    private func nearestMount(_ path: String) -> Mount? {
        description.mounts
            .filter { mount in
                let literal = mount.prefix.prefix { $0 != "{" }
                return path == literal || path.hasPrefix(literal.hasSuffix("/") ? literal : literal + "/")
            }
            .max { $0.prefix.utf8.count < $1.prefix.utf8.count }
    }
}
