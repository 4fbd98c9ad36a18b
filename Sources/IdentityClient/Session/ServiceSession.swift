import AsyncHTTPClient
public import Core
public import NIOCore
import NIOHTTP1
import WebAPI

/// Calls one other service's REST API as ourselves.
///
/// The user's token is never passed on: ownership is said with explicit ids.
public struct ServiceSession: Sendable {
    private let identity: IdentityClient
    public let service: String
    private let interface: String?
    private let region: String?
    private let maxBody: Int

    /// - Parameters:
    ///   - service: the catalogue's type: `image`, `network`, `block-storage`, `compute`, `placement`.
    ///   - maxBody: larger answers are refused.
    public init(
        identity: IdentityClient, service: String, interface: String? = nil, region: String? = nil,
        maxBody: Int = 64 << 20
    ) {
        self.identity = identity
        self.service = service
        self.interface = interface
        self.region = region
        self.maxBody = maxBody
    }

    /// One request with a JSON body and answer.
    /// - Parameters:
    ///   - path: below the catalogue's endpoint, with or without the version part it ends with.
    ///   - microversion: `2.74`; sent as `OpenStack-API-Version`.
    ///   - accepting: statuses from 400 on that are an answer here, not an error (404 on delete).
    /// - Throws: `ServiceError` by the answer's status, with the other service's message;
    ///   `.unavailable` or `.timeout` when there was no answer.
    public func request(
        _ method: ServiceMethod, _ path: String, query: [(String, String)] = [], headers: [(String, String)] = [],
        json: JSONValue? = nil, microversion: String? = nil, context: RequestContext,
        timeout: Duration? = nil, accepting: Set<Int> = []
    ) async throws -> ServiceResponse {
        let body = json.map { ByteBuffer(string: $0.jsonText) }
        var headers = headers
        if json != nil, !headers.contains(where: { $0.0.lowercased() == "content-type" }) {
            headers.append(("Content-Type", "application/json"))
        }
        let response = try await send(
            method, path, query: query, headers: headers, microversion: microversion, context: context,
            timeout: timeout, body: body.map { buffer in { .bytes(buffer) } })
        let answer = try await collect(response, path)
        if answer.status >= 400, !accepting.contains(answer.status) { throw failure(answer, method, path) }
        return answer
    }

    /// An answer whose body is streamed: image data.
    public func download(
        _ path: String, query: [(String, String)] = [], headers: [(String, String)] = [], context: RequestContext,
        timeout: Duration? = nil
    ) async throws -> ServiceDownload {
        let response = try await send(
            .get, path, query: query, headers: headers, microversion: nil, context: context,
            timeout: timeout ?? .seconds(6 * 3600), body: nil)
        guard response.status.code < 400 else { throw failure(try await collect(response, path), .get, path) }
        return ServiceDownload(
            status: Int(response.status.code),
            length: response.headers.first(name: "Content-Length").flatMap { Int($0) },
            headers: response.headers, body: response.body)
    }

    /// A request whose body is streamed. It is sent once: a streamed body cannot be repeated.
    public func upload<Chunks: AsyncSequence & Sendable>(
        _ method: ServiceMethod, _ path: String, headers: [(String, String)] = [], chunks: Chunks, length: Int?,
        context: RequestContext, timeout: Duration? = nil
    ) async throws -> ServiceResponse where Chunks.Element == ByteBuffer {
        var headers = headers
        if !headers.contains(where: { $0.0.lowercased() == "content-type" }) {
            headers.append(("Content-Type", "application/octet-stream"))
        }
        let response = try await send(
            method, path, query: [], headers: headers, microversion: nil, context: context,
            timeout: timeout ?? .seconds(6 * 3600), retries: false,
            body: { .stream(chunks, length: length.map { .known(Int64($0)) } ?? .unknown) })
        let answer = try await collect(response, path)
        if answer.status >= 400 { throw failure(answer, method, path) }
        return answer
    }

    // MARK: Sending

    private func send(
        _ method: ServiceMethod, _ path: String, query: [(String, String)], headers: [(String, String)],
        microversion: String?, context: RequestContext, timeout: Duration?, retries: Bool = true,
        body: (() -> HTTPClientRequest.Body)?
    ) async throws -> HTTPClientResponse {
        let base = try await identity.endpoint(service, interface: interface, region: region)
        var request = HTTPClientRequest(url: Self.url(base, path, query))
        request.method = HTTPMethod(rawValue: method.rawValue)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if !headers.contains(where: { $0.0.lowercased() == "accept" }) {
            request.headers.add(name: "Accept", value: "application/json")
        }
        request.headers.add(name: "User-Agent", value: "apus")
        request.headers.add(name: "X-OpenStack-Request-ID", value: context.globalRequestID ?? context.requestID)
        if let parent = context.traceparent { request.headers.add(name: "traceparent", value: parent) }
        if let microversion {
            let type = service.hasPrefix("volume") || service == "block-storage" ? "volume" : service
            request.headers.add(name: "OpenStack-API-Version", value: "\(type) \(microversion)")
        }
        let limit = timeout ?? identity.options.timeout
        return try await telling(method, path, context) {
            try await sendWithToken(request, limit, retries: retries, body: body)
        }
    }

