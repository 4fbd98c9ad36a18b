package import Core
package import Database
package import Logging

/// What the sagas, reconcilers and operations of block storage work with.
package struct StorageEnvironment: Sendable {
    package let database: Database
    package let backend: any VolumeBackend
    package let targets: ISCSITargets
    package let images: any ImageService
    package let conversion: ImageConversion
    package let files: BlockingPool
    package let chap: ChapKey
    package let clock: WallClock
    package let ids: IDGenerator
    package let logger: Logger

    package init(
        database: Database, backend: any VolumeBackend, targets: ISCSITargets, images: any ImageService,
        conversion: ImageConversion, files: BlockingPool, chap: ChapKey, clock: WallClock, ids: IDGenerator,
        logger: Logger
    ) {
        self.database = database
        self.backend = backend
        self.targets = targets
        self.images = images
        self.conversion = conversion
        self.files = files
        self.chap = chap
        self.clock = clock
        self.ids = ids
        self.logger = logger
    }

    package var volumes: VolumeStore { VolumeStore(database: database) }
    package var snapshots: SnapshotStore { SnapshotStore(database: database) }
    package var attachments: AttachmentStore { AttachmentStore(database: database) }
    package var messages: MessageStore { MessageStore(database: database) }
    package var types: VolumeTypeStore { VolumeTypeStore(database: database) }
}
