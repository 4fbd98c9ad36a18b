import Core

/// Reads another service's fault, whichever OpenStack style it has.
enum RemoteFault {
    static func message(_ answer: ServiceResponse) -> String? {
        guard let members = answer.json.object else { return nil }
        if let first = answer.json["errors"]?[0] { return first["detail"]?.string ?? first["title"]?.string }
        if let text = answer.json["message"]?.string { return text }
        for (_, member) in members.sorted(by: { $0.key < $1.key }) {
            if let text = member["message"]?.string { return text }
        }
        return nil
    }

    static func code(_ status: Int) -> ServiceError.Code {
        switch status {
        case 400: .badRequest
        // Our own credentials were refused, which is no fault of the user who waits.
        case 401: .unavailable
        case 403: .forbidden
        case 404: .notFound
        case 405: .methodNotAllowed
        case 406: .notAcceptable
        case 409: .conflict
        case 410: .gone
        case 412: .preconditionFailed
        case 413: .overQuota
        case 415: .unsupportedMediaType
        case 422: .unprocessable
        case 429: .rateLimited
        case 501: .notImplemented
        case 503: .unavailable
        case 504: .timeout
        default: .badGateway
        }
    }
}
