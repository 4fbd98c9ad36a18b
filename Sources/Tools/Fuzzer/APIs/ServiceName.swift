import ArgumentParser

/// The services that have an API, by the names of the catalogue's types.
enum ServiceName: String, CaseIterable, Sendable, ExpressibleByArgument {
    case identity
    case image
    case blockStorage = "block-storage"
    case network
    case compute
    case placement

    /// The daemon that serves it: its log and its process id are looked at.
    var daemon: String {
        switch self {
        case .compute: "compute-api"
        case .placement: "scheduler"
        default: rawValue
        }
    }

    /// Types under which catalogues list it, the first being ours.
    var catalogueTypes: [String] {
        switch self {
        case .blockStorage: ["block-storage", "volumev3", "volume"]
        default: [rawValue]
        }
    }
}
