import Core

/// Whether a fault's body is in its service's own words.
enum FaultFormats {
    /// What is wrong with the body of an error, or nil.
    static func mistake(_ response: WireResponse, _ service: ServiceName) -> String? {
        let type = response.header("Content-Type") ?? ""
        if service == .image, !type.hasPrefix("application/json") {
            let starts =
                type.hasPrefix("text/html") ? "<html>" : type.hasPrefix("text/plain") ? "\(response.status)" : nil
            guard let starts else { return "a fault of type \(type)" }
            return response.text.hasPrefix(starts) ? nil : "a \(type) fault without its form"
        }
        guard type.hasPrefix("application/json") else { return "a fault of type '\(type)'" }
        guard let json = response.json else { return "a fault that is no JSON" }
        return mistake(json, response.status, service)
    }

    private static func mistake(_ json: JSONValue, _ status: Int, _ service: ServiceName) -> String? {
        switch service {
        case .identity:
            // OAuth 2.0 has a form of its own (RFC 6749 §5.2).
            if json["error"]?.string != nil, json["error_description"]?.string != nil { return nil }
            guard let error = json["error"], error["message"]?.string != nil, error["title"]?.string != nil else {
                return "no {\"error\": {…}}"
            }
            return error["code"]?.int == status ? nil : "code is not the status"
        case .compute, .blockStorage:
            guard let members = json.object, members.count == 1, let fault = members.first?.value,
                fault["message"]?.string != nil
            else { return "no {\"NAME\": {\"code\", \"message\"}}" }
            return fault["code"]?.int == status ? nil : "code is not the status"
        case .network:
            guard let fault = json["NeutronError"], fault["type"]?.string != nil, fault["message"]?.string != nil,
                fault["detail"] != nil
            else { return "no {\"NeutronError\": {…}}" }
            return nil
        case .placement:
            guard let fault = json["errors"]?[0], fault["detail"]?.string != nil, fault["title"]?.string != nil,
                fault["request_id"]?.string != nil
            else { return "no {\"errors\": [{…}]}" }
            return fault["status"]?.int == status ? nil : "status is not the status"
        case .image:
            guard json["message"]?.string != nil, json["title"]?.string != nil else { return "no message and title" }
            return nil
        }
    }
}
