public import Logging

extension Logger {
    /// A logger whose lines say for which request, user and project they were written.
    public func with(_ context: RequestContext) -> Logger {
        var logger = self
        logger[metadataKey: LogKey.requestID] = .string(context.requestID)
        if let id = context.globalRequestID { logger[metadataKey: LogKey.globalRequestID] = .string(id) }
        if let id = context.userID { logger[metadataKey: LogKey.userID] = .string(id.rawValue) }
        if let id = context.projectID { logger[metadataKey: LogKey.projectID] = .string(id.rawValue) }
        if let trace = context.traceparent.flatMap({ TraceParent.traceID(in: $0) }) {
            logger[metadataKey: LogKey.traceID] = .string(trace)
        }
        return logger
    }

    public func with(_ key: String, _ value: some CustomStringConvertible) -> Logger {
        var logger = self
        logger[metadataKey: key] = .string(value.description)
        return logger
    }
}

/// An error with its whole chain, for operators' eyes only.
public func describeError(_ error: any Error) -> String {
    if let error = error as? ServiceError { return error.debugDescription }
    return String(reflecting: error)
}
