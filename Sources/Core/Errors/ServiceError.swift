/// The one error type that crosses modules.
///
/// `message` is for the user and says what to do; `detail` and `cause` are for operators and never
/// reach a response. `description` is safe to show; `debugDescription` has the whole chain.
public struct ServiceError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    public let code: Code
    public let message: String
    public let detail: String?
    public let cause: (any Error)?
    public let origin: String

    public init(
        _ code: Code, _ message: String, detail: String? = nil, cause: (any Error)? = nil,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        self.code = code
        self.message = message
        self.detail = detail
        self.cause = cause
        self.origin = "\(file):\(line)"
    }

    public var description: String { message }

    public var debugDescription: String {
        var text = "\(code): \(message) [\(origin)]"
        if let detail { text += " (\(detail))" }
        if let cause { text += " <- \(String(reflecting: cause))" }
        return text
    }
}

extension ServiceError {
    /// What went wrong, in terms that every layer shares. A struct over a private enum, so that
    /// adding one breaks no switch.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case badRequest, unauthorized, forbidden, notFound, methodNotAllowed, notAcceptable, conflict, gone
            case preconditionFailed, tooLarge, unsupportedMediaType, rangeNotSatisfiable, unprocessable
            case overQuota, rateLimited
            case `internal`, notImplemented, badGateway, unavailable, timeout
        }

        private let value: Value
        public var description: String { value.rawValue }

        /// The name under which the code travels between daemons.
        public var name: String { value.rawValue }

        public init?(name: String) {
            guard let value = Value(rawValue: name) else { return nil }
            self.value = value
        }

        private init(_ value: Value) { self.value = value }

        public static let badRequest = Code(.badRequest)
        public static let unauthorized = Code(.unauthorized)
        public static let forbidden = Code(.forbidden)
        public static let notFound = Code(.notFound)
        public static let methodNotAllowed = Code(.methodNotAllowed)
        public static let notAcceptable = Code(.notAcceptable)
        public static let conflict = Code(.conflict)
        public static let gone = Code(.gone)
        public static let preconditionFailed = Code(.preconditionFailed)
        public static let tooLarge = Code(.tooLarge)
        public static let unsupportedMediaType = Code(.unsupportedMediaType)
        public static let rangeNotSatisfiable = Code(.rangeNotSatisfiable)
        public static let unprocessable = Code(.unprocessable)
        /// A quota would be exceeded: each API maps it to its own status (403, 409 or 413).
        public static let overQuota = Code(.overQuota)
        public static let rateLimited = Code(.rateLimited)
        public static let `internal` = Code(.internal)
        public static let notImplemented = Code(.notImplemented)
        public static let badGateway = Code(.badGateway)
        /// A dependency cannot be reached now; the same request may succeed later.
        public static let unavailable = Code(.unavailable)
        public static let timeout = Code(.timeout)
    }
}
