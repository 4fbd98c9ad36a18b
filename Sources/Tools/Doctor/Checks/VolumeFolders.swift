import BlockStorage
import Core

/// Where block storage keeps its files.
struct VolumeFolders: Sendable {
    let volumes: String
    let keyFile: String

    var incoming: String { "\(volumes)/incoming" }
    var snapshots: String { "\(volumes)/snapshots" }

    init(_ cloud: Cloud) throws {
        let options = try cloud.configuration("block-storage.conf").read(BlockStorageOptions.self)
        volumes = options.volumesPath
        keyFile = options.keyFile
    }
}
