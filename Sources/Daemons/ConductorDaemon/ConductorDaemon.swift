@main
enum ConductorDaemon {
    static func main() {}
}
