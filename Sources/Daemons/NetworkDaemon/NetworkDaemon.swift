import Network
import Runtime

@main
enum NetworkDaemon {
    static func main() async {
        await Daemon.run("network", optionGroups: NetworkService.optionGroups) {
            try await NetworkService.start($0)
        }
    }
}
