import Core
import WebAPI

/// The shapes that all of identity's documents share.
struct View {
    let request: APIRequest

    init(_ request: APIRequest) { self.request = request }

    /// `http://host:5000/v3`.
    var base: String { request.baseURL }

    /// `{"user": {…}}`.
    func member(_ key: String, _ write: (inout JSONWriter) -> Void) -> APIResponse {
        .json { json in json.object { $0.field(key) { write(&$0) } } }
    }

    /// `{"links": {…}, "users": […]}`. A page that is full links to the next one.
    func collection<Item>(
        _ key: String, _ items: [Item], page: PageRequest = PageRequest(), id: (Item) -> String = { _ in "" },
        _ write: (inout JSONWriter, Item) -> Void
    ) -> APIResponse {
        .json { json in
            json.object { json in
                json.array(key, items, write)
                let isFull = page.limit.map { items.count >= $0 && !items.isEmpty } ?? false
                var next: String?
                if isFull, let last = items.last {
                    next = request.url + "?" + request.query.encoded(replacing: [("marker", id(last))])
                }
                json.field("links") { links(&$0, next: next) }
                if isFull { json.field("truncated", true) }
            }
        }
    }

    private func links(_ json: inout JSONWriter, next: String?) {
        let query = request.query.text
        json.object {
            $0.field("next", next)
            $0.field("self", request.url + (query.isEmpty ? "" : "?" + query))
            $0.field("previous", String?.none)
        }
    }

    func selfLink(_ json: inout JSONWriter, _ path: String) {
        json.field("links") { $0.object { $0.field("self", base + path) } }
    }
}

extension JSONWriter {
    mutating func array<Item>(
        _ key: String, _ items: [Item], _ write: (inout JSONWriter, Item) -> Void
    ) {
        field(key) { $0.array(items) { write(&$0, $1) } }
    }

    /// Attributes that users added, except those that would stand in for the service's own.
    mutating func extra(_ extra: JSONObject, without known: Set<String>) {
        for (key, value) in extra.sorted(by: { $0.key < $1.key }) where !known.contains(key) { field(key, value) }
    }
}
