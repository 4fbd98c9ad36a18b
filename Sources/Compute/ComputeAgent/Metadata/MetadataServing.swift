import ComputeModel

/// Gives the guests of this host their metadata address. What goes wrong is logged and tried again: a guest
/// also starts without metadata.
protocol MetadataServing: Sendable {
    /// Sees to it that these NICs' networks have the address.
    func serve(_ nics: [NICSpec]) async
    /// Compares with the guests that there are: adds what is missing, removes what nobody needs.
    func refresh() async
    /// Tries again what failed; does nothing when all is served.
    func retry() async
}

/// For hosts without it.
struct NoMetadata: MetadataServing {
    func serve(_ nics: [NICSpec]) async {}
    func refresh() async {}
    func retry() async {}
}
