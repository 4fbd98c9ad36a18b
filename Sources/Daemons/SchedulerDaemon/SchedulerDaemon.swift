import Runtime
import Scheduler

@main
enum SchedulerDaemon {
    static func main() async {
        await Daemon.run("scheduler", optionGroups: SchedulerService.optionGroups) {
            try await SchedulerService.start($0)
        }
    }
}
