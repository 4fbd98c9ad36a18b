import Image
import Runtime

@main
enum ImageDaemon {
    static func main() async {
        await Daemon.run("image", optionGroups: ImageService.optionGroups) { try await ImageService.start($0) }
    }
}
