/// The titles and explanations that WebOb gives statuses, and so OpenStack's faults.
public enum StatusText {
    public static func title(_ status: Int) -> String {
        switch status {
        case 300: "Multiple Choices"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 412: "Precondition Failed"
        case 413: "Request Entity Too Large"
        case 414: "Request URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Request Range Not Satisfiable"
        case 422: "Unprocessable Entity"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "Error"
        }
    }

    public static func explanation(_ status: Int) -> String {
        switch status {
        case 400: "The server could not comply with the request since it is either malformed or otherwise incorrect."
        case 401:
            "This server could not verify that you are authorized to access the document you requested.  "
                + "Either you supplied the wrong credentials (e.g., bad password), or your browser does not "
                + "understand how to supply the credentials required."
        case 403: "Access was denied to this resource."
        case 404: "The resource could not be found."
        case 405: "The method specified is not allowed for this resource."
        case 406: "The resource could not be generated that was acceptable to your browser (content of type)."
        case 408: "The server has waited too long for the request to be sent by the client."
        case 409: "There was a conflict when trying to complete your request."
        case 413: "The body of your request was too large for this server."
        case 415: "The request media type is not supported by this server."
        case 431: "The header of your request was too large for this server."
        case 503: "The server is currently unavailable. Please try again at a later time."
        default: "The server has either erred or is incapable of performing the requested operation."
        }
    }
}
