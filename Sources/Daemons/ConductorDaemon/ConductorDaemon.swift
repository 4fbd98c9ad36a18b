import Conductor
import Runtime

@main
enum ConductorDaemon {
    static func main() async {
        await Daemon.run("conductor", optionGroups: ConductorService.optionGroups) {
            try await ConductorService.start($0)
        }
    }
}
