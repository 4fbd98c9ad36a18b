import ComputeAgent
import Runtime

@main
enum ComputeAgentDaemon {
    static func main() async {
        await Daemon.run("compute-agent", optionGroups: AgentService.optionGroups) {
            try await AgentService.start($0)
        }
    }
}
