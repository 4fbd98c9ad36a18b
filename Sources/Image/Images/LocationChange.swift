import Core

/// What an image's document may say of its locations: Glance's older interface to them.
struct LocationChange: Sendable {
    let core: ImageCore
    /// Bytes at each new URL, looked up before the image is changed.
    let sizes: [String: Int64]

    /// Looks up what `values` add to an image.
    /// - Throws: `.badRequest` for what is no place that data may be read from.
    init(_ core: ImageCore, _ values: [JSONValue], to image: Image) async throws {
        if !values.isEmpty { try Self.checkState(image, "change") }
        guard values.count <= Self.maxLocations else { throw Self.tooMany }
        var sizes: [String: Int64] = [:]
        let known = Set(image.locations.map(\.url))
        for url in values.compactMap({ $0["url"]?.string }) where !known.contains(url) && sizes[url] == nil {
            guard core.stores.web != nil, core.web.isAcceptable(url) else { throw Self.invalid }
            do {
                sizes[url] = try await core.web.size(of: url)
            } catch let error as ServiceError {
                throw ServiceError(.badRequest, Self.invalid.message, cause: error)
            }
        }
        self.core = core
        self.sizes = sizes
    }

    /// Glance's image_location_quota. Each new one is a request to some server.
    private static let maxLocations = 10
    private static let tooMany = ServiceError(.tooLarge, "An image can have \(maxLocations) locations.")

    static let invalid = ServiceError(.badRequest, "Invalid location")

    func add(_ value: JSONValue, at position: String, to image: inout Image) throws {
        try Self.checkState(image, "add")
        let location = try location(value, of: image)
        guard let index = position == "-" ? image.locations.count : Int(position), index >= 0 else {
            throw ServiceError(.badRequest, "Invalid position for adding a location.")
        }
        guard !image.locations.contains(location) else { throw duplicate(location) }
        guard image.locations.count < Self.maxLocations else { throw Self.tooMany }
        try LocationHashes(of: [value]).apply(to: &image)
        image.locations.insert(location, at: min(index, image.locations.count))
        try activate(&image)
    }

    func replace(_ value: JSONValue, in image: inout Image) throws {
        guard let values = value.array, !values.isEmpty else {
            throw ServiceError(.forbidden, "Cannot set locations to empty list.")
        }
        try Self.checkState(image, "replace")
        let locations = try values.map { try location($0, of: image) }
        guard image.locations.isEmpty || locations.map(\.url).sorted() == image.locations.map(\.url).sorted() else {
            throw ServiceError(.badRequest, "Original locations is not empty: they can only be added to.")
        }
        for (index, location) in locations.enumerated() where locations[..<index].contains(location) {
            throw duplicate(location)
        }
        try LocationHashes(of: values).apply(to: &image)
        image.locations = locations
        try activate(&image)
    }

    private func location(_ value: JSONValue, of image: Image) throws -> ImageLocation {
        guard let url = value["url"]?.string, var metadata = value["metadata"]?.object else { throw Self.invalid }
        let named = metadata.removeValue(forKey: "store")?.string
        // What is there keeps its store: only its metadata changes.
        if let known = image.locations.first(where: { $0.url == url }) {
            return ImageLocation(store: known.store, url: url, metadata: metadata)
        }
        guard let web = core.stores.web, sizes[url] != nil, named == nil || named == web.id else { throw Self.invalid }
        return ImageLocation(store: web.id, url: url, metadata: metadata)
    }

    private static func checkState(_ image: Image, _ verb: String) throws {
        guard image.status == .active || image.status == .queued else {
            throw ServiceError(
                .conflict, "It's not allowed to \(verb) locations if image status is \(image.status.rawValue).")
        }
    }

    private func activate(_ image: inout Image) throws {
        guard image.status == .queued else { return }
        image.size = image.size ?? image.locations.lazy.compactMap { sizes[$0.url] }.first
        guard image.size != nil else { return }
        try image.checkFormats()
        image.status = .active
    }

    private func duplicate(_ location: ImageLocation) -> ServiceError {
        ServiceError(.badRequest, "The location \(location.url) already exists")
    }
}

/// Hashes that come with locations: they may be told once, while the image has none.
struct LocationHashes: Sendable {
    private var values: [String: String] = [:]

    /// - Throws: `.conflict` when the locations contradict one another.
    init(of locations: [JSONValue]) throws {
        for data in locations.compactMap({ $0["validation_data"]?.object }) {
            for (name, value) in data.sorted(by: { $0.key < $1.key }) {
                guard var text = value.string else { continue }
                if name != "os_hash_algo" { text = text.lowercased() }
                guard values[name, default: text] == text else { throw conflict("Conflicting values for \(name)") }
                values[name] = text
            }
        }
    }

    func apply(to image: inout Image) throws {
        let current = [
            "checksum": image.checksum, "os_hash_algo": image.hashAlgorithm, "os_hash_value": image.hashDigest,
        ]
        var new: [String: String] = [:]
        for (name, value) in values.sorted(by: { $0.key < $1.key }) where current[name] ?? nil != value {
            guard (current[name] ?? nil) == nil else { throw conflict("\(name) is already set with a different value") }
            new[name] = value
        }
        if new.isEmpty { return }
        guard image.status == .queued else {
            throw conflict(
                "New value(s) for \(new.keys.sorted().joined(separator: ", ")) may only be provided when image status "
                    + "is 'queued'")
        }
        if let checksum = new["checksum"] { try checkHex("checksum", checksum, "md5") }
        guard new["os_hash_algo"] == DataHasher.algorithm, let digest = new["os_hash_value"] else {
            throw conflict("os_hash_algo must be \(DataHasher.algorithm), not \(new["os_hash_algo"] ?? "None")")
        }
        try checkHex("os_hash_value", digest, DataHasher.algorithm)
        image.checksum = new["checksum"] ?? image.checksum
        image.hashAlgorithm = DataHasher.algorithm
        image.hashDigest = digest
    }

    private func checkHex(_ name: String, _ value: String, _ algorithm: String) throws {
        guard value.allSatisfy(\.isHexDigit), value.utf8.count.isMultiple(of: 2) else {
            throw conflict("\(name) (\(value)) is not a valid hexadecimal value")
        }
        guard let length = DataHasher.length(of: algorithm), value.utf8.count == length else {
            throw conflict("\(name) (\(value)) is not the correct size for \(algorithm)")
        }
    }

    private func conflict(_ message: String) -> ServiceError { ServiceError(.conflict, message) }
}
