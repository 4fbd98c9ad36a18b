@main
enum ComputeAgentDaemon {
    static func main() {}
}
