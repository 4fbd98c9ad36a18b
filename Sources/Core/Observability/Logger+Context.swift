public import Logging

extension Logger {
    /// A logger whose lines say for which request, user and project they were written.
    public func with(_ context: RequestContext) -> Logger {
        var logger = self
        for (key, value) in context.logMetadata { logger[metadataKey: key] = .string(value) }
        return logger
    }

    public func with(_ key: String, _ value: some CustomStringConvertible) -> Logger {
        var logger = self
        logger[metadataKey: key] = .string(value.description)
        return logger
    }
}

extension RequestContext {
    /// What log lines say of a request.
    fileprivate var logMetadata: [(String, String)] {
        var pairs = [(LogKey.requestID, requestID)]
        if let id = globalRequestID { pairs.append((LogKey.globalRequestID, id)) }
        if let id = userID { pairs.append((LogKey.userID, id.rawValue)) }
        if let id = projectID { pairs.append((LogKey.projectID, id.rawValue)) }
        if let trace = traceID { pairs.append((LogKey.traceID, trace)) }
        return pairs
    }

    /// The trace that the request belongs to.
    public var traceID: String? { traceparent.flatMap { TraceParent.traceID(in: $0) } }
}

extension Logger.Metadata {
    /// Says for which request, user and project a line is written: where it is one line, this costs less than a logger.
    public mutating func name(_ context: RequestContext) {
        for (key, value) in context.logMetadata { self[key] = .string(value) }
    }
}

/// An error with its whole chain, for operators' eyes only.
public func describeError(_ error: any Error) -> String {
    if let error = error as? ServiceError { return error.debugDescription }
    return String(reflecting: error)
}
