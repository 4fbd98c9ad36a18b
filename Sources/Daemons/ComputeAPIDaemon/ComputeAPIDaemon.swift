import ComputeAPI
import Runtime

@main
enum ComputeAPIDaemon {
    static func main() async {
        await Daemon.run("compute-api", optionGroups: ComputeAPIService.optionGroups) {
            try await ComputeAPIService.start($0)
        }
    }
}
