public import Core

/// The links to neighbouring pages, as each service writes them.
public enum PagingLinks {
    /// Nova and Cinder: `"servers_links": [{"rel": "next", "href": …}]`, there only when a page follows.
    public static func nova(
        _ json: inout JSONWriter, collection: String, request: APIRequest, nextMarker: String?, limit: Int?
    ) {
        guard let nextMarker else { return }
        json.field("\(collection)_links") {
            $0.array([next(request, nextMarker, limit)]) { json, href in
                json.object {
                    $0.field("rel", "next")
                    $0.field("href", href)
                }
            }
        }
    }

    /// Keystone: `"links": {"self": …, "previous": null, "next": …}`.
    public static func keystone(
        _ json: inout JSONWriter, request: APIRequest, nextMarker: String? = nil, limit: Int? = nil
    ) {
        let query = request.query.encoded(replacing: [])
        json.field("links") {
            $0.object {
                $0.field("next", nextMarker.map { next(request, $0, limit) })
                $0.field("self", query.isEmpty ? request.url : "\(request.url)?\(query)")
                $0.field("previous", String?.none)
            }
        }
    }

    /// Neutron: `"networks_links"` with next and previous, only when a limit was asked for.
    public static func neutron(
        _ json: inout JSONWriter, collection: String, request: APIRequest, nextMarker: String?,
        previousMarker: String?
    ) {
        var links: [(String, String)] = []
        if let nextMarker {
            let query = request.query.encoded(replacing: [("marker", nextMarker), ("page_reverse", nil)])
            links.append(("next", "\(request.url)?\(query)"))
        }
        if let previousMarker {
            let query = request.query.encoded(replacing: [("marker", previousMarker), ("page_reverse", "True")])
            links.append(("previous", "\(request.url)?\(query)"))
        }
        guard !links.isEmpty else { return }
        json.field("\(collection)_links") {
            $0.array(links) { json, link in
                json.object {
                    $0.field("rel", link.0)
                    $0.field("href", link.1)
                }
            }
        }
    }

    /// The URL of the next page of this request.
    public static func next(_ request: APIRequest, _ marker: String, _ limit: Int?) -> String {
        var changes: [(String, String?)] = [("marker", marker)]
        if request.query.has("limit"), let limit { changes.insert(("limit", String(limit)), at: 0) }
        return "\(request.url)?\(request.query.encoded(replacing: changes))"
    }
}
