import BlockStorage
import Runtime

@main
enum BlockStorageDaemon {
    static func main() async {
        await Daemon.run("block-storage", optionGroups: BlockStorageService.optionGroups) {
            try await BlockStorageService.start($0)
        }
    }
}
