import Identity
import Runtime

@main
enum IdentityDaemon {
    static func main() async {
        await Daemon.run("identity", optionGroups: IdentityService.optionGroups) { try await IdentityService.start($0) }
    }
}
