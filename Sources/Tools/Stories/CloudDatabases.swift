package import Database

/// The services' databases that the tool can reach, by the service's name.
package struct CloudDatabases: Sendable {
    /// Services with long operations.
    package static let withSagas = ["compute", "block-storage", "image"]

    private let open: [String: Database]
    /// Services without a database here, each with the reason.
    package let missing: [String: String]

    package init(_ open: [String: Database], missing: [String: String] = [:]) {
        self.open = open
        self.missing = missing
    }

    package subscript(service service: String) -> Database? { open[service] }

    package var sagas: [(service: String, database: Database)] {
        Self.withSagas.compactMap { name in open[name].map { (name, $0) } }
    }

    package func close() async {
        for database in open.values { await database.close() }
    }
}
