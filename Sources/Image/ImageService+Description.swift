import Core
package import Database
package import Logging
package import WebAPI

extension ImageService {
    /// The API as data, on parts that are never asked: for tools that read the operations.
    package static func description(
        database: Database, options: ImageOptions, logger: Logger
    ) throws -> APIDescription {
        let stores = ImageStores(
            options.stores, pool: BlockingPool(name: "image-files", threads: 1, maxQueue: 1))
        let core = ImageCore(
            options: options, database: database, images: ImageStore(database), members: MemberStore(database),
            tasks: TaskStore(database), stores: stores, web: try WebFetcher(options: options), cache: nil,
            signatures: SignatureVerifier(options), conversions: Conversions(options.plugins),
            host: "", ids: .random, clock: .system, logger: logger)
        let catalogue = ImageCatalogue(core: core)
        return description(
            core, catalogue, ImageDataService(core: core),
            ImageImports(core: core) {}, LocationImports(core: core) {},
            CacheController(core: core, catalogue: catalogue) {}, identityURL: "")
    }
}
