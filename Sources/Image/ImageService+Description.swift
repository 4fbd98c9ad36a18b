import Core
package import Database
package import Logging
package import WebAPI

extension ImageService {
    /// The API as data, on parts that are never asked: for tools that read the operations.
    package static func description(
        database: Database, options: ImageOptions, logger: Logger
    ) throws -> APIDescription {
        let files = FileStore(
            id: options.storeID, root: options.dataFolder,
            pool: BlockingPool(name: "image-files", threads: 1, maxQueue: 1))
        let core = ImageCore(
            options: options, database: database, images: ImageStore(database), members: MemberStore(database),
            tasks: TaskStore(database), files: files, host: "", ids: .random, clock: .system, logger: logger)
        return description(
            core, ImageCatalogue(core: core), ImageDataService(core: core),
            ImageImports(core: core, fetcher: try WebFetcher(options: options)) {}, identityURL: "")
    }
}
