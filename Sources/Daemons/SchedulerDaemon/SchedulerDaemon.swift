@main
enum SchedulerDaemon {
    static func main() {}
}