    /// Sends with our token, and once more with a new one when it is refused.
    private func sendWithToken(
        _ request: HTTPClientRequest, _ limit: Duration, retries: Bool, body: (() -> HTTPClientRequest.Body)?
    ) async throws -> HTTPClientResponse {
        var request = request
        var token = try await identity.serviceToken()
        request.headers.replaceOrAdd(name: "X-Auth-Token", value: token)
        request.body = body?()
        let response = try await execute(request, limit)
        guard response.status == .unauthorized, retries else { return response }
        await identity.forget(serviceToken: token)
        token = try await identity.serviceToken()
        request.headers.replaceOrAdd(name: "X-Auth-Token", value: token)
        request.body = body?()
        return try await execute(request, limit)
    }

    /// Keeps a request for the story of the one that caused it: its path without the query.
    private func telling(
        _ method: ServiceMethod, _ path: String, _ context: RequestContext,
        _ body: () async throws -> HTTPClientResponse
    ) async throws -> HTTPClientResponse {
        let start = ContinuousClock.now
        func tell(_ outcome: String, _ detail: String? = nil) {
            StoryRecorder.shared.record(
                StoryEvent(
                    .outgoing, context, verb: method.rawValue,
                    name: String(path.prefix { $0 != "?" }), outcome: outcome, endedAt: identity.clock.now(),
                    took: ContinuousClock.now - start, peer: service, detail: detail))
        }
        do {
            let response = try await body()
            tell(String(response.status.code))
            return response
        } catch {
            tell(storyOutcome(error), storyDetail(error))
            throw error
        }
    }

    private func execute(_ request: HTTPClientRequest, _ timeout: Duration) async throws -> HTTPClientResponse {
        RequestCost.current?.countCall("\(request.method.rawValue) \(service)")
        do {
            return try await identity.http.execute(request, timeout: TimeAmount(timeout))
        } catch let error as HTTPClientError
            where error == .deadlineExceeded || error == .readTimeout || error == .connectTimeout
        {
            throw ServiceError(
                .timeout, "The \(service) service did not answer in time.", detail: request.url, cause: error)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ServiceError(
                .unavailable, "The \(service) service cannot be reached now.", detail: request.url, cause: error)
        }
    }

    private func collect(_ response: HTTPClientResponse, _ path: String) async throws -> ServiceResponse {
        do {
            let buffer = try await response.body.collect(upTo: maxBody)
            let bytes = Array(buffer.readableBytesView)
            let isJSON = response.headers.first(name: "Content-Type")?.lowercased().contains("json") ?? false
            let json = isJSON && !bytes.isEmpty ? try JSONValue.parse(bytes) : .null
            return ServiceResponse(
                status: Int(response.status.code), headers: response.headers, json: json, bytes: bytes)
        } catch {
            throw ServiceError(
                .badGateway, "The \(service) service's answer cannot be read.", detail: path, cause: error)
        }
    }

    private func failure(_ answer: ServiceResponse, _ method: ServiceMethod, _ path: String) -> ServiceError {
        let message = RemoteFault.message(answer) ?? "The \(service) service refused the request."
        return ServiceError(
            RemoteFault.code(answer.status), message,
            detail: "\(service): \(method.rawValue) \(path): status \(answer.status)")
    }

    /// Joins endpoint and path; a version part that both have is taken once.
    static func url(_ base: String, _ path: String, _ query: [(String, String)]) -> String {
        var path = path.hasPrefix("/") ? path : "/\(path)"
        let below = base.split(separator: "/").dropFirst(2)
        if let version = below.first(where: { isVersion($0) }), path.hasPrefix("/\(version)/") {
            path = String(path.dropFirst(version.count + 1))
        } else if let only = below.last, !isVersion(only), path.hasPrefix("/\(only)/") {
            path = String(path.dropFirst(only.count + 1))
        }
        guard !query.isEmpty else { return base + path }
        let items = query.map { "\(PercentCoding.encode($0.0))=\(PercentCoding.encode($0.1))" }
        return "\(base)\(path)?\(items.joined(separator: "&"))"
    }

    private static func isVersion(_ part: some StringProtocol) -> Bool {
        part.first == "v" && part.dropFirst().first?.isNumber == true
    }
}
