import AsyncHTTPClient
import Core
import NIOCore
import NIOHTTP1

/// Fetches images from the web without becoming a way into our own network (OSSA-2026-004).
///
/// A host's addresses are looked up once and checked, and the connection goes to a checked address:
/// a name that changes between check and use changes nothing. Redirects are followed by hand, each
/// checked like the first.
struct WebFetcher: Sendable {
    private let guardian: AddressGuard
    private let ports: Set<Int>
    private let maxSize: Int64

    private static let maxRedirects = 5

    init(options: ImageOptions) throws {
        guardian = try AddressGuard(allowed: options.webDownloadNetworks)
        ports = Set(options.webDownloadPorts)
        maxSize = options.maxImageSize
    }

    /// What can be told from the URI alone, when the import is asked for.
    func isAcceptable(_ uri: String) -> Bool { target(uri) != nil }

    /// Fetches `uri` and hands its body to `consume`.
    func fetch<Result: Sendable>(
        _ uri: String, _ consume: @Sendable (PacedBody) async throws -> Result
    ) async throws -> Result {
        try await follow(uri, .GET) { try await consume(PacedBody($0.body)) }
    }

    /// How many bytes there are at `uri`, as its server says.
    /// - Throws: `.badRequest` when it has none or does not say, `.tooLarge` for more than an image may have: others'
    ///   servers say what they like.
    func size(of uri: String) async throws -> Int64 {
        // Some servers answer GET alone; its body is then not read.
        var text: String?
        for method in [HTTPMethod.HEAD, .GET] where text == nil {
            do {
                text = try await follow(uri, method) { $0.headers.first(name: "Content-Length") }
            } catch let error as ServiceError where error.code == .badGateway && method == .HEAD {}
        }
        guard let text, let size = Int64(text), size > 0 else { throw refused }
        guard size <= maxSize else {
            throw ServiceError(.tooLarge, "The image is too large: the limit is \(maxSize) bytes.")
        }
        return size
    }

    private func follow<Result: Sendable>(
        _ uri: String, _ method: HTTPMethod, _ consume: @Sendable (HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        var uri = uri
        for _ in 0...Self.maxRedirects {
            guard let target = target(uri) else { throw refused }
            let address = try await guardian.resolve(target.host)
            var configuration = HTTPClient.Configuration()
            configuration.redirectConfiguration = .disallow
            configuration.httpVersion = .http1Only
            configuration.timeout.connect = .seconds(10)
            configuration.timeout.read = .seconds(60)
            configuration.dnsOverride = [target.host: address]
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            do {
                let step = try await run(client, uri, method, consume)
                try await client.shutdown()
                switch step {
                case .done(let result): return result
                case .redirect(let next): uri = next
                }
            } catch {
                try await client.shutdown()
                throw error
            }
        }
        throw ServiceError(.badRequest, "The import's URI redirects too often.")
    }

    private enum Step<Result: Sendable>: Sendable {
        case done(Result)
        case redirect(String)
    }

    private func run<Result: Sendable>(
        _ client: HTTPClient, _ uri: String, _ method: HTTPMethod,
        _ consume: @Sendable (HTTPClientResponse) async throws -> Result
    ) async throws -> Step<Result> {
        // A fragment is the client's own: it is not sent.
        var request = HTTPClientRequest(url: String(uri.prefix { $0 != "#" }))
        request.method = method
        request.headers.add(name: "User-Agent", value: "apus")
        request.headers.add(name: "Accept", value: "*/*")
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, timeout: .hours(6))
        } catch {
            throw ServiceError(.badGateway, "The import's URI cannot be fetched.", cause: error)
        }
        switch response.status.code {
        case 200: return .done(try await consume(response))
        case 301, 302, 303, 307, 308:
            guard let location = response.headers.first(name: "Location"), location.contains("://") else {
                throw refused
            }
            return .redirect(location)
        default:
            throw ServiceError(.badGateway, "The import's URI answered with status \(response.status.code).")
        }
    }

    private var refused: ServiceError { ServiceError(.badRequest, "The import's URI does not pass filtering.") }

    /// Scheme, host and port of a URI that may be fetched; nil for any other.
    private func target(_ uri: String) -> (host: String, port: Int)? {
        guard uri.utf8.count <= 2048, uri.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        let port: Int
        let rest: Substring
        if uri.hasPrefix("http://") {
            (port, rest) = (80, uri.dropFirst(7))
        } else if uri.hasPrefix("https://") {
            (port, rest) = (443, uri.dropFirst(8))
        } else {
            return nil
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.isEmpty, !authority.contains("@"), !authority.contains("\\") else { return nil }
        var host = authority
        var chosen = port
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let tail = authority[authority.index(after: end)...]
            if !tail.isEmpty {
                guard tail.first == ":", let number = Int(tail.dropFirst()) else { return nil }
                chosen = number
            }
        } else if let colon = authority.firstIndex(of: ":") {
            guard let number = Int(authority[authority.index(after: colon)...]) else { return nil }
            host = authority[..<colon]
            chosen = number
        }
        guard !host.isEmpty, ports.contains(chosen) else { return nil }
        if let address = AddressGuard.bytes(String(host)), !guardian.isAllowed(address) { return nil }
        // Addresses in disguise (decimal, octal, hexadecimal) are no names: only plain ones are taken.
        if host.allSatisfy({ $0.isHexDigit || $0 == "." || $0 == "x" || $0 == "X" }), host.contains(where: \.isNumber),
            host.split(separator: ".").allSatisfy({ $0.first?.isNumber == true }),
            !AddressGuard.isPlainIPv4(String(host))
        {
            return nil
        }
        return (String(host), chosen)
    }
}
